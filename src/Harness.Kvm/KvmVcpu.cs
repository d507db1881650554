using Harness.Kvm.Native;
using static Harness.Kvm.Native.KvmConstants;
using static Harness.Kvm.Native.LibcConstants;

namespace Harness.Kvm;

/// <summary>A vCPU descriptor and its run page.</summary>
public sealed unsafe class KvmVcpu : KernelObject
{
    private readonly int _mapSize;
    private bool _masked;

    private KvmVcpu(int fd, KvmRunPage* page, int mapSize) : base(fd)
    {
        Page = page;
        _mapSize = mapSize;
    }

    /// <summary>struct kvm_run, valid until disposed.</summary>
    public KvmRunPage* Page { get; private set; }

    internal static KvmVcpu? Adopt(int fd, int mapSize, out int errno)
    {
        void* page = Libc.mmap(null, (nuint)mapSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        errno = page == (void*)-1 ? Libc.Error() : 0;
        if (errno == 0)
            return new KvmVcpu(fd, (KvmRunPage*)page, mapSize);
        Libc.close(fd);
        return null;
    }

    /// <summary>KVM_ARM_VCPU_INIT: 0, or the errno.</summary>
    public int Init(KvmVcpuInit init) => Call(KVM_ARM_VCPU_INIT, &init);

    /// <summary>KVM_GET_ONE_REG of a 64-bit register: 0, or the errno.</summary>
    public int GetOneReg(ulong id, out ulong value)
    {
        ulong read = 0;
        var reg = new KvmOneReg { Id = id, Address = (ulong)&read };
        int errno = Call(KVM_GET_ONE_REG, &reg);
        value = read;
        return errno;
    }

    /// <summary>KVM_SET_ONE_REG of a 64-bit register: 0, or the errno.</summary>
    public int SetOneReg(ulong id, ulong value)
    {
        var reg = new KvmOneReg { Id = id, Address = (ulong)&value };
        return Call(KVM_SET_ONE_REG, &reg);
    }

    /// <summary>
    /// KVM_RUN: 0, or the errno. After <paramref name="timeoutMs"/> the run is interrupted; then the errno is EINTR and
    /// <paramref name="timedOut"/> is true. Other signals (a garbage collector's) only make it run again. To be called
    /// from one thread only.
    /// </summary>
    public int Run(int timeoutMs, out bool timedOut)
    {
        var alarm = RunAlarm.OfThisThread();
        timedOut = false;
        if (!_masked)
        {
            int refused = SetSignalMask(RunAlarm.MaskDuringRun());
            if (refused != 0)
                return refused;
            _masked = true;
        }
        alarm.Arm(timeoutMs);
        int errno;
        do
        {
            errno = Call(KVM_RUN, null);
        }
        while (errno == EINTR && !(timedOut = RunAlarm.Rang()));
        alarm.Disarm();
        return errno;
    }

    protected override void Closing() => Libc.munmap(Page, (nuint)_mapSize);

    /// <summary>KVM_SET_SIGNAL_MASK: the signals blocked while the guest runs, as the kernel's 64 bits.</summary>
    private int SetSignalMask(ulong blocked)
    {
        byte* argument = stackalloc byte[sizeof(KvmSignalMask) + sizeof(ulong)];
        ((KvmSignalMask*)argument)->Length = sizeof(ulong);
        for (int i = 0; i < sizeof(ulong); i++)
            argument[sizeof(KvmSignalMask) + i] = (byte)(blocked >> (8 * i));
        return Call(KVM_SET_SIGNAL_MASK, argument);
    }
}
