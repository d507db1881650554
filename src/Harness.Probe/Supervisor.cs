using System.Runtime.InteropServices;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>
/// Reads requests, has a worker execute one at a time, replies in order. A worker that dies or exceeds a program's
/// deadline only affects that program; the next request starts another. One thread, one poll(2).
/// </summary>
internal sealed unsafe class Supervisor(string hash)
{
    private const int GraceMs = 250;
    private const int FactsMs = 60_000;
    private const int StartMs = 60_000;
    private const int KillMs = 15_000; // under TCG it takes seconds to destroy each protected VM
    private const int FailedStartsLimit = 3;
    private const int QueueLimit = LineProtocol.LineLimit + 1; // bytes read from stdin ahead of the worker

    private readonly LineBuffer _requests = new();
    private readonly byte[] _buffer = new byte[65536];
    private readonly KernelLog _log = new();
    private WorkerProcess? _worker;
    private RequestHead? _inFlight;
    private long _sentMicros;
    private bool _inputEnded;
    private bool _outputGone;
    private int _failedStarts;

    /// <summary>The exit status: 0 at the end of input.</summary>
    public int Run()
    {
        Posix.signal(Posix.SIGPIPE, Posix.SIG_IGN);
        string bootId = (SmallFile.ReadText("/proc/sys/kernel/random/boot_id", out _) ?? "unknown").Trim();
        try
        {
            _worker = WorkerProcess.Start(); // first: its start takes the longest
            Say(
                Messages.Line(
                    new Hello(
                        LineProtocol.Version,
                        hash,
                        RuntimeInformation.FrameworkDescription,
                        Libc.getpid(),
                        bootId
                    )
                )
            );
            RemoveStaleTracing();
            Providers.Ledger.Settle();
            while (!_outputGone && Dispatch())
                WaitOnce();
            return 0;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            ErrorOutput.Say($"probe: {e.Message}");
            return 1;
        }
        finally
        {
            Discard(_worker);
            Providers.Ledger.Settle();
        }
    }

    private static void RemoveStaleTracing()
    {
        try
        {
            Tracing.RemoveStale();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ErrorOutput.Say($"probe: what former probes left in tracefs can't be looked for: {e.Message}");
        }
    }

    /// <summary>Sends the ready worker the next request. False if there is nothing more to do.</summary>
    private bool Dispatch()
    {
        while (_inFlight is null)
        {
            _worker ??= WorkerProcess.Start();
            if (!_worker.IsReady && (_requests.Pending > 0 || !_inputEnded))
                return true;
            if (_requests.Take() is not { } line)
                return !_inputEnded;
            RequestHead head;
            try
            {
                head = Messages.ReadHead(line);
            }
            catch (ProtocolException e)
            {
                Say(Messages.Line(new Reply(0, Error: e.Message)));
                continue;
            }
            _inFlight = head;
            _sentMicros = Clock.Micros;
            _log.SkipToEnd();
            // A dying worker does not read; its end is detected at its output.
            _worker.Send(line);
        }
        return true;
    }

    private void WaitOnce()
    {
        PollEntry* entries = stackalloc PollEntry[4];
        var worker = _worker!;
        bool reading = !_inputEnded && _requests.Pending < QueueLimit;
        entries[0] = new PollEntry { Descriptor = reading ? 0 : -1, Events = Posix.POLLIN };
        entries[1] = new PollEntry { Descriptor = 1 };
        entries[2] = new PollEntry { Descriptor = worker.Output, Events = Posix.POLLIN };
        entries[3] = new PollEntry { Descriptor = worker.Error, Events = Posix.POLLIN };
        long deadline = Deadline(worker);
        long left = (deadline - Clock.Micros + 999) / 1000;
        if (Posix.poll(entries, 4, (int)Math.Max(0, Math.Min(left, int.MaxValue))) < 0)
            return;

        if (entries[0].Returned != 0)
            ReadInput();
        if ((entries[1].Returned & (Posix.POLLERR | Posix.POLLHUP)) != 0)
            _outputGone = true;
        if (entries[3].Returned != 0)
            worker.ReadError();
        if (entries[2].Returned != 0)
        {
            if (worker.ReadOutput())
                PassOn(worker);
            else
                Died(worker);
        }
        else if (Clock.Micros >= deadline)
        {
            Overdue(worker);
        }
    }

    private long Deadline(WorkerProcess worker)
    {
        if (!worker.IsReady)
            return worker.StartedMicros + StartMs * 1000L;
        if (_inFlight is not { } head)
            return long.MaxValue;
        return _sentMicros + (head.IsFacts ? FactsMs : Math.Max(0L, head.DeadlineMs) + GraceMs) * 1000L;
    }

    private void ReadInput()
    {
        int got = SmallFile.Read(0, _buffer, 0, _buffer.Length);
        if (got <= 0)
            _inputEnded = true;
        else
            _requests.Append(_buffer, 0, got);
    }

    private void PassOn(WorkerProcess worker)
    {
        if (worker.IsReady)
            _failedStarts = 0;
        if (worker.Lines.Take() is not { } line)
            return;
        var bytes = new byte[line.Length + 1];
        Buffer.BlockCopy(line, 0, bytes, 0, line.Length);
        bytes[line.Length] = (byte)'\n';
        _inFlight = null;
        Say(bytes);
    }

    private void Died(WorkerProcess worker)
    {
        int step = worker.Step;
        string how = worker.Wait(KillMs);
        string tail = worker.Tail;
        string said = tail.Length == 0 ? "" : $": {tail}";
        Replace(worker);
        if (!worker.IsReady && ++_failedStarts >= FailedStartsLimit)
            throw new InvalidOperationException($"a worker does not start: it ended with {how}{said}");
        Answer(ObservationEnd.Crash, $"the worker ended with {how} in step {step}{said}");
    }

    private void Overdue(WorkerProcess worker)
    {
        int step = worker.Step;
        string how = worker.End(KillMs);
        Replace(worker);
        if (!worker.IsReady)
            throw new InvalidOperationException($"a worker is not ready after {StartMs} ms: {worker.Tail}");
        Answer(
            ObservationEnd.Hang,
            $"killed after {(Clock.Micros - _sentMicros) / 1000} ms in step {step}, with {how}"
        );
    }

    private void Replace(WorkerProcess gone)
    {
        Tracing.Remove(gone.Pid);
        Providers.Ledger.Settle();
        _worker = null;
    }

    private void Answer(ObservationEnd end, string detail)
    {
        if (_inFlight is not { } head)
            return;
        _inFlight = null;
        Say(
            Messages.Line(
                head.IsFacts
                    ? new Reply(head.Id, Error: $"no facts: {detail}")
                    : new Reply(
                        head.Id,
                        new Observation(head.Case, end, detail, Clock.Micros - _sentMicros, [], _log.Read())
                    )
            )
        );
    }

    private static void Discard(WorkerProcess? worker)
    {
        if (worker is null)
            return;
        worker.End(KillMs);
        Tracing.Remove(worker.Pid);
    }

    private void Say(byte[] line)
    {
        if (SmallFile.WriteAll(1, line) != 0)
            _outputGone = true;
    }
}
