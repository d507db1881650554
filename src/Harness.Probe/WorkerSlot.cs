using Harness.Protocol;

namespace Harness.Probe;

/// <summary>A place for a worker: the process that is there now, and the request that it executes.</summary>
internal sealed class WorkerSlot
{
    private const int GraceMs = 250;
    private const int FactsMs = 60_000;

    /// <summary>How long a worker may take to start.</summary>
    public const int StartMs = 60_000;

    private readonly KernelLog _log = new();
    private long _sentMicros;
    private int _pid;

    /// <summary>Null until one is started, and after one has ended.</summary>
    public WorkerProcess? Worker { get; set; }

    /// <summary>What the worker executes; null where it is idle.</summary>
    public RequestHead? InFlight { get; private set; }

    /// <summary>A worker is there, has started, and is idle.</summary>
    public bool IsFree => Worker is { IsReady: true } && InFlight is null;

    /// <summary>Since the request was sent.</summary>
    public long ElapsedMicros => Clock.Micros - _sentMicros;

    /// <summary>When the worker is to be killed.</summary>
    public long Deadline =>
        Worker is not { IsReady: true } ? (Worker?.StartedMicros ?? Clock.Micros) + StartMs * 1000L
        : InFlight is not { } head ? long.MaxValue
        : _sentMicros + (head.IsFacts ? FactsMs : Math.Max(0L, head.DeadlineMs) + GraceMs) * 1000L;

    public void Send(RequestHead head, byte[] line)
    {
        InFlight = head;
        _sentMicros = Clock.Micros;
        _pid = Worker!.Pid;
        _log.SkipToEnd();
        // A worker that is dying does not read; its end is seen at its output.
        Worker!.Send(line);
    }

    /// <summary>The request has its reply.</summary>
    public void Complete() => InFlight = null;

    /// <summary>The reply to a request that its worker did not live to answer.</summary>
    public Reply Unanswered(RequestHead head, ObservationEnd end, string detail) =>
        head.IsFacts
            ? new Reply(head.Id, Error: $"no facts: {detail}")
            : new Reply(
                head.Id,
                new Observation(head.Case, end, detail, ElapsedMicros, [], _log.Read()) { Pid = _pid }
            );
}
