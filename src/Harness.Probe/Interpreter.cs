using Harness.Probe.Kvm;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.KvmConstants;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>
/// Executes the steps of one program, as documented at their types. An errno is a result; an invalid step (a name not
/// set or set twice, a size that does not fit) is a <see cref="ProtocolException"/>.
/// </summary>
internal sealed unsafe partial class Interpreter(Host host) : IDisposable
{
    private readonly Variables _variables = new();

    /// <summary>The names of vCPUs with a run that had to be interrupted.</summary>
    private readonly HashSet<string> _stuck = [];

    /// <summary>0 or the errno, and what the step read.</summary>
    /// <exception cref="ProtocolException"/>
    public StepResult Execute(Step step) =>
        step switch
        {
            OpenStep s => Open(s),
            MemfdStep s => Memfd(s),
            SecretmemStep s => Secretmem(s),
            TemporaryFileStep s => TemporaryFile(s),
            ExportStep s => Export(s),
            FallocateStep s => Fallocate(s),
            TruncateStep s => Truncate(s),
            ReadFileStep s => ReadFile(s),
            WriteFileStep s => WriteFile(s),
            CloseStep s => Close(s),
            CloseAllStep => CloseAll(),
            MapStep s => Map(s),
            HoleStep s => Hole(s),
            MoveStep s => Move(s),
            ProtectStep s => Protect(s),
            UnmapStep s => Unmap(s),
            WordsStep s => Words(s),
            AdviseStep s => Advise(s),
            HugeMappedStep s => HugeMapped(s),
            HugePagesStep s => HugePages(s),
            UdmaBufStep s => UdmaBuf(s),
            VfioBindStep s => VfioBind(s),
            VfioDeviceStep s => VfioDevice(s),
            VfioRegionStep s => VfioRegion(s),
            VmStep s => Vm(s),
            EnableCapabilityStep s => EnableCapability(s),
            GuestMemoryStep s => GuestMemory(s),
            ExtensionStep s => Extension(s),
            MemslotStep s => Memslot(s),
            VcpuStep s => Vcpu(s),
            SetRegistersStep s => SetRegisters(s),
            GetRegistersStep s => GetRegisters(s),
            RunStep s => Run(s),
            TraceStep => host.Tracing.Read(),
            Stage2Step s => Stage2(s),
            TouchStep s => Touch(s),
            CopyStep s => Copy(s),
            PeekStep s => Peek(s),
            CountersStep => HostCounters.Read(),
            SaveRegistersStep s => SaveRegisters(s),
            RestoreRegistersStep s => RestoreRegisters(s),
            RegisterMasksStep s => RegisterMasks(s),
            SavePagesStep s => SavePages(s),
            DirtyPagesStep s => DirtyPages(s),
            RestorePagesStep s => RestorePages(s),
            SettleStep s => Settle(s),
            _ => throw new ProtocolException("the probe can't execute such a step"),
        };

    public void Dispose() => _variables.Dispose();

    private VmResult Vm(VmStep step)
    {
        _variables.CheckFree(step.As);
        if (host.Kvm(out int errno) is not { } kvm || kvm.CreateVm(step.Type, out errno) is not { } vm)
            return new VmResult { Errno = errno };
        _variables.Add(step.As, vm);
        return new VmResult();
    }

    private EnableCapabilityResult EnableCapability(EnableCapabilityStep step) =>
        new() { Errno = _variables.Get<KvmVm>(step.Vm).EnableCap(step.Capability, 0) };

    private GuestMemoryResult GuestMemory(GuestMemoryStep step)
    {
        _variables.CheckFree(step.As);
        int fd = _variables.Get<KvmVm>(step.Vm).CreateGuestMemfd(step.Size, step.Flags);
        return new GuestMemoryResult { Errno = Opened(step.As, fd) };
    }

    private ExtensionResult Extension(ExtensionStep step)
    {
        int value;
        if (step.Vm is { } vm)
            value = _variables.Get<KvmVm>(vm).CheckExtension(step.Capability);
        else if (host.Kvm(out int errno) is { } kvm)
            value = kvm.CheckExtension(step.Capability);
        else
            return new ExtensionResult { Errno = errno };
        return value < 0 ? new ExtensionResult { Errno = -value } : new ExtensionResult(value);
    }

    private MemslotResult Memslot(MemslotStep step)
    {
        var vm = _variables.Get<KvmVm>(step.Vm);
        ulong address = step.Map is { } map ? (ulong)_variables.Get<Mapping>(map).Address + step.Offset : 0;
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
                    GuestMemfd = binding.GuestMemory is { } name ? (uint)DescriptorOf(name) : uint.MaxValue,
                }
            );
        if (errno == 0 && step.Size != 0)
            _slots[(vm, step.Slot)] = step.Size;
        else if (errno == 0)
            _slots.Remove((vm, step.Slot)); // deleted
        return new MemslotResult { Errno = errno };
    }

    private VcpuResult Vcpu(VcpuStep step)
    {
        _variables.CheckFree(step.As);
        var vm = _variables.Get<KvmVm>(step.Vm);
        if (vm.CreateVcpu(step.Id, host.VcpuMapSize, out int errno) is not { } vcpu)
            return new VcpuResult("KVM_CREATE_VCPU") { Errno = errno };
        _variables.Add(step.As, vcpu);
        errno = vm.PreferredTarget(out var init);
        if (errno != 0)
            return new VcpuResult("KVM_ARM_PREFERRED_TARGET") { Errno = errno };
        errno = vcpu.Init(init);
        return errno == 0 ? new VcpuResult() : new VcpuResult("KVM_ARM_VCPU_INIT") { Errno = errno };
    }

    private SetRegistersResult SetRegisters(SetRegistersStep step)
    {
        var vcpu = _variables.Get<KvmVcpu>(step.Vcpu);
        foreach (var (register, value) in step.Registers)
        {
            int errno = vcpu.SetOneReg(KvmRegister.ByName(register.Name()), value);
            if (errno != 0)
                return new SetRegistersResult(register) { Errno = errno };
        }
        return new SetRegistersResult();
    }

    private GetRegistersResult GetRegisters(GetRegistersStep step)
    {
        var vcpu = _variables.Get<KvmVcpu>(step.Vcpu);
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

    private RunResult Run(RunStep step)
    {
        var vcpu = _variables.Get<KvmVcpu>(step.Vcpu);
        if (step.TimeoutMs <= 0)
            throw new ProtocolException($"'timeoutMs' is not positive: {step.TimeoutMs}");
        if (_stuck.Contains(step.Vcpu))
            return new RunResult { Errno = ECANCELED };
        int errno = vcpu.Run(step.TimeoutMs, out bool timedOut);
        if (timedOut)
            _stuck.Add(step.Vcpu);
        return Left(vcpu.Page) with { Errno = errno, Timeout = timedOut ? true : null };
    }

    /// <summary>The fields that the kernel left in kvm_run.</summary>
    private static RunResult Left(KvmRunPage* page)
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

    private Stage2Result Stage2(Stage2Step step)
    {
        int errno = Exporter.Read(
            File(step.Exporter),
            _variables.Get<KvmVm>(step.Vm).Descriptor,
            step.Ipa,
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

    /// <summary>The descriptor of an open file.</summary>
    private int File(string name) => _variables.Get<OpenFile>(name).Descriptor;

    /// <summary>Registers a new descriptor: 0, or the errno if it is negative.</summary>
    private int Opened(string name, int fd)
    {
        if (fd < 0)
            return -fd;
        _variables.Add(name, new OpenFile(fd));
        return 0;
    }
}
