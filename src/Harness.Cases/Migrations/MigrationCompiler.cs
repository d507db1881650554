using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Protocol;

namespace Harness.Cases.Migrations;

/// <summary>
/// Compiles a migration to the steps of a VMM on both sides. The order on the destination is a VMM's: capabilities, VM,
/// slots, vCPU, registers, memory.
/// </summary>
public static class MigrationCompiler
{
    /// <summary>
    /// The registers that are read after each run on the destination: the guest's report of an exception, and of its
    /// comparison.
    /// </summary>
    public static readonly IReadOnlyList<GuestRegister> Registers =
    [
        .. CaseCompiler.ReportRegisters,
        GuestRegister.X16,
        GuestRegister.X17,
    ];

    /// <summary>
    /// How often the guest stores again while its memory is sent: less each time, so that pre-copy converges.
    /// </summary>
    public const int PreCopyRounds = 3;

    private const string View = "view"; // for a guest_memfd: the VMM's mapping of its pages

    /// <summary>A VM is as large on both hosts, whatever their page sizes.</summary>
    private static CaseSizes Sizes => CaseSizes.Usual;

    /// <summary>Why the case's part on a host can't be run there; null if it can.</summary>
    public static string? NotRunnableReason(AccessCase c, ProbeAbilities host) =>
        c.Extent != Extent.Page && host.PageSize != Sizes.Page
            ? $"the memory of a VM that is migrated has a block's size with pages of {Sizes.Page >> 10} KiB, and those there have {host.PageSize >> 10} KiB"
            : CaseCompiler.NotRunnableReason(c, host);

    public static MovingGuest Guest(Migration migration) =>
        new(Sizes.SlotSize(migration.Case.Extent), migration.PreCopy ? PreCopyRounds : 0)
        {
            Tagged = migration.Case.Mte,
        };

    /// <summary>The guest starts on the source; its state is in the observation at the end.</summary>
    public static SourceProgram Source(Migration migration, ProbeAbilities host)
    {
        var steps = new StagedSteps(MigrationStage.Source);
        var c = migration.Case;
        AddVmAndMemory(steps, migration, host);
        var tables = Tables(c);
        var guest = Guest(migration).Program(tables);
        AddCode(steps);
        steps.Add(new WordsStep("code", 0, guest.Words));
        foreach (var words in tables.Words)
            steps.Add(new WordsStep("code", words.Offset, words.Words));
        steps.Add(
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.Pc] = CaseLayout.CodeAddress + guest.EntryOffset,
                    [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
                    [GuestRegister.X1] = CaseLayout.TestAddress,
                    [GuestRegister.X9] = CaseLayout.ReportAddress,
                }
            )
        );
        if (TracesOnly(host))
            steps.Add(new TraceStep());
        var runs = new List<CompiledAccess>
        {
            AddRun(steps, host, CaseCompiler.ReportRegisters, descriptor: true),
            AddRun(steps, host, CaseCompiler.ReportRegisters),
        };
        var memory = new List<StepHandle>();
        CompiledChange? log = null;
        ulong size = Sizes.SlotSize(c.Extent);
        if (migration.PreCopy)
        {
            steps.Stage = MigrationStage.DirtyLog;
            var call = ChangeCompiler.AddSlotChange(
                steps.Steps,
                c,
                host with
                {
                    Sizes = Sizes,
                },
                CaseLayout.TestAddress,
                size,
                c.Slot | SlotFlags.LogDirtyPages,
                onError: OnError.End
            );
            log = new CompiledChange(
                [call],
                host.Descriptor ? steps.Add(new Stage2Step("exporter", "vm", CaseLayout.TestAddress)) : null
            );
            steps.Stage = MigrationStage.Source;
            memory.Add(steps.Add(SaveAll(c)));
            for (int round = 1; round <= PreCopyRounds; round++)
            {
                runs.Add(AddRun(steps, host, CaseCompiler.ReportRegisters, descriptor: round == 1));
                memory.Add(steps.Add(Dirty(c)));
            }
        }
        // The guest is stopped: the last exit is completed, and the pages dirtied last are sent.
        steps.Add(new SettleStep("vcpu"));
        memory.Add(migration.PreCopy ? steps.Add(Dirty(c)) : steps.Add(SaveAll(c)));
        StepHandle<SaveTagsResult>? tags = c.Mte
            ? steps.Add(new SaveTagsStep("vm", CaseLayout.TestAddress, size))
            : null;
        var code = steps.Add(new SavePagesStep("code", 0, CaseLayout.CodeSize));
        var registers = steps.Add(new SaveRegistersStep("vcpu"));
        StepHandle<ExtensionResult>[] capabilities =
        [
            .. ReliedCapability.Of(migration).Select(r => steps.Add(new ExtensionStep("vm", r.Number))),
        ];
        return new SourceProgram(
            steps.Program(migration, host),
            steps.Stages,
            steps.Steps.SetUp,
            runs,
            registers,
            code,
            memory,
            capabilities
        )
        {
            DirtyLog = log,
            Tags = tags,
        };
    }

    /// <summary>The VMM's capability check before it creates anything; null if there is nothing to check.</summary>
    public static QuestionProgram? Questions(Migration migration, ProbeAbilities host)
    {
        if (!migration.ChecksCapabilities || ReliedCapability.Of(migration) is not { Count: > 0 } relied)
            return null;
        var steps = new ProgramBuilder();
        steps.Add(new VmStep("vm"));
        StepHandle<ExtensionResult>[] capabilities =
        [
            .. relied.Select(r => steps.Add(new ExtensionStep("vm", r.Number))),
        ];
        return new QuestionProgram(steps.Build(migration.Id, CaseLayout.DeadlineMs * host.Slowness), capabilities);
    }

    /// <summary>Rebuilds the VM from its saved state, and resumes it.</summary>
    public static DestinationProgram Destination(Migration migration, ProbeAbilities host, MovedState state)
    {
        var c = migration.Case;
        var steps = new StagedSteps(MigrationStage.Memory);
        AddVmAndMemory(steps, migration, host);
        steps.StagesOfSlot();
        AddCode(steps);
        steps.Stage = MigrationStage.Registers;
        steps.Add(new RestoreRegistersStep("vcpu", state.Registers, migration.AllRegisters));
        steps.Stage = MigrationStage.Content;
        steps.Add(new RestorePagesStep("code", state.Code));
        foreach (var pages in state.Memory)
            steps.Add(new RestorePagesStep(MapOf(c), pages) { OnError = OnError.End });
        if (state.Tags is { } tags)
            steps.Add(new RestoreTagsStep("vm", CaseLayout.TestAddress, tags));
        steps.Stage = MigrationStage.FirstRun;
        if (TracesOnly(host))
            steps.Add(new TraceStep());
        var runs = new List<CompiledAccess> { AddRun(steps, host, Registers) };
        steps.Stage = MigrationStage.FirstAccess;
        runs.Add(AddRun(steps, host, Registers, descriptor: true));
        steps.Stage = MigrationStage.Data;
        runs.Add(AddRun(steps, host, Registers));
        steps.Stage = MigrationStage.Onward;
        runs.Add(AddRun(steps, host, Registers, descriptor: true));
        runs.Add(AddRun(steps, host, Registers));
        return new DestinationProgram(steps.Program(migration, host), steps.Stages, steps.Steps.SetUp, runs);
    }

    /// <summary>The initial values of a vCPU's registers, and which of their bits may be changed.</summary>
    /// <param name="host">The host.</param>
    /// <param name="tagged">Of a VM with memory tags.</param>
    public static ProbeProgram SaveFresh(ProbeAbilities host, bool tagged = false) =>
        new(
            "registers",
            CaseLayout.DeadlineMs * host.Slowness,
            [.. FreshVm(host, tagged), new SaveRegistersStep("vcpu"), new RegisterMasksStep("vm")]
        );

    /// <summary>Tests which of its own registers a host accepts.</summary>
    /// <param name="host">The host.</param>
    /// <param name="saved">What <see cref="SaveFresh"/> returned.</param>
    /// <param name="tagged">Of a VM with memory tags.</param>
    public static ProbeProgram RestoreFresh(ProbeAbilities host, Observation saved, bool tagged = false) =>
        new(
            "registers",
            CaseLayout.DeadlineMs * host.Slowness,
            [
                .. FreshVm(host, tagged),
                new RestoreRegistersStep(
                    "vcpu",
                    saved.Steps.OfType<SaveRegistersResult>().First().Registers ?? [],
                    All: false
                ),
            ]
        );

    private static IEnumerable<Step> FreshVm(ProbeAbilities host, bool tagged) =>
        [
            new VmStep("vm", host.VmType),
            .. tagged ? [new EnableCapabilityStep("vm", SlotCompiler.CapArmMte)] : Array.Empty<Step>(),
            new VcpuStep("vcpu", "vm"),
        ];

    private static StageOneTables Tables(AccessCase c) =>
        new(
            CaseLayout.CodeAddress,
            CaseLayout.TestAddress,
            CaseLayout.ReportAddress,
            c.Mte ? TagTables.TaggedIndex : StageOneTables.WriteBackIndex
        )
        {
            WholeBlock = true,
        };

    /// <summary>The VM with its slot, and the VMM's mapping of the memory.</summary>
    private static void AddVmAndMemory(StagedSteps steps, Migration migration, ProbeAbilities host)
    {
        var c = migration.Case;
        SlotCompiler.AddVmAndSlot(steps.Steps, c, host with { Sizes = Sizes }, migration.IpaBits);
        if (c.Backing.Kind == VmaKind.GuestMemory)
            steps.Add(new MapStep(View, MemoryCompiler.Memory, Sizes.MappingSize(c), Write: true, Shared: true));
    }

    private static void AddCode(StagedSteps steps)
    {
        steps.Add(new MapStep("code", null, CaseLayout.CodeSize, Write: true, Shared: false, CaseLayout.CodeSize));
        steps.Add(new MemslotStep("vm", CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, "code"));
        bool here = steps.Stage == MigrationStage.Source;
        steps.Stage = here ? MigrationStage.Source : MigrationStage.Vcpu;
        // On the source the vCPU is a prerequisite of the test; on the destination it is part of the test.
        steps.Add(new VcpuStep("vcpu", "vm") { OnError = here ? OnError.Fail : OnError.End });
    }

    private static CompiledAccess AddRun(
        StagedSteps steps,
        ProbeAbilities host,
        IReadOnlyList<GuestRegister> registers,
        bool descriptor = false
    ) => CaseCompiler.AddAccess(steps.Steps, host, registers, TracesOnly(host), descriptor && host.Descriptor);

    /// <summary>
    /// In protected mode the descriptor can't be read; the traced mapping call to the hypervisor is used instead.
    /// </summary>
    private static bool TracesOnly(ProbeAbilities host) => host.Trace && !host.Descriptor;

    private static string MapOf(AccessCase c) => c.Backing.Kind == VmaKind.GuestMemory ? View : MemoryCompiler.Memory;

    private static SavePagesStep SaveAll(AccessCase c) =>
        new(MapOf(c), Sizes.MappingOffset(c.Extent), Sizes.SlotSize(c.Extent));

    private static DirtyPagesStep Dirty(AccessCase c) =>
        new("vm", CaseLayout.TestSlot, MapOf(c), Sizes.MappingOffset(c.Extent), Sizes.SlotSize(c.Extent));

    /// <summary>Builds steps, each with its migration stage.</summary>
    private sealed class StagedSteps(MigrationStage stage)
    {
        private readonly List<MigrationStage> _stages = [];

        public CaseSteps Steps { get; } = new();

        public IReadOnlyList<MigrationStage> Stages => _stages;

        public MigrationStage Stage
        {
            get => stage;
            set
            {
                Fill();
                stage = value;
            }
        }

        public StepHandle<TResult> Add<TResult>(Step<TResult> step)
            where TResult : StepResult => Steps.Add(step);

        /// <summary>
        /// Assigns the stages: steps that create the memory precede the VM, and steps that create the VM precede its
        /// slot.
        /// </summary>
        public void StagesOfSlot()
        {
            foreach (var step in Steps.Steps)
            {
                stage = step switch
                {
                    VmStep => MigrationStage.Vm,
                    EnableCapabilityStep or GuestMemoryStep or MemslotStep => MigrationStage.Registration,
                    _ => stage == MigrationStage.Vm ? MigrationStage.Registration : stage,
                };
                _stages.Add(stage);
            }
        }

        public ProbeProgram Program(Migration migration, ProbeAbilities host)
        {
            Fill();
            return Steps.Build(migration.Id, CaseLayout.MigrationDeadlineMs * host.Slowness);
        }

        private void Fill()
        {
            while (_stages.Count < Steps.Steps.Count)
                _stages.Add(stage);
        }
    }
}
