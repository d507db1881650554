using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>What a host provides beyond errno and exits; it decides what a program contains.</summary>
/// <param name="Exporter">
/// The exporter module is loaded: backings beyond anonymous memory, and the stage-2 descriptor.
/// </param>
/// <param name="Descriptor">The exporter can walk stage 2 there; in protected mode it can't.</param>
/// <param name="Trace">kprobe events are available through tracefs.</param>
/// <param name="Secretmem">memfd_secret(2) works.</param>
public sealed record ProbeAbilities(bool Exporter, bool Descriptor, bool Trace, bool Secretmem = false)
{
    /// <summary>"which is not loaded there": why the exporter module can't be used, or null.</summary>
    public string? WhyNoExporter { get; init; }

    /// <summary>The page size of the host's kernel, in bytes.</summary>
    public ulong PageSize { get; init; } = CaseLayout.ModelPageSize;

    /// <summary>The size that a level 2 descriptor maps: one page for each 8-byte descriptor in a page.</summary>
    public ulong BlockSize => PageSize * (PageSize / sizeof(ulong));

    /// <summary>
    /// The factor by which all timeouts are multiplied: in protected mode on TCG it takes seconds to create or destroy
    /// a VM.
    /// </summary>
    public int Slowness { get; init; } = 1;

    /// <summary>The timeout of one KVM_RUN, in milliseconds.</summary>
    public int RunTimeoutMs => CaseLayout.RunTimeoutMs * Slowness;

    /// <summary>The IPA size of a VM that KVM_CREATE_VM is not asked for another.</summary>
    public const int UsualIpaBits = 40;

    /// <summary>
    /// The IPA size of a VM there: <see cref="UsualIpaBits"/>, unless the host supports less, or a hypervisor always
    /// sets its maximum.
    /// </summary>
    public int IpaBits { get; init; } = UsualIpaBits;

    /// <summary>The IPA size in a VM's type: 0 means 40 bits, which a host that supports less refuses.</summary>
    public ulong VmType => IpaBits < UsualIpaBits ? (ulong)IpaBits : 0;

    /// <summary>The first guest physical address beyond a VM's IPA size.</summary>
    public ulong EndOfGuestMemory => 1ul << IpaBits;

    /// <summary>The memory providers that it supports.</summary>
    public ProviderAbilities Providers { get; init; } = ProviderAbilities.Unasked;
}

/// <summary>Compiles a case to the steps that the probe executes. The program contains no expectation.</summary>
public static partial class CaseCompiler
{
    /// <summary>The interface of guest code and probe: the registers that are read after each report.</summary>
    public static readonly IReadOnlyList<GuestRegister> ReportRegisters =
    [
        GuestRegister.X10,
        GuestRegister.X11,
        GuestRegister.X12,
        GuestRegister.X13,
    ];

    /// <summary>
    /// The registers that are read after the operation of a <see cref="GuestCase"/>, including the value that it read.
    /// </summary>
    public static readonly IReadOnlyList<GuestRegister> OperationRegisters = [.. ReportRegisters, GuestRegister.X17];

    private const int CapArmMte = 205; // KVM_CAP_ARM_MTE, linux/kvm.h
    private const uint MemGuestMemfd = 4; // KVM_MEM_GUEST_MEMFD

    /// <summary>Why the case can't be run on such a host; null if it can.</summary>
    public static string? NotRunnableReason(Case c, ProbeAbilities host) =>
        NeedsExporter(c) && !host.Exporter
            ? $"needs the exporter module (/dev/stage2-exporter) for its backing{(host.WhyNoExporter is { } why ? ", " + why : "")}"
        : c.Backing.Kind == VmaKind.Secret && !host.Secretmem
            ? "needs memfd_secret(2), which the kernel there doesn't offer"
        : CaseLayout.ExtentOf(c) != Extent.Page && host.PageSize != CaseLayout.ModelPageSize
            ? $"needs blocks of {CaseLayout.BlockSize >> 20} MiB, and with pages of {host.PageSize >> 10} KiB those there have {host.BlockSize >> 20} MiB"
        : host.Providers.WhyNot(c);

    /// <summary>
    /// A case that can be tried on a host without the provider: the system call then reports that the memory can't be
    /// created.
    /// </summary>
    public static bool CanBeTried(Case c) =>
        CaseLayout.ExtentOf(c) == Extent.Page && (NeedsExporter(c) || c.Backing.Kind == VmaKind.Secret);

    /// <summary>Whether it can only run with the exporter module loaded.</summary>
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

    /// <summary>The case's program for such a host, with the meaning of its steps.</summary>
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
    /// <param name="registers">The registers that the guest reports in.</param>
    /// <param name="trace">The kernel's mapping calls are read.</param>
    /// <param name="descriptor">The stage-2 descriptor is read.</param>
    /// <param name="offset">The offset of the descriptor's page from the tested one, in bytes.</param>
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
    /// Everything up to the slot under test: the memory behind it, the VM, the slot; for a late backing, also its
    /// replacement of the memory.
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

    /// <summary>The process's memory in a lifecycle case: plain, of a memfd, secret or a driver's.</summary>
    internal static void AddMemory(CaseSteps steps, Case c, ProbeAbilities host) =>
        AddMapping(steps, c, AddSource(steps, c, host), over: null);

    /// <param name="steps">Added to.</param>
    /// <param name="c">The case.</param>
    /// <param name="host">The host.</param>
    /// <param name="ipaBits">
    /// The IPA size in the VM's type, if it is part of the test; null for the host's default.
    /// </param>
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

    /// <summary>The slot over its backing, or over plain memory that the backing replaces later.</summary>
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
