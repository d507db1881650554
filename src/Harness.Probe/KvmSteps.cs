using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.KvmConstants;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Steps on VMs, memslots and vCPUs, and what is read of them.</summary>
internal sealed unsafe class KvmSteps(Host host, Variables variables) : IDisposable
{
    private readonly RunBeside _beside = new(host);

    /// <summary>The names of vCPUs with a run that had to be interrupted.</summary>
    private readonly HashSet<string> _stuck = [];

    /// <summary>
    /// The size of each slot in bytes: the ioctl for the dirty log takes no length, and the kernel writes all of it.
    /// </summary>
    private readonly Dictionary<(KvmVm Vm, int Slot), ulong> _slots = [];

    public VmResult Vm(VmStep step)
    {
        variables.CheckFree(step.As);
        if (host.Kvm(out int errno) is not { } kvm || kvm.CreateVm(step.Type, out errno) is not { } vm)
            return new VmResult { Errno = errno };
        variables.Add(step.As, vm);
        return new VmResult();
    }

    public EnableCapabilityResult EnableCapability(EnableCapabilityStep step) =>
        new() { Errno = variables.Get<KvmVm>(step.Vm).EnableCap(step.Capability, step.Argument) };

    public GuestMemoryResult GuestMemory(GuestMemoryStep step)
    {
        variables.CheckFree(step.As);
        int fd = variables.Get<KvmVm>(step.Vm).CreateGuestMemfd(step.Size, step.Flags);
        return new GuestMemoryResult { Errno = variables.Opened(step.As, fd) };
    }

    public ExtensionResult Extension(ExtensionStep step)
    {
        int value;
        if (step.Vm is { } vm)
            value = variables.Get<KvmVm>(vm).CheckExtension(step.Capability);
        else if (host.Kvm(out int errno) is { } kvm)
            value = kvm.CheckExtension(step.Capability);
        else
            return new ExtensionResult { Errno = errno };
        return value < 0 ? new ExtensionResult { Errno = -value } : new ExtensionResult(value);
    }

    public MemslotResult Memslot(MemslotStep step)
    {
        var vm = variables.Get<KvmVm>(step.Vm);
        ulong address = step.Map is { } map ? (ulong)variables.Get<Mapping>(map).Address + step.Offset : step.Offset;
        int errno = step.Binding is not { } binding
            ? vm.SetUserMemoryRegion(
                new KvmUserspaceMemoryRegion
                {
                    Slot = (uint)step.Slot,
                    Flags = step.Flags,
                    GuestPhysicalAddress = step.Gpa,
                    MemorySize = step.Size,
                    UserspaceAddress = address,
                }
            )
            : vm.SetUserMemoryRegion2(
                new KvmUserspaceMemoryRegion2
                {
                    Slot = (uint)step.Slot,
                    Flags = step.Flags,
                    GuestPhysicalAddress = step.Gpa,
                    MemorySize = step.Size,
                    UserspaceAddress = address,
                    GuestMemfdOffset = binding.Offset,
                    GuestMemfd = binding.GuestMemory is { } name ? (uint)variables.Descriptor(name) : uint.MaxValue,
                }
            );
        if (errno == 0 && step.Size != 0)
            _slots[(vm, step.Slot)] = step.Size;
        else if (errno == 0)
            _slots.Remove((vm, step.Slot)); // deleted
        return new MemslotResult { Errno = errno };
    }

    public MemslotsResult Memslots(MemslotsStep step)
    {
        for (int i = 0; i < step.Count; i++)
        {
            var slot = new MemslotStep(
                step.Vm,
                step.First + i,
                step.Gpa + (ulong)i * step.Stride,
                step.Size,
                step.Map,
                step.Offset
            );
            if (Memslot(slot).Errno is not 0 and var errno)
                return new MemslotsResult(i) { Errno = errno };
        }
        return new MemslotsResult(step.Count);
    }

    public VcpuResult Vcpu(VcpuStep step)
    {
        variables.CheckFree(step.As);
        var vm = variables.Get<KvmVm>(step.Vm);
        if (vm.CreateVcpu(step.Id, host.VcpuMapSize, out int errno) is not { } vcpu)
            return new VcpuResult("KVM_CREATE_VCPU") { Errno = errno };
        variables.Add(step.As, vcpu);
        errno = vm.PreferredTarget(out var init);
        if (errno != 0)
            return new VcpuResult("KVM_ARM_PREFERRED_TARGET") { Errno = errno };
        unsafe
        {
            init.Features[0] |= step.Features;
        }
        errno = vcpu.Init(init);
        return errno == 0 ? new VcpuResult() : new VcpuResult("KVM_ARM_VCPU_INIT") { Errno = errno };
    }

    public GicResult Gic(GicStep step)
    {
        variables.CheckFree(step.As);
        if (variables.Get<KvmVm>(step.Vm).CreateDevice(KVM_DEV_TYPE_ARM_VGIC_V3, out int errno) is not { } gic)
            return new GicResult("KVM_CREATE_DEVICE") { Errno = errno };
        variables.Add(step.As, gic);
        errno = gic.SetAttribute(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, step.Distributor);
        if (errno == 0)
            errno = gic.SetAttribute(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, step.Redistributor);
        if (errno == 0)
            errno = gic.SetAttribute(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
        return errno == 0 ? new GicResult() : new GicResult("KVM_SET_DEVICE_ATTR") { Errno = errno };
    }

    public SetRegistersResult SetRegisters(SetRegistersStep step)
    {
        var vcpu = variables.Get<KvmVcpu>(step.Vcpu);
        foreach (var (register, value) in step.Registers)
        {
            int errno = vcpu.SetOneReg(KvmRegister.ByName(register.Name()), value);
            if (errno != 0)
                return new SetRegistersResult(register) { Errno = errno };
        }
        return new SetRegistersResult();
    }

    public DirtyLogResult DirtyLog(DirtyLogStep step)
    {
        var bits = ReadLog(step.Vm, step.Slot, step.Size, out int errno);
        return errno != 0
            ? new DirtyLogResult { Errno = errno }
            : new DirtyLogResult([
                .. Enumerable.Range(0, bits.Length * 64).Where(i => (bits[i / 64] >> (i % 64) & 1) != 0),
            ]);
    }

    public ClearLogResult ClearLog(ClearLogStep step)
    {
        if (step.Only < step.First || step.Only >= step.First + step.Pages)
            throw new ProtocolException($"page {step.Only} is not one of those from {step.First} on");
        var bits = new ulong[((long)step.Pages + 63) / 64];
        if (step.Only is { } only)
            bits[(only - step.First) / 64] = 1ul << (int)((only - step.First) % 64);
        else
            Array.Fill(bits, ulong.MaxValue);
        return new ClearLogResult
        {
            Errno = variables.Get<KvmVm>(step.Vm).ClearDirtyLog(step.Slot, step.First, step.Pages, bits),
        };
    }

    public RingResult Ring(RingStep step)
    {
        if (step.Size == 0 || step.Size % (ulong)Libc.getpagesize() != 0)
            throw new ProtocolException($"a ring of {step.Size} bytes can't be mapped");
        var entries = variables.Get<KvmVcpu>(step.Vcpu).ReadRing((int)step.Size, out int errno);
        return errno != 0
            ? new RingResult { Errno = errno }
            : new RingResult([.. entries.Select(e => new RingEntry(e.Slot, e.Offset))]);
    }

    public ResetRingsResult ResetRings(ResetRingsStep step)
    {
        int count = variables.Get<KvmVm>(step.Vm).ResetDirtyRings();
        return count < 0 ? new ResetRingsResult { Errno = -count } : new ResetRingsResult(count);
    }

    /// <summary>KVM_GET_DIRTY_LOG, a bit for each page of the slot.</summary>
    /// <param name="vm">The name of the VM.</param>
    /// <param name="slot">The slot's number.</param>
    /// <param name="size">Of the slot, in bytes.</param>
    /// <param name="errno">0, or why not.</param>
    /// <exception cref="ProtocolException">The slot has another size: the kernel would write past the
    /// end.</exception>
    public ulong[] ReadLog(string vm, int slot, ulong size, out int errno)
    {
        var of = variables.Get<KvmVm>(vm);
        if (SlotSize(of, slot) is { } registered && registered != size)
            throw new ProtocolException($"slot {slot} has {registered} bytes, not {size}");
        ulong count = size / (ulong)Libc.getpagesize();
        var bits = new ulong[(count + 63) / 64];
        errno = of.GetDirtyLog(slot, bits);
        return bits;
    }

    public GetRegistersResult GetRegisters(GetRegistersStep step)
    {
        var vcpu = variables.Get<KvmVcpu>(step.Vcpu);
        var read = new Dictionary<GuestRegister, ulong>();
        foreach (var register in step.Registers)
        {
            int errno = vcpu.GetOneReg(KvmRegister.ByName(register.Name()), out ulong value);
            if (errno != 0)
                return new GetRegistersResult(Failed: register) { Errno = errno };
            read[register] = value;
        }
        return new GetRegistersResult(read);
    }

    public RunResult Run(RunStep step)
    {
        var vcpu = variables.Get<KvmVcpu>(step.Vcpu);
        if (step.TimeoutMs <= 0)
            throw new ProtocolException($"'timeoutMs' is not positive: {step.TimeoutMs}");
        if (_stuck.Contains(step.Vcpu))
            return new RunResult { Errno = ECANCELED };
        int errno = _beside.Finish(vcpu, step.TimeoutMs, out bool timedOut) ?? vcpu.Run(step.TimeoutMs, out timedOut);
        if (timedOut)
            _stuck.Add(step.Vcpu);
        return Left(vcpu.Page) with { Errno = errno, Timeout = timedOut ? true : null };
    }

    public AnswerResult Answer(AnswerStep step)
    {
        var vcpu = variables.Get<KvmVcpu>(step.Vcpu);
        if (step.TimeoutMs <= 0)
            throw new ProtocolException($"'timeoutMs' is not positive: {step.TimeoutMs}");
        bool mmio = vcpu.Exit == KVM_EXIT_MMIO && vcpu.Page->MmioAddress != step.Report;
        if (_stuck.Contains(step.Vcpu) || !(mmio || vcpu.Exit == KVM_EXIT_ARM_NISV))
            return new AnswerResult();
        if (step.By == AnswerBy.Data && mmio && vcpu.Page->MmioIsWrite == 0)
            vcpu.Page->MmioData = step.Data;
        int errno = step.By switch
        {
            AnswerBy.Abort => vcpu.InjectAbort(),
            AnswerBy.Skip => vcpu.SkipInstruction(),
            _ => 0,
        };
        if (errno != 0)
            return new AnswerResult(true, step.By == AnswerBy.Abort ? "KVM_SET_VCPU_EVENTS" : "KVM_SET_ONE_REG")
            {
                Errno = errno,
            };
        errno = vcpu.Run(step.TimeoutMs, out bool timedOut);
        if (timedOut)
            _stuck.Add(step.Vcpu);
        var left = Left(vcpu.Page);
        return new AnswerResult(
            true,
            errno == 0 ? null : "KVM_RUN",
            left.Exit,
            left.Address,
            left.Length,
            left.Write,
            left.Data,
            timedOut ? true : null
        )
        {
            Errno = errno,
        };
    }

    public StartRunResult StartRun(StartRunStep step) => new(_beside.Start(variables.Get<KvmVcpu>(step.Vcpu), step));

    /// <summary>A vCPU that had to be interrupted is not run again: its next run says so.</summary>
    public LaunchResult Launch(LaunchStep step)
    {
        var vcpu = variables.Get<KvmVcpu>(step.Vcpu);
        if (!_stuck.Contains(step.Vcpu))
            _beside.Launch(vcpu);
        return new LaunchResult();
    }

    /// <summary>Ends what still runs.</summary>
    public void Dispose() => _beside.Dispose();

    /// <summary>The fields that the kernel left in kvm_run.</summary>
    public static RunResult Left(KvmRunPage* page)
    {
        uint exit = page->ExitReason;
        switch (exit)
        {
            case KVM_EXIT_MMIO:
                uint length = page->MmioLength;
                bool write = page->MmioIsWrite != 0;
                if (!write)
                    page->MmioData = 0;
                ulong mask = length >= sizeof(ulong) ? ulong.MaxValue : (1UL << (int)(length * 8)) - 1;
                return new RunResult(
                    exit,
                    Address: page->MmioAddress,
                    Length: length,
                    Write: write,
                    Data: page->MmioData & mask
                );
            case KVM_EXIT_MEMORY_FAULT:
                return new RunResult(
                    exit,
                    Flags: page->MemoryFaultFlags,
                    Address: page->MemoryFaultAddress,
                    Size: page->MemoryFaultSize
                );
            case KVM_EXIT_FAIL_ENTRY:
                return new RunResult(exit, Reason: page->FailEntryReason);
            case KVM_EXIT_INTERNAL_ERROR:
                return new RunResult(exit, SubError: page->InternalSubError);
            case KVM_EXIT_SYSTEM_EVENT:
                return new RunResult(exit, Type: page->SystemEventType);
            case KVM_EXIT_ARM_NISV:
                return new RunResult(exit, Syndrome: page->NisvSyndrome, Address: page->NisvAddress);
            default:
                return new RunResult(exit);
        }
    }

    public Stage2Result Stage2(Stage2Step step)
    {
        int errno = Exporter.Read(
            variables.File(step.Exporter),
            variables.Get<KvmVm>(step.Vm).Descriptor,
            step.Ipa,
            step.Shadow,
            out var read
        );
        return errno != 0
            ? new Stage2Result { Errno = errno }
            : new Stage2Result(
                read.Valid != 0,
                read.Descriptor,
                read.Level,
                read.PgtFlags,
                read.StartLevel,
                read.IaBits
            );
    }

    /// <summary>The bytes of a slot; null where there is none.</summary>
    public ulong? SlotSize(KvmVm vm, int slot) => _slots.TryGetValue((vm, slot), out ulong size) ? size : null;
}
