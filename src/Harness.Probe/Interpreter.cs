using Harness.Probe.Native;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>
/// Executes the steps of one program, as documented at their types. An errno is a result; an invalid step (a name not
/// set or set twice, a size that does not fit) is a <see cref="ProtocolException"/>.
/// </summary>
internal sealed class Interpreter : IDisposable
{
    private readonly Variables _variables = new();
    private readonly Host _host;
    private readonly FileSteps _files;
    private readonly MappingSteps _mappings;
    private readonly ProviderSteps _providers;
    private readonly KvmSteps _kvm;
    private readonly AccessSteps _accesses;
    private readonly MigrationSteps _migration;
    private readonly TagSteps _tags;

    public Interpreter(Host host)
    {
        _host = host;
        _files = new FileSteps(_variables);
        _mappings = new MappingSteps(_variables);
        _providers = new ProviderSteps(_variables);
        _kvm = new KvmSteps(host, _variables);
        _accesses = new AccessSteps(_variables);
        _migration = new MigrationSteps(_variables, _kvm);
        _tags = new TagSteps(_variables);
    }

    /// <summary>0 or the errno, and what the step read.</summary>
    /// <exception cref="ProtocolException"/>
    public StepResult Execute(Step step) =>
        step switch
        {
            OpenStep s => _files.Open(s),
            MemfdStep s => _files.Memfd(s),
            SecretmemStep s => _files.Secretmem(s),
            TemporaryFileStep s => _files.TemporaryFile(s),
            ExportStep s => _files.Export(s),
            HotplugStep s => _files.Hotplug(s),
            FallocateStep s => _files.Fallocate(s),
            TruncateStep s => _files.Truncate(s),
            ReadFileStep s => _files.ReadFile(s),
            WriteFileStep s => _files.WriteFile(s),
            CloseStep s => _files.Close(s),
            CloseAllStep => _files.CloseAll(),
            MapStep s => _mappings.Map(s),
            HoleStep s => _mappings.Hole(s),
            MoveStep s => _mappings.Move(s),
            ProtectStep s => _mappings.Protect(s),
            UnmapStep s => _mappings.Unmap(s),
            WordsStep s => _mappings.Words(s),
            AdviseStep s => _mappings.Advise(s),
            LockStep s => _mappings.Lock(s),
            ForkStep s => _mappings.Fork(s),
            UserFaultStep s => _mappings.UserFaults(s),
            HugeMappedStep s => _mappings.HugeMapped(s),
            PagedOutStep s => _mappings.PageOut(s),
            MergeStep s => _mappings.Merge(s),
            PoisonStep s => _mappings.Poison(s),
            FrameStep s => _mappings.Frame(s),
            HugePagesStep s => _providers.HugePages(s),
            UdmaBufStep s => _providers.UdmaBuf(s),
            VfioBindStep s => _providers.VfioBind(s),
            VfioDeviceStep s => _providers.VfioDevice(s),
            VfioRegionStep s => _providers.VfioRegion(s),
            VfioIommuStep s => _providers.VfioIommu(s),
            VfioCommandStep s => _providers.VfioCommand(s),
            VfioResetStep s => _providers.VfioReset(s),
            VfioUnbindStep s => _providers.VfioUnbind(s),
            VmStep s => _kvm.Vm(s),
            EnableCapabilityStep s => _kvm.EnableCapability(s),
            GuestMemoryStep s => _kvm.GuestMemory(s),
            ExtensionStep s => _kvm.Extension(s),
            MemslotStep s => _kvm.Memslot(s),
            MemslotsStep s => _kvm.Memslots(s),
            VcpuStep s => _kvm.Vcpu(s),
            GicStep s => _kvm.Gic(s),
            SetRegistersStep s => _kvm.SetRegisters(s),
            GetRegistersStep s => _kvm.GetRegisters(s),
            RunStep s => _kvm.Run(s),
            StartRunStep s => _kvm.StartRun(s),
            AnswerStep s => _kvm.Answer(s),
            LaunchStep s => _kvm.Launch(s),
            DirtyLogStep s => _kvm.DirtyLog(s),
            ClearLogStep s => _kvm.ClearLog(s),
            RingStep s => _kvm.Ring(s),
            ResetRingsStep s => _kvm.ResetRings(s),
            CopyTagsStep s => _tags.Copy(s),
            TraceStep => _host.Tracing.Read(),
            Stage2Step s => _kvm.Stage2(s),
            TouchStep s => _accesses.Touch(s),
            CopyStep s => _accesses.Copy(s),
            PeekStep s => _accesses.Peek(s),
            LineStep s => _accesses.Line(s),
            CountersStep => HostCounters.Read(),
            SaveRegistersStep s => _migration.SaveRegisters(s),
            RestoreRegistersStep s => _migration.RestoreRegisters(s),
            RegisterMasksStep s => _migration.RegisterMasks(s),
            SavePagesStep s => _migration.SavePages(s),
            DirtyPagesStep s => _migration.DirtyPages(s),
            RestorePagesStep s => _migration.RestorePages(s),
            SaveTagsStep s => _tags.Save(s),
            RestoreTagsStep s => _tags.Restore(s),
            SettleStep s => _migration.Settle(s),
            _ => throw new ProtocolException("the probe can't execute such a step"),
        };

    public void Dispose()
    {
        _kvm.Dispose();
        _variables.Dispose();
    }
}
