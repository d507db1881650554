using System.Runtime.InteropServices;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>
/// Reads requests, distributes them to workers, and forwards the replies as they come. A worker that dies or exceeds a
/// program's deadline costs that program; another one takes its place. A program that needs the host alone waits until
/// the others have ended, and the next ones wait for it. One thread, one poll(2).
/// </summary>
/// <param name="hash">Of this program, as the harness gave it.</param>
/// <param name="workers">How many programs may run side by side.</param>
internal sealed unsafe class Supervisor(string hash, int workers)
{
    private const int KillMs = 15_000; // under TCG it takes seconds to destroy each protected VM
    private const int FailedStartsLimit = 3;
    private const int QueueLimit = LineProtocol.LineLimit + 1; // bytes read from stdin ahead of the workers

    private readonly LineBuffer _requests = new();
    private readonly byte[] _buffer = new byte[65536];
    private readonly WorkerSlot[] _slots = [.. Enumerable.Range(0, workers).Select(_ => new WorkerSlot())];
    private (RequestHead Head, byte[] Line)? _next;
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
            _slots[0].Worker = WorkerProcess.Start(); // first: its start takes the longest
            WriteReply(
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
            ErrorOutput.Write($"probe: {e.Message}");
            return 1;
        }
        finally
        {
            foreach (var slot in _slots)
                Discard(slot.Worker);
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
            ErrorOutput.Write($"probe: tracefs can't be searched for leftovers of former probes: {e.Message}");
        }
    }

    /// <summary>Sends requests to idle workers. False if there is nothing more to do.</summary>
    private bool Dispatch()
    {
        foreach (var slot in _slots)
            slot.Worker ??= WorkerProcess.Start();
        while (true)
        {
            _next ??= NextRequest();
            if (_next is not { } next)
                return !_inputEnded || _slots.Any(s => s.InFlight is not null);
            if (SlotFor(next.Head) is not { } slot)
                return true;
            slot.Send(next.Head, next.Line);
            _next = null;
        }
    }

    private (RequestHead, byte[])? NextRequest()
    {
        while (_requests.Take() is { } line)
        {
            try
            {
                return (Messages.ReadHead(line), line);
            }
            catch (ProtocolException e)
            {
                WriteReply(Messages.Line(new Reply(0, Error: e.Message)));
            }
        }
        return null;
    }

    /// <summary>The idle worker that a request goes to, or null while it has to wait.</summary>
    private WorkerSlot? SlotFor(RequestHead head)
    {
        bool waits = _slots.Any(s => s.InFlight is { } other && (head.Alone || other.Alone));
        return waits ? null : _slots.FirstOrDefault(s => s.IsFree);
    }

    private void WaitOnce()
    {
        int count = 2 + 2 * _slots.Length;
        PollEntry* entries = stackalloc PollEntry[count];
        bool reading = !_inputEnded && _requests.Pending < QueueLimit;
        entries[0] = new PollEntry { Descriptor = reading ? 0 : -1, Events = Posix.POLLIN };
        entries[1] = new PollEntry { Descriptor = 1 };
        long deadline = long.MaxValue;
        for (int i = 0; i < _slots.Length; i++)
        {
            var worker = _slots[i].Worker;
            entries[2 + 2 * i] = new PollEntry { Descriptor = worker?.Output ?? -1, Events = Posix.POLLIN };
            entries[3 + 2 * i] = new PollEntry { Descriptor = worker?.Error ?? -1, Events = Posix.POLLIN };
            deadline = Math.Min(deadline, _slots[i].Deadline);
        }
        long left = deadline == long.MaxValue ? int.MaxValue : (deadline - Clock.Micros + 999) / 1000;
        if (Posix.poll(entries, (nuint)count, (int)Math.Max(0, Math.Min(left, int.MaxValue))) < 0)
            return;

        if (entries[0].Returned != 0)
            ReadInput();
        if ((entries[1].Returned & (Posix.POLLERR | Posix.POLLHUP)) != 0)
            _outputGone = true;
        for (int i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].Worker is not { } worker)
                continue;
            if (entries[3 + 2 * i].Returned != 0)
                worker.ReadError();
            if (entries[2 + 2 * i].Returned == 0)
            {
                if (Clock.Micros >= _slots[i].Deadline)
                    Overdue(_slots[i], worker);
            }
            else if (worker.ReadOutput())
                Forward(_slots[i], worker);
            else
                Died(_slots[i], worker);
        }
    }

    private void ReadInput()
    {
        int got = SmallFile.Read(0, _buffer, 0, _buffer.Length);
        if (got <= 0)
            _inputEnded = true;
        else
            _requests.Append(_buffer, 0, got);
    }

    private void Forward(WorkerSlot slot, WorkerProcess worker)
    {
        if (worker.IsReady)
            _failedStarts = 0;
        if (worker.Lines.Take() is not { } line)
            return;
        var bytes = new byte[line.Length + 1];
        Buffer.BlockCopy(line, 0, bytes, 0, line.Length);
        bytes[line.Length] = (byte)'\n';
        slot.Complete();
        WriteReply(bytes);
    }

    private void Died(WorkerSlot slot, WorkerProcess worker)
    {
        int step = worker.Step;
        string how = worker.Wait(KillMs);
        string tail = worker.Tail;
        string said = tail.Length == 0 ? "" : $": {tail}";
        Replace(slot, worker);
        if (!worker.IsReady && ++_failedStarts >= FailedStartsLimit)
            throw new InvalidOperationException($"a worker does not start: it ended with {how}{said}");
        Answer(slot, ObservationEnd.Crash, $"the worker ended with {how} in step {step}{said}");
    }

    private void Overdue(WorkerSlot slot, WorkerProcess worker)
    {
        int step = worker.Step;
        string how = worker.End(KillMs);
        Replace(slot, worker);
        if (!worker.IsReady)
            throw new InvalidOperationException($"a worker is not ready after {WorkerSlot.StartMs} ms: {worker.Tail}");
        Answer(slot, ObservationEnd.Hang, $"killed after {slot.ElapsedMicros / 1000} ms in step {step}, with {how}");
    }

    private static void Replace(WorkerSlot slot, WorkerProcess gone)
    {
        Tracing.Remove(gone.Pid);
        Providers.Ledger.Settle();
        slot.Worker = null;
    }

    private void Answer(WorkerSlot slot, ObservationEnd end, string detail)
    {
        if (slot.InFlight is not { } head)
            return;
        slot.Complete();
        WriteReply(Messages.Line(slot.Unanswered(head, end, detail)));
    }

    private static void Discard(WorkerProcess? worker)
    {
        if (worker is null)
            return;
        worker.End(KillMs);
        Tracing.Remove(worker.Pid);
    }

    private void WriteReply(byte[] line)
    {
        if (SmallFile.WriteAll(1, line) != 0)
            _outputGone = true;
    }
}
