using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;
using static Harness.Probe.Kvm.Native.SignalConstants;

namespace Harness.Probe.Kvm;

/// <summary>
/// The SIGBUS that KVM sends to a vCPU's thread for memory that has failed, without a signal handler: while this
/// exists, it is blocked in the thread, except in KVM_RUN (KVM_SET_SIGNAL_MASK), which it ends.
/// </summary>
internal readonly unsafe ref struct MemoryFailure
{
    private const int BUS_MCEERR_AR = 4; // asm-generic/siginfo.h

    private readonly SignalSet _former;

    public MemoryFailure()
    {
        var set = Only;
        SignalSet former;
        int error = Libc.pthread_sigmask(SIG_BLOCK, &set, &former);
        if (error != 0)
            throw new InvalidOperationException($"pthread_sigmask: errno {error}");
        _former = former;
    }

    public static SignalSet Only => new() { First64 = 1ul << (SIGBUS - 1) };

    /// <summary>Whether it was sent; removes it from the queue.</summary>
    public static bool IsPending()
    {
        var set = Only;
        SignalInfo info;
        TimeSpec now = default;
        return Libc.sigtimedwait(&set, &info, &now) == SIGBUS && info.Code == BUS_MCEERR_AR;
    }

    public void Dispose()
    {
        var former = _former;
        _ = Libc.pthread_sigmask(SIG_SETMASK, &former, null);
    }
}
