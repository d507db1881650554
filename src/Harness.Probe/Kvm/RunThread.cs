namespace Harness.Probe.Kvm;

/// <summary>
/// A thread that runs a vCPU while the calling thread goes on. One run at a time; it lives as long as the process.
/// </summary>
internal sealed unsafe class RunThread
{
    private readonly object _lock = new();
    private RunAlarm? _alarm; // null until the thread has begun
    private KvmVcpu? _vcpu;
    private bool _running;
    private int _errno;

    public RunThread()
    {
        new Thread(Loop) { IsBackground = true, Name = "vcpu" }.Start();
        lock (_lock)
            while (_alarm is null)
                Monitor.Wait(_lock);
    }

    /// <summary>Begins KVM_RUN.</summary>
    public void Start(KvmVcpu vcpu)
    {
        lock (_lock)
        {
            (_vcpu, _running) = (vcpu, true);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Whether the run has ended by itself after so many milliseconds; then its errno, or 0.</summary>
    public bool Ends(int milliseconds, out int errno)
    {
        lock (_lock)
        {
            long until = Environment.TickCount64 + milliseconds;
            while (_running && until - Environment.TickCount64 is > 0 and var left)
                Monitor.Wait(_lock, (int)left);
            errno = _errno;
            return !_running;
        }
    }

    /// <summary>Interrupts the run, and returns its errno: EINTR, unless it ended by itself before.</summary>
    public int Stop()
    {
        lock (_lock)
        {
            if (!_running)
                return _errno;
            // Before KVM_RUN it finds the flag, and within it the signal ends it.
            _vcpu!.Page->ImmediateExit = 1;
            _alarm!.Interrupt();
            while (_running)
                Monitor.Wait(_lock);
            _vcpu.Page->ImmediateExit = 0;
            return _errno;
        }
    }

    private void Loop()
    {
        Worker.NameThread();
        lock (_lock)
        {
            _alarm = RunAlarm.OfThisThread();
            Monitor.PulseAll(_lock);
        }
        for (; ; )
        {
            KvmVcpu vcpu;
            lock (_lock)
            {
                while (!_running)
                    Monitor.Wait(_lock);
                vcpu = _vcpu!;
            }
            RunAlarm.Rang(); // a signal of a run that ended before it arrived
            int errno = vcpu.Run(int.MaxValue, out _);
            lock (_lock)
            {
                (_errno, _running) = (errno, false);
                Monitor.PulseAll(_lock);
            }
        }
    }
}
