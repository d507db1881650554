using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>What a host can tell beyond errno and exits, and so what a program asks of it.</summary>
/// <param name="Exporter">The exporter module is loaded: backings beyond anonymous memory, and the stage-2
/// descriptor.</param>
/// <param name="Descriptor">The exporter can walk stage 2 there; in protected mode it can't.</param>
/// <param name="Trace">kprobe events can be had through tracefs.</param>
/// <param name="Secretmem">memfd_secret(2) works.</param>
public sealed record ProbeAbilities(bool Exporter, bool Descriptor, bool Trace, bool Secretmem = false)
{
    /// <summary>"which is not loaded there": why the exporter module can't be used, or null.</summary>
    public string? WhyNoExporter { get; init; }

    /// <summary>Of the host's kernel, in bytes.</summary>
    public ulong PageSize { get; init; } = CaseLayout.ModelPageSize;

    /// <summary>What a descriptor of level 2 maps: as many pages as descriptors of 8 bytes fit into one.</summary>
    public ulong BlockSize => PageSize * (PageSize / sizeof(ulong));

    /// <summary>
    /// Everything may take so many times as long: in protected mode a VM takes seconds to come and to go on TCG.
    /// </summary>
    public int Slowness { get; init; } = 1;

    /// <summary>One KVM_RUN may take this long, in milliseconds.</summary>
    public int RunTimeoutMs => CaseLayout.RunTimeoutMs * Slowness;

    /// <summary>
    /// The number that KVM_CREATE_VM takes to mean 40 bits of guest physical addresses, where it is asked for none.
    /// </summary>
    public const int UsualIpaBits = 40;

    /// <summary>
    /// Bits of a guest physical address in a VM there: <see cref="UsualIpaBits"/>, but where the host can't have so
    /// many, or a hypervisor gives all that it has.
    /// </summary>
    public int IpaBits { get; init; } = UsualIpaBits;

    /// <summary>
    /// What a VM's type says of its guest physical addresses: 0 means 40 bits, which a host that has fewer refuses.
    /// </summary>
    public ulong VmType => IpaBits < UsualIpaBits ? (ulong)IpaBits : 0;

    /// <summary>The first guest physical address that a VM there doesn't have.</summary>
    public ulong EndOfGuestMemory => 1ul << IpaBits;

    /// <summary>What it has to make memory with, beyond the usual.</summary>
    public ProviderAbilities Providers { get; init; } = ProviderAbilities.Unasked;
}

/// <summary>Compiles a case to the steps that the probe executes. The program holds no expectation.</summary>
public static partial class CaseCompiler
{
    /// <summary>Where guest code and probe meet: the registers that are read after each report.</summary>
    public static readonly IReadOnlyList<GuestRegister> ReportRegisters =
    [
        GuestRegister.X10,
        GuestRegister.X11,
        GuestRegister.X12,
        GuestRegister.X13,
    ];

    /// <summary>Those after the operation of a <see cref="GuestCase"/>, and what it read.</summary>
    public static readonly IReadOnlyList<GuestRegister> OperationRegisters = [.. ReportRegisters, GuestRegister.X17];

    private const int CapArmMte = 205; // KVM_CAP_ARM_MTE, linux/kvm.h
    private const uint MemGuestMemfd = 4; // KVM_MEM_GUEST_MEMFD

    /// <summary>Null where the case can be run on such a host; else what the host lacks.</summary>
    public static string? NotRunnableReason(Case c, ProbeAbilities host) =>
        NeedsExporter(c) && !host.Exporter
            ? $"needs the exporter module (/dev/stage2-exporter) for its backing{(host.WhyNoExporter is { } why ? ", " + why : "")}"
        : c.Backing.Kind == VmaKind.Secret && !host.Secretmem
            ? "needs memfd_secret(2), which the kernel there doesn't offer"
        : CaseLayout.ExtentOf(c) != Extent.Page && host.PageSize != CaseLayout.ModelPageSize
            ? $"needs blocks of {CaseLayout.BlockSize >> 20} MiB, and with pages of {host.PageSize >> 10} KiB those there have {host.BlockSize >> 20} MiB"
        : host.Providers.WhyNot(c);

    /// <summary>A host that can't make the memory can at least be asked for it, and says so itself.</summary>
    public static bool CanBeTried(Case c) =>
        CaseLayout.ExtentOf(c) == Extent.Page && (NeedsExporter(c) || c.Backing.Kind == VmaKind.Secret);

    /// <summary>Whether it can only be run where the exporter module is loaded.</summary>
    public static bool NeedsExporter(Case c) =>
        c.Backing
            is {
                Driver: true,
                Provider: Provider.Usual
                    or Provider.ExporterFault
                    or Provider.ExporterHuge
                    or Provider.ExporterNotified
                    or Provider.ExporterScattered
            }
        || c is AttributeCase { Beside.Backing.Driver: true } or AttributeCase { Change.To.Driver: true };

    /// <summary>The case's program on such a host, with what its steps mean.</summary>
    public static CompiledCase Compile(Case c, ProbeAbilities host) =>
        c is LifecycleCase lifecycle ? LifecycleCompiler.Compile(lifecycle, host) : Compile((AttributeCase)c, host);

    private static CompiledCase Compile(AttributeCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        AddVmAndSlot(steps, c, host);
        if (c.Restored)
            steps.Add(new WordsStep(Memory, CaseLayout.MappingOffset(c.Extent), [0]));
        if (ReadsNext(c))
            steps.Add(new WordsStep(Memory, CaseLayout.MappingOffset(c.Extent) + host.PageSize, [CaseLayout.NextWord]));
        AddGuest(steps, c, host);
        if (host.Trace)
            steps.Add(new TraceStep());
        var accesses = new List<CompiledAccess>();
        CompiledChange? change = null;
        var registers = c is GuestCase || ReadsNext(c) ? OperationRegisters : ReportRegisters;
        for (int n = 0; n < c.Accesses.Count; n++)
        {
            accesses.Add(
                AddAccess(
                    steps,
                    host,
                    registers,
                    host.Trace,
                    host.Descriptor,
                    c.Accesses[n] == Access.ReadNext ? host.PageSize : 0
                )
            );
            if (n == 0 && c.Change is not null)
                change = AddChange(steps, c, host);
        }
        return new CompiledCase(c, steps.Build(c.Id, CaseLayout.DeadlineMs * host.Slowness), steps.SetUp, accesses)
        {
            Change = change,
        };
    }

    /// <summary>One run of the guest, and what is read after it.</summary>
    /// <param name="steps">Added to.</param>
    /// <param name="host">The host.</param>
    /// <param name="registers">What the guest reports in.</param>
    /// <param name="trace">The kernel's mapping calls are read.</param>
    /// <param name="descriptor">The stage-2 descriptor is read.</param>
    /// <param name="offset">Of the page that it is read of, from the tested one, in bytes.</param>
    internal static CompiledAccess AddAccess(
        ProgramBuilder steps,
        ProbeAbilities host,
        IReadOnlyList<GuestRegister> registers,
        bool trace,
        bool descriptor,
        ulong offset = 0
    )
    {
        var run = steps.Add(new RunStep("vcpu", host.RunTimeoutMs) { OnError = OnError.End });
        StepHandle<TraceResult>? traced = trace ? steps.Add(new TraceStep()) : null;
        StepHandle<Stage2Result>? read = descriptor
            ? steps.Add(new Stage2Step("exporter", "vm", CaseLayout.TestAddress + offset))
            : null;
        return new CompiledAccess(run, steps.Add(new GetRegistersStep("vcpu", registers)), traced, read);
    }

    private static bool ReadsNext(AttributeCase c) => c.Accesses.Span.Contains(Access.ReadNext);

    /// <summary>
    /// All up to the slot under test: the memory behind it, the VM, the slot; of a late backing, what takes the
    /// memory's place then.
    /// </summary>
    /// <param name="steps">Added to.</param>
    /// <param name="c">The case.</param>
    /// <param name="host">What the host can do.</param>
    /// <param name="ipaBits">See <see cref="AddVm"/>.</param>
    internal static void AddVmAndSlot(CaseSteps steps, AttributeCase c, ProbeAbilities host, int? ipaBits = null)
    {
        if (host.Exporter || NeedsExporter(c))
            steps.Add(new OpenStep("exporter", "/dev/stage2-exporter"));
        if (c.Backing.Kind == VmaKind.GuestMemory)
        {
            AddVm(steps, c, host, ipaBits);
            AddGuestMemory(steps, c);
        }
        else
        {
            AddSlot(steps, c, host, ipaBits);
        }
    }

    /// <summary>The process's memory of a page's lifecycle: plain, of a memfd, secret or a driver's.</summary>
    internal static void AddMemory(CaseSteps steps, Case c, ProbeAbilities host) =>
        AddMapping(steps, c, AddSource(steps, c, host), over: null);

    /// <param name="steps">Added to.</param>
    /// <param name="c">The case.</param>
    /// <param name="host">Where it is to be.</param>
    /// <param name="ipaBits">Of guest physical addresses, the VM's type, which is a part of the question; null for
    /// those that a VM has there.</param>
    private static void AddVm(CaseSteps steps, AttributeCase c, ProbeAbilities host, int? ipaBits = null)
    {
        ulong type = ipaBits is { } bits ? (ulong)bits : host.VmType;
        steps.Add(new VmStep("vm", type) { OnError = type == host.VmType ? OnError.Fail : OnError.End });
        if (c.Mte)
            steps.AddSetUp(new EnableCapabilityStep("vm", CapArmMte) { OnError = OnError.End });
    }

    private static void AddGuestMemory(CaseSteps steps, AttributeCase c)
    {
        ulong size = CaseLayout.SlotSize(c.Extent);
        steps.AddSetUp(new GuestMemoryStep(Memory, "vm", size, (ulong)c.Backing.GuestMemory) { OnError = OnError.End });
        if (c.Backing.Bound)
            steps.AddSetUp(BoundSlot(CaseLayout.FirstBoundSlot, CaseLayout.FirstBoundAddress, size, MemGuestMemfd));
        steps.AddSetUp(BoundSlot(CaseLayout.TestSlot, CaseLayout.TestAddress, size, MemGuestMemfd | KvmFlags(c.Slot)));
    }

    /// <summary>The slot over its backing, or over plain memory that the backing then takes the place of.</summary>
    private static void AddSlot(CaseSteps steps, AttributeCase c, ProbeAbilities host, int? ipaBits = null)
    {
        if (c.Beside is not null)
        {
            AddTwoMappings(steps, c, c.Beside);
            AddVm(steps, c, host);
            AddMemslot(steps, c);
            return;
        }
        ulong size = CaseLayout.MappingSize(c);
        var source = AddSource(steps, c, host);
        bool hole = c.Backing.Kind == VmaKind.Hole;

        if (c.Late || hole)
            steps.Add(
                new MapStep(
                    "plain",
                    null,
                    size,
                    Write: true,
                    Shared: false,
                    c.Backing.Provider == Provider.HugeTlb ? CaseLayout.BlockSize : CaseLayout.SlotSize(c.Extent)
                )
            );
        else
            AddMapping(steps, c, source, over: null);
        if (hole && !c.Late)
            steps.Add(new HoleStep("plain"));
        AddVm(steps, c, host, ipaBits);
        if (NeedsOther(c.Placement))
            AddOther(steps, c);
        if (c.Placement == Placement.Ordinary)
            AddMemslot(steps, c);
        else
            AddMisplaced(steps, c, host);
        if (c.Change is { To.Driver: true } change)
            AddExporter(steps, SecondExporter, change.To, CaseLayout.MappingSize(c.Extent));
        if (c.Late && hole)
            steps.Add(new HoleStep("plain"));
        else if (c.Late)
            AddMapping(steps, c, source, over: "plain");
    }

    private static void AddGuest(CaseSteps steps, AttributeCase c, ProbeAbilities host)
    {
        GuestAccess[] accesses = [.. c.Accesses.Span.ToArray().Select(Guest)];
        StageOneTables? tables = null;
        var guest = GuestProgram.ForAccesses(accesses);
        if (c is GuestCase { Use: var use })
        {
            tables = new StageOneTables(
                CaseLayout.CodeAddress,
                CaseLayout.TestAddress,
                CaseLayout.ReportAddress,
                (int)use.StageOne
            );
            guest = GuestProgram.WithTables(
                tables,
                Guest(use.Operation),
                (c.Slot & SlotFlags.ReadOnly) == 0,
                accesses[..^1]
            );
        }
        steps.Add(new MapStep("code", null, CaseLayout.CodeSize, Write: true, Shared: false, CaseLayout.CodeSize));
        steps.Add(new WordsStep("code", 0, guest.Words));
        foreach (var words in tables?.Words ?? [])
            steps.Add(new WordsStep("code", words.Offset, words.Words));
        steps.Add(new MemslotStep("vm", CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, "code"));
        steps.Add(new VcpuStep("vcpu", "vm"));
        steps.Add(
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.Pc] = CaseLayout.CodeAddress + guest.EntryOffset,
                    [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
                    [GuestRegister.X1] = CaseLayout.TestAddress,
                    [GuestRegister.X2] = CaseLayout.StoredValue,
                    [GuestRegister.X9] = CaseLayout.ReportAddress,
                }
            )
        );
        if (ReadsNext(c))
            steps.Add(
                new SetRegistersStep(
                    "vcpu",
                    new Dictionary<GuestRegister, ulong> { [GuestRegister.X4] = CaseLayout.TestAddress + host.PageSize }
                )
            );
    }

    private static GuestAccess Guest(Access access) =>
        access switch
        {
            Access.Read => GuestAccess.Read,
            Access.Write => GuestAccess.Write,
            Access.Exclusive => GuestAccess.Exclusive,
            Access.LoadPostIndexed => GuestAccess.LoadPostIndexed,
            Access.StorePostIndexed => GuestAccess.StorePostIndexed,
            Access.LoadPreIndexed => GuestAccess.LoadPreIndexed,
            Access.StorePreIndexed => GuestAccess.StorePreIndexed,
            Access.LoadPair => GuestAccess.LoadPair,
            Access.StorePair => GuestAccess.StorePair,
            Access.LoadVector => GuestAccess.LoadVector,
            Access.StoreVector => GuestAccess.StoreVector,
            Access.ReadNext => GuestAccess.ReadNext,
            _ => GuestAccess.Execute,
        };

    private static PageOperation Guest(GuestOperation operation) =>
        operation switch
        {
            GuestOperation.UnalignedLoad => PageOperation.UnalignedLoad,
            GuestOperation.UnalignedStore => PageOperation.UnalignedStore,
            GuestOperation.ZeroBlock => PageOperation.ZeroBlock,
            GuestOperation.ExclusivePair => PageOperation.ExclusivePair,
            GuestOperation.AtomicAdd => PageOperation.AtomicAdd,
            GuestOperation.CompareAndSwap => PageOperation.CompareAndSwap,
            GuestOperation.Execute => PageOperation.Execute,
            GuestOperation.Walk => PageOperation.Walk,
            _ => PageOperation.Translate,
        };

    /// <summary>KVM_MEM_LOG_DIRTY_PAGES is 1 and KVM_MEM_READONLY is 2, as in <see cref="SlotFlags"/>.</summary>
    private static uint KvmFlags(SlotFlags flags) => (uint)flags;
}
