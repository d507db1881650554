using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Kvm;

/// <summary>
/// Interrupts a KVM_RUN that takes too long, without a signal handler: a real-time signal is blocked in the thread and
/// unblocked only while the guest runs (KVM_SET_SIGNAL_MASK); a POSIX timer sends it to the thread; KVM_RUN returns
/// EINTR, and the signal, blocked again, is removed from the queue by sigtimedwait().
/// </summary>
internal sealed unsafe class RunAlarm
{
    /// <summary>Far above the signals that glibc (32, 33) and .NET (from SIGRTMIN, 34, on) reserve.</summary>
    private const int Signal = 54;

    [ThreadStatic]
    private static RunAlarm? t_alarm;

    private readonly nint _timer; // lives as long as the process: few threads run guests

    private RunAlarm()
    {
        ThreadId = Libc.gettid();
        var set = Only;
        int error = Libc.pthread_sigmask(SIG_BLOCK, &set, null);
        if (error != 0)
            throw new InvalidOperationException($"pthread_sigmask: errno {error}");
        var how = new SignalEvent
        {
            Signal = Signal,
            Notify = SIGEV_THREAD_ID,
            ThreadId = ThreadId,
        };
        nint timer;
        if (Libc.timer_create(CLOCK_MONOTONIC, &how, &timer) != 0)
            throw new InvalidOperationException($"timer_create: errno {Libc.Error()}");
        _timer = timer;
    }

    private static SignalSet Only => new() { First64 = 1ul << (Signal - 1) };

    /// <summary>gettid(2) of the thread that it interrupts.</summary>
    public int ThreadId { get; }

    public static RunAlarm OfThisThread() => t_alarm ??= new RunAlarm();

    /// <summary>The thread's own mask without the alarm's signal and that of <see cref="MemoryFailure"/>.</summary>
    public static ulong MaskDuringRun()
    {
        SignalSet now;
        int error = Libc.pthread_sigmask(SIG_BLOCK, null, &now);
        if (error != 0)
            throw new InvalidOperationException($"pthread_sigmask: errno {error}");
        return now.First64 & ~Only.First64 & ~MemoryFailure.Only.First64;
    }

    public void Arm(int milliseconds) => Set(milliseconds);

    /// <summary>Whether the signal was sent; removes it from the queue.</summary>
    public static bool Rang()
    {
        var set = Only;
        TimeSpec now = default;
        return Libc.sigtimedwait(&set, null, &now) == Signal;
    }

    /// <summary>Sends the signal to the thread at once.</summary>
    public void Interrupt() => Libc.tgkill(Libc.getpid(), ThreadId, Signal);

    public void Disarm()
    {
        Set(0);
        Rang();
    }

    private void Set(int milliseconds)
    {
        var value = new IntervalTimerSpec
        {
            Value = new TimeSpec { Seconds = milliseconds / 1000, Nanoseconds = milliseconds % 1000 * 1_000_000L },
        };
        if (Libc.timer_settime(_timer, 0, &value, null) != 0)
            throw new InvalidOperationException($"timer_settime: errno {Libc.Error()}");
    }
}
