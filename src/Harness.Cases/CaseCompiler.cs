using Harness.Cases.Families;
using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>Compiles a case to the steps that the probe executes. The program contains no expectation.</summary>
public static class CaseCompiler
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
    /// The registers that are read after the operation of a <see cref="GuestCase"/>, including the value that it
    /// read.
    /// </summary>
    public static readonly IReadOnlyList<GuestRegister> OperationRegisters = [.. ReportRegisters, GuestRegister.X17];

    /// <summary>Why the case can't be run on such a host; null if it can.</summary>
    public static string? NotRunnableReason(Case c, ProbeAbilities host) => Missing(c, host)?.Reason;

    /// <summary>What such a host lacks for the case; null if it can be run there.</summary>
    public static MissingPart? Missing(Case c, ProbeAbilities host) =>
        NeedsExporter(c) && !host.Exporter
            ? new(
                HostPart.Exporter,
                $"needs the exporter module (/dev/stage2-exporter) for {(c is ProgramCase ? "the leaf of each page after each step" : "its backing")}{(host.WhyNoExporter is { } why ? ", " + why : "")}"
            )
        : WhyNotOfPages(c, host.Sizes) is { } pages ? new(HostPart.PageSize, pages)
        : c.Backing.Kind == VmaKind.Secret && !host.Secretmem
            ? new(HostPart.SecretMemory, "needs memfd_secret(2), which the kernel there doesn't offer")
        : c is AbortCase aborts && AbortsCompiler.Missing(aborts, host) is { } missing ? missing
        : c is RingCase && RingCompiler.Missing(host) is { } unfit ? unfit
        : c is TagCase tags && TagsCompiler.Missing(tags, host) is { } untagged ? untagged
        : c is NestedCase && NestedCompiler.Missing(host) is { } nested ? nested
        : host.Providers.Missing(c, host.Sizes)
            ?? (c is ProgramCase program ? HostCompiler.Missing(program, host) : null);

    private static string? WhyNotOfPages(Case c, CaseSizes sizes) =>
        c.Backing.Driver && ExportedSize(c, sizes) is var size && size > MostExported(c, sizes)
            ? $"needs {size >> 20} MiB of adjacent memory, and the exporter there has {MostExported(c, sizes) >> 20} MiB at most"
            : null;

    /// <summary>LENGTH_LIMIT in exporter.c, and what the kernel's page allocator has.</summary>
    private static ulong MostExported(Case c, CaseSizes sizes) =>
        c.Backing.Memory == KernelMap.Unknown || c.Backing.Provider == Provider.Hotplug
            ? Math.Max(ExporterLimit, sizes.Block)
            : sizes.MostAdjacent;

    private const ulong ExporterLimit = 16 << 20;

    private static ulong ExportedSize(Case c, CaseSizes sizes) =>
        sizes.MappingSize(c) * (c.Backing.Provider == Provider.ExporterScattered ? 2ul : 1ul);

    /// <summary>
    /// A case that can be tried on a host without the provider: the system call then reports that the memory can't be
    /// created.
    /// </summary>
    public static bool CanBeTried(Case c) =>
        c is not ProgramCase
        && CaseLayout.ExtentOf(c) == Extent.Page
        && (NeedsExporter(c) || c.Backing.Kind == VmaKind.Secret);

    /// <summary>
    /// Whether it can only run with the exporter module loaded: for its memory, or, for a program, since each step is
    /// predicted for what stage 2 held after the one before it.
    /// </summary>
    public static bool NeedsExporter(Case c) =>
        c.Backing
            is {
                Driver: true,
                Provider: Provider.Usual
                    or Provider.ExporterFault
                    or Provider.ExporterHuge
                    or Provider.ExporterNotified
                    or Provider.ExporterScattered
                    or Provider.Hotplug
            }
        || c
            is AttributeCase { Beside.Backing.Driver: true }
                or AttributeCase { Change.To.Driver: true }
                or ProgramCase;

    /// <summary>The case's program for such a host, with the meaning of its steps.</summary>
    public static CompiledCase Compile(Case c, ProbeAbilities host) =>
        c switch
        {
            LifecycleCase lifecycle => LifecycleCompiler.Compile(lifecycle, host),
            ProgramCase program => ProgramCompiler.Compile(program, WithTime(program, host)),
            CapabilityCase capability => Compile(capability, host),
            SlotCallsCase calls => SlotCallsCompiler.Compile(calls, host),
            CacheCase caches => CachesCompiler.Compile(caches, WithTime(caches, host)),
            AbortCase aborts => AbortsCompiler.Compile(aborts, host),
            TagCase tags => TagsCompiler.Compile(tags, host),
            RingCase ring => RingCompiler.Compile(ring, host),
            NestedCase nested => NestedCompiler.Compile(nested, host),
            _ => Compile((AttributeCase)c, WithTime(c, host)),
        };

    /// <summary>
    /// A fault on a huge page of 512 MiB zeroes it, which takes a second on TCG, and more under load.
    /// </summary>
    private static ProbeAbilities WithTime(Case c, ProbeAbilities host) =>
        CaseLayout.ExtentOf(c) != Extent.Page && host.Sizes == CaseSizes.Of64KiB
            ? host with
            {
                Slowness = host.Slowness * LargeBlockSlowness,
            }
            : host;

    private const int LargeBlockSlowness = 5;

    private static CompiledCase Compile(CapabilityCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        var system = steps.Add(new ExtensionStep(null, c.Number));
        steps.Add(new VmStep("vm", host.VmType) { OnError = OnError.Fail });
        var vm = steps.Add(new ExtensionStep("vm", c.Number));
        return new CompiledCase(c, steps.Build(c.Id, CaseLayout.DeadlineMs * host.Slowness), [], [])
        {
            Capability = new CompiledCapability(system, vm),
        };
    }

    private static CompiledCase Compile(AttributeCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        SlotCompiler.AddVmAndSlot(steps, c, host);
        if (c.Restored)
            steps.Add(new WordsStep(MemoryCompiler.Memory, host.Sizes.MappingOffset(c.Extent), [0]));
        if (ReadsNext(c))
            steps.Add(
                new WordsStep(
                    MemoryCompiler.Memory,
                    host.Sizes.MappingOffset(c.Extent) + host.PageSize,
                    [CaseLayout.NextWord]
                )
            );
        AddGuest(steps, c, host);
        if (host.Trace)
            steps.Add(new TraceStep());
        var accesses = new List<CompiledAccess>();
        ulong page = SlotCompiler.PageAddress(c, host);
        CompiledChange? change = null;
        var registers = c is GuestCase || ReadsNext(c) ? OperationRegisters : ReportRegisters;
        for (int n = 0; n < c.Accesses.Count; n++)
        {
            accesses.Add(
                AddAccess(
                    steps,
                    host,
                    registers,
                    host.Trace && !(c.Running && n == 1), // its events are another thread's
                    host.Descriptor,
                    c.Accesses[n] == Access.ReadNext ? host.PageSize : 0,
                    page,
                    frame: n == c.Accesses.Count - 1 ? SlotCompiler.FrameOf(c, host) : null
                )
            );
            if (n == 0 && c.Running)
                steps.Add(Repeat("vcpu", host));
            if (n == 0 && c.Change is not null)
                change = ChangeCompiler.AddChange(steps, c, host);
        }
        return new CompiledCase(c, steps.Build(c.Id, CaseLayout.DeadlineMs * host.Slowness), steps.SetUp, accesses)
        {
            Change = change,
        };
    }

    /// <summary>
    /// How long a guest that runs beside is left alone, in milliseconds. Nothing depends on it but how much the guest
    /// does meanwhile.
    /// </summary>
    private const int MomentMs = 10;

    /// <summary>A vCPU begins to repeat its access, and goes on.</summary>
    internal static StartRunStep Repeat(string vcpu, ProbeAbilities host) =>
        new(vcpu, GuestRegister.X6, GuestRegister.X5, MomentMs, host.RunTimeoutMs);

    /// <summary>One run of the guest, and what is read after it.</summary>
    /// <param name="steps">Added to.</param>
    /// <param name="host">The host.</param>
    /// <param name="registers">The registers that the guest reports in.</param>
    /// <param name="trace">The kernel's mapping calls are read.</param>
    /// <param name="descriptor">The stage-2 descriptor is read.</param>
    /// <param name="offset">The offset of the descriptor's page from the tested one, in bytes.</param>
    /// <param name="page">Where the tested page is.</param>
    /// <param name="onError">Whether a failing run ends the program.</param>
    /// <param name="frame">Reads the frame of the descriptor's page in the process; null for none.</param>
    /// <param name="vcpu">The vCPU.</param>
    internal static CompiledAccess AddAccess(
        ProgramBuilder steps,
        ProbeAbilities host,
        IReadOnlyList<GuestRegister> registers,
        bool trace,
        bool descriptor,
        ulong offset = 0,
        ulong page = CaseLayout.TestAddress,
        OnError onError = OnError.End,
        FrameStep? frame = null,
        string vcpu = "vcpu"
    )
    {
        var run = steps.Add(new RunStep(vcpu, host.RunTimeoutMs) { OnError = onError });
        StepHandle<TraceResult>? traced = trace ? steps.Add(new TraceStep()) : null;
        StepHandle<FrameResult>? before = descriptor && frame is not null ? steps.Add(frame) : null;
        StepHandle<Stage2Result>? read = descriptor ? steps.Add(new Stage2Step("exporter", "vm", page + offset)) : null;
        CompiledFrames? frames = before is { } first ? new CompiledFrames(first, steps.Add(frame!)) : null;
        return new CompiledAccess(run, steps.Add(new GetRegistersStep(vcpu, registers)), traced, read)
        {
            Page = page,
            Accessed = page + offset,
            Frames = frames,
        };
    }

    private static bool ReadsNext(AttributeCase c) => c.Accesses.Span.Contains(Access.ReadNext);

    private static void AddGuest(CaseSteps steps, AttributeCase c, ProbeAbilities host)
    {
        var guest = GuestOf(c, host, out var tables);
        AddCode(steps, guest, tables);
        AddStart(steps, c, host, guest, "vcpu");
    }

    internal static GuestProgram GuestOf(AttributeCase c, ProbeAbilities host, out StageOneTables? tables)
    {
        GuestAccess[] accesses = [.. c.Accesses.Span.ToArray().Select(Guest)];
        tables = null;
        if (c.Running)
            return GuestProgram.ForRepeated(accesses[0], accesses[1]);
        if (c is not GuestCase { Use: var use })
            return GuestProgram.ForAccesses(accesses);
        ulong page = SlotCompiler.PageAddress(c, host);
        tables = new StageOneTables(CaseLayout.CodeAddress, page, CaseLayout.ReportAddress, (int)use.StageOne);
        return GuestProgram.WithTables(
            tables,
            Guest(use.Operation),
            (c.Slot & SlotFlags.ReadOnly) == 0,
            accesses[..^1]
        );
    }

    /// <summary>The registers with which a vCPU begins the guest's code.</summary>
    internal static StepHandle AddStart(
        CaseSteps steps,
        AttributeCase c,
        ProbeAbilities host,
        GuestProgram guest,
        string vcpu
    )
    {
        ulong page = SlotCompiler.PageAddress(c, host);
        var registers = new Dictionary<GuestRegister, ulong>
        {
            [GuestRegister.Pc] = CaseLayout.CodeAddress + guest.EntryOffset,
            [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
            [GuestRegister.X1] = page,
            [GuestRegister.X2] = CaseLayout.StoredValue,
            [GuestRegister.X9] = CaseLayout.ReportAddress,
        };
        if (c.Running)
            registers[GuestRegister.X5] = 1;
        var set = steps.Add(new SetRegistersStep(vcpu, registers));
        if (ReadsNext(c))
            steps.Add(
                new SetRegistersStep(
                    vcpu,
                    new Dictionary<GuestRegister, ulong> { [GuestRegister.X4] = page + host.PageSize }
                )
            );
        return set;
    }

    /// <summary>The guest's code and tables in a slot of their own, and a vCPU.</summary>
    internal static void AddCode(ProgramBuilder steps, GuestProgram guest, StageOneTables? tables = null) =>
        AddCode(steps, guest, tables?.Words ?? []);

    /// <summary>The guest's code and tables in a slot of their own, and a vCPU.</summary>
    internal static void AddCode(ProgramBuilder steps, GuestProgram guest, IReadOnlyList<TableWords> tables)
    {
        AddCodeSlot(steps, guest, tables);
        steps.Add(new VcpuStep("vcpu", "vm"));
    }

    /// <summary>The guest's code and tables in a slot of their own.</summary>
    internal static void AddCodeSlot(ProgramBuilder steps, GuestProgram guest, IReadOnlyList<TableWords> tables)
    {
        steps.Add(new MapStep("code", null, CaseLayout.CodeSize, Write: true, Shared: false, CaseLayout.CodeSize));
        steps.Add(new WordsStep("code", 0, guest.Words));
        foreach (var words in tables)
            steps.Add(new WordsStep("code", words.Offset, words.Words));
        steps.Add(new MemslotStep("vm", CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, "code"));
    }

    internal static GuestAccess Guest(Access access) =>
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
            Access.LoadByte => GuestAccess.LoadByte,
            Access.LoadSignedHalf => GuestAccess.LoadSignedHalf,
            Access.LoadDouble => GuestAccess.LoadDouble,
            Access.StoreByte => GuestAccess.StoreByte,
            Access.StoreHalf => GuestAccess.StoreHalf,
            Access.StoreDouble => GuestAccess.StoreDouble,
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
}
