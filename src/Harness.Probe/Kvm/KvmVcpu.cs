using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.KvmConstants;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Kvm;

/// <summary>A vCPU descriptor and its run page.</summary>
public sealed unsafe class KvmVcpu : KernelObject
{
    private readonly int _mapSize;
    private int _maskedForThread;
    private KvmDirtyGfn* _ring;
    private int _ringSize;
    private uint _nextEntry;

    /// <summary>From a vCPU's descriptor and its mapped run page; the object owns both.</summary>
    public KvmVcpu(int fd, KvmRunPage* page, int mapSize)
        : base(fd)
    {
        Page = page;
        _mapSize = mapSize;
    }

    /// <summary>
    /// struct kvm_run, valid until disposed. Don't change the exit reason: the next KVM_RUN completes an MMIO access
    /// only if it reads KVM_EXIT_MMIO there (arm64 kvm_arch_vcpu_ioctl_run), else the guest executes it once more.
    /// </summary>
    public KvmRunPage* Page { get; private set; }

    /// <summary>
    /// Exit reason of the last run, or KVM_EXIT_UNKNOWN if that failed: an error leaves the previous run's values in
    /// the page, except for KVM_EXIT_INTR with EINTR, and KVM_EXIT_MEMORY_FAULT with EFAULT or EHWPOISON
    /// (Documentation/virt/kvm/api.rst, 6.8 on).
    /// </summary>
    public uint Exit { get; private set; }

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

    /// <summary>KVM_SET_VCPU_EVENTS with an external data abort: 0, or the errno.</summary>
    public int InjectAbort()
    {
        var events = new KvmVcpuEvents { ExternalAbort = 1 };
        return Call(KVM_SET_VCPU_EVENTS, &events);
    }

    /// <summary>The program counter is set to the next instruction: 0, or the errno.</summary>
    public int SkipInstruction()
    {
        ulong pc = KvmRegister.ByName("pc");
        int errno = GetOneReg(pc, out ulong value);
        return errno != 0 ? errno : SetOneReg(pc, value + sizeof(uint));
    }

    /// <summary>KVM_GET_ONE_REG of a register of any size, in memory order: 0, or the errno.</summary>
    /// <exception cref="ArgumentException">The length is not <see cref="KvmRegister.Size"/>.</exception>
    public int GetOneReg(ulong id, byte[] value) => OneReg(KVM_GET_ONE_REG, id, value);

    /// <summary>KVM_SET_ONE_REG of a register of any size, in memory order: 0, or the errno.</summary>
    /// <exception cref="ArgumentException">The length is not <see cref="KvmRegister.Size"/>.</exception>
    public int SetOneReg(ulong id, byte[] value) => OneReg(KVM_SET_ONE_REG, id, value);

    /// <summary>
    /// KVM_RUN with immediate_exit set: its errno, which is EINTR on success, or 0 with an <see cref="Exit"/> if the
    /// kernel had one to report first. No guest code is executed.
    /// </summary>
    public int Settle()
    {
        Page->ImmediateExit = 1;
        int errno = Call(KVM_RUN, null);
        Page->ImmediateExit = 0;
        Exit = ExitAfter(errno, Page->ExitReason);
        return errno;
    }

    /// <summary>
    /// KVM_RUN: 0, or the errno. After <paramref name="timeoutMs"/> the run is interrupted; then the errno is EINTR and
    /// <paramref name="timedOut"/> is true. Other signals (a garbage collector's) only restart it; but if <see
    /// cref="KvmRunPage.ImmediateExit"/> is set, EINTR is the expected result. SIGBUS for memory that has failed is
    /// EHWPOISON.
    /// </summary>
    /// <param name="timeoutMs">More than 0.</param>
    /// <param name="timedOut">The time ran out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is not positive.</exception>
    /// <exception cref="InvalidOperationException">The timer around the run failed, not KVM.</exception>
    public int Run(int timeoutMs, out bool timedOut)
    {
        if (timeoutMs <= 0)
            throw new ArgumentOutOfRangeException(nameof(timeoutMs), timeoutMs, "a run takes some time");
        var alarm = RunAlarm.OfThisThread();
        timedOut = false;
        Exit = KVM_EXIT_UNKNOWN;
        if (_maskedForThread != alarm.ThreadId)
        {
            int refused = SetSignalMask(RunAlarm.MaskDuringRun());
            if (refused != 0)
                return refused;
            _maskedForThread = alarm.ThreadId;
        }
        using var failure = new MemoryFailure();
        alarm.Arm(timeoutMs);
        int errno;
        do
        {
            errno = Call(KVM_RUN, null);
            if (errno == EINTR && MemoryFailure.IsPending())
                errno = EHWPOISON;
        } while (errno == EINTR && Page->ImmediateExit == 0 && !(timedOut = RunAlarm.Rang()));
        alarm.Disarm();
        Exit = ExitAfter(errno, Page->ExitReason);
        return errno;
    }

    /// <summary>
    /// The entries that the kernel has added to the vCPU's dirty ring since the last call. Each is marked to be reset.
    /// </summary>
    /// <param name="size">Of the ring, as it was enabled on the VM, in bytes.</param>
    /// <param name="errno">0, or why the ring can't be mapped.</param>
    public IReadOnlyList<KvmDirtyGfn> ReadRing(int size, out int errno)
    {
        errno = 0;
        if (_ring == null)
        {
            long offset = (long)KVM_DIRTY_LOG_PAGE_OFFSET * Libc.getpagesize();
            void* mapped = Libc.mmap(null, (nuint)size, PROT_READ | PROT_WRITE, MAP_SHARED, Descriptor, offset);
            if (mapped == (void*)-1)
            {
                errno = Libc.Error();
                return [];
            }
            _ring = (KvmDirtyGfn*)mapped;
            _ringSize = size;
        }
        var read = new List<KvmDirtyGfn>();
        uint count = (uint)(_ringSize / sizeof(KvmDirtyGfn));
        for (
            var entry = _ring + _nextEntry % count;
            Volatile.Read(ref entry->Flags) == KVM_DIRTY_GFN_F_DIRTY;
            entry = _ring + ++_nextEntry % count
        )
        {
            read.Add(*entry);
            Volatile.Write(ref entry->Flags, KVM_DIRTY_GFN_F_RESET);
        }
        return read;
    }

    /// <summary>KVM_GET_REG_LIST: the ids of all registers of the vCPU. 0, or the errno.</summary>
    public int GetRegList(out ulong[] ids)
    {
        var list = new ulong[1];
        int errno = GetRegList(list);
        if (errno == E2BIG) // the list was too short; its first word is the required count; api.rst, 4.69
        {
            list = new ulong[1 + list[0]];
            list[0] = (ulong)list.Length - 1;
            errno = GetRegList(list);
        }
        ids = new ulong[errno == 0 ? list[0] : 0];
        Array.Copy(list, 1, ids, 0, ids.Length);
        return errno;
    }

    /// <summary>The exit reason of a run, from its errno and the page's value afterwards.</summary>
    internal static uint ExitAfter(int errno, uint exitReason) =>
        errno switch
        {
            0 => exitReason,
            EINTR => KVM_EXIT_INTR,
            EFAULT or EHWPOISON when exitReason == KVM_EXIT_MEMORY_FAULT => exitReason,
            _ => KVM_EXIT_UNKNOWN,
        };

    private int OneReg(nuint request, ulong id, byte[] value)
    {
        if (value.Length != KvmRegister.Size(id))
            throw new ArgumentException(
                $"register {id:x16} has {KvmRegister.Size(id)} bytes, not {value.Length}",
                nameof(value)
            );
        fixed (byte* bytes = value)
        {
            var reg = new KvmOneReg { Id = id, Address = (ulong)bytes };
            return Call(request, &reg);
        }
    }

    private int GetRegList(ulong[] list)
    {
        fixed (ulong* start = list)
            return Call(KVM_GET_REG_LIST, start);
    }

    protected override void Closing()
    {
        if (_ring != null)
            Libc.munmap(_ring, (nuint)_ringSize);
        Libc.munmap(Page, (nuint)_mapSize);
    }

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
