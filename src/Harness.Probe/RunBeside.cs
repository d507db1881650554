using System.Diagnostics;
using Harness.Probe.Kvm;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>A vCPU that runs while the program's later steps are executed.</summary>
internal sealed class RunBeside(Host host) : IDisposable
{
    private KvmVcpu? _vcpu;
    private StartRunStep? _step;

    /// <summary>The errno of a run that ended before it was to; null while it runs.</summary>
    private int? _ended;

    private bool _timedOut;

    /// <summary>Begins, and returns the guest's count; null if the run ended before it counted.</summary>
    /// <exception cref="ProtocolException">Another vCPU runs.</exception>
    public ulong? Start(KvmVcpu vcpu, StartRunStep step)
    {
        if (_vcpu is not null)
            throw new ProtocolException("two vCPUs can't run beside a program");
        (_vcpu, _step) = (vcpu, step);
        (_ended, _timedOut) = (null, false);
        var clock = Stopwatch.StartNew();
        for (; ; )
        {
            host.RunThread.Start(vcpu);
            if (host.RunThread.Ends(step.WaitMs, out int errno) || (errno = host.RunThread.Stop()) != EINTR)
            {
                _ended = errno;
                return null;
            }
            ulong count = Count(vcpu, step.Counter);
            if (count > 0)
            {
                host.RunThread.Start(vcpu);
                return count;
            }
            if (clock.ElapsedMilliseconds > step.TimeoutMs)
            {
                (_ended, _timedOut) = (EINTR, true);
                return null;
            }
        }
    }

    /// <summary>Begins, and waits for nothing: the guest ends its run by itself.</summary>
    /// <exception cref="ProtocolException">Another vCPU runs.</exception>
    public void Launch(KvmVcpu vcpu)
    {
        if (_vcpu is not null)
            throw new ProtocolException("two vCPUs can't run beside a program");
        (_vcpu, _step) = (vcpu, null);
        (_ended, _timedOut) = (null, false);
        host.RunThread.Start(vcpu);
    }

    /// <summary>
    /// Ends the run, and lets the guest leave its loop: the errno of its last run. Null if the vCPU does not run.
    /// </summary>
    public int? Finish(KvmVcpu vcpu, int timeoutMs, out bool timedOut)
    {
        timedOut = false;
        if (_vcpu != vcpu)
            return null;
        if (_step is not { } step)
            return Join(timeoutMs, out timedOut);
        int errno = _ended ?? (host.RunThread.Ends(step.WaitMs, out int ended) ? ended : host.RunThread.Stop());
        timedOut = _timedOut;
        _vcpu = null;
        Set(vcpu, step.While, 0);
        return errno == EINTR && !timedOut ? vcpu.Run(timeoutMs, out timedOut) : errno;
    }

    private int Join(int timeoutMs, out bool timedOut)
    {
        timedOut = !host.RunThread.Ends(timeoutMs, out int errno);
        if (timedOut)
            errno = host.RunThread.Stop();
        timedOut &= errno == EINTR;
        _vcpu = null;
        return errno;
    }

    public void Dispose()
    {
        if (_vcpu is not null && _ended is null)
            host.RunThread.Stop();
        _vcpu = null;
    }

    private static ulong Count(KvmVcpu vcpu, GuestRegister register) =>
        vcpu.GetOneReg(KvmRegister.ByName(register.Name()), out ulong value) is 0
            ? value
            : throw new ProtocolException($"the register '{register.Name()}' can't be read");

    private static void Set(KvmVcpu vcpu, GuestRegister register, ulong value)
    {
        if (vcpu.SetOneReg(KvmRegister.ByName(register.Name()), value) != 0)
            throw new ProtocolException($"the register '{register.Name()}' can't be set");
    }
}
