using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>
/// Compiles a program: one entry point of the guest for each kind of access, chosen before each run. The vCPUs execute
/// the same code.
/// </summary>
internal static class ProgramCompiler
{
    private static readonly string[] Vcpus = ["vcpu", "vcpu-1"];

    public static CompiledCase Compile(ProgramCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps { OfVm = TrackingCompiler.Capabilities(c.Tracking, host.Sizes) };
        SlotCompiler.AddVmAndSlot(steps, c.Setting with { Change = Replacement(c) }, host);
        if (c.SecondSetting is { Slot: var second })
            steps.AddSetUp(
                new MemslotStep(
                    "vm",
                    CaseLayout.AliasSlot,
                    host.Sizes.PageAddress(c.Setting.Extent, SlotPage.AliasFirst),
                    SlotCompiler.SlotSize(c.Setting, host),
                    MemoryCompiler.Memory,
                    host.Sizes.MappingOffset(c.Setting.Extent),
                    SlotCompiler.KvmFlags(second)
                )
                {
                    OnError = OnError.End,
                }
            );
        if (c.Others == OtherSlots.Hundreds)
            AddOtherSlots(steps, c, host);
        if (c.Setting.Restored)
            foreach (var page in SlotPages.All)
                steps.Add(
                    new WordsStep(
                        MemoryCompiler.Memory,
                        host.Sizes.MappingOffset(c.Setting.Extent) + host.Sizes.PageOffset(c.Setting.Extent, page),
                        [ProgramCase.FirstWord(page)]
                    )
                );
        GuestEntry[] kinds = [.. c.Steps.Span.ToArray().SelectMany(Entries).Distinct()];
        var entries = AddGuest(steps, kinds, c.Vcpus);
        foreach (var capability in TrackingCompiler.LateCapabilities(c.Tracking, host.Sizes))
            steps.AddSetUp(capability);
        if (host.Trace)
            steps.Add(new TraceStep());
        var compiled = new List<CompiledStep>();
        SlotFlags[] slots = [c.Setting.Slot, c.SecondSetting?.Slot ?? SlotFlags.None];
        string memory = MemoryCompiler.Memory;
        for (int i = 0; i < c.Steps.Count; i++)
        {
            var made = c.Steps[i].MadeChange;
            ref var slot = ref slots[made is { Alias: true } ? 1 : 0];
            compiled.Add(Add(steps, c, c.Steps[i], slot, memory, i, kinds, entries, host));
            if (made is not { Change: var change })
                continue;
            if (change.Kind is ChangeKind.LogOn or ChangeKind.LogOff)
                slot = change.Flags(slot);
            if (change.Kind == ChangeKind.Replace)
                memory = ChangeCompiler.Changed;
        }
        return new CompiledCase(
            c,
            steps.Build(c.Id, (CaseLayout.DeadlineMs + 100 * c.Steps.Count) * host.Slowness),
            steps.SetUp,
            []
        )
        {
            Steps = compiled,
        };
    }

    /// <summary>Half of them end a page before the slot, the others are behind all that programs use.</summary>
    private static void AddOtherSlots(CaseSteps steps, ProgramCase c, ProbeAbilities host)
    {
        const int half = ProgramCase.Hundreds / 2;
        ulong stride = 2 * host.PageSize;
        Add(CaseLayout.HundredsSlot, CaseLayout.TestAddress - half * stride);
        Add(CaseLayout.HundredsSlot + half, CaseLayout.HundredsAddress);

        void Add(int first, ulong address) =>
            steps.AddSetUp(
                new MemslotsStep(
                    "vm",
                    first,
                    half,
                    address,
                    stride,
                    host.PageSize,
                    MemoryCompiler.Memory,
                    host.Sizes.MappingOffset(c.Setting.Extent)
                )
                {
                    OnError = OnError.End,
                }
            );
    }

    private static CompiledStep Add(
        CaseSteps steps,
        ProgramCase c,
        ProgramStep step,
        SlotFlags slot,
        string memory,
        int index,
        GuestEntry[] kinds,
        IReadOnlyList<ulong> entries,
        ProbeAbilities host
    )
    {
        CompiledAccess? access = null,
            other = null;
        GuestEntry[] made = Entries(step);
        int[] reports = [.. made.Select(entry => Array.IndexOf(kinds, entry))];
        IReadOnlyList<StepHandle> calls = [];
        StepHandle<DirtyLogResult>? log = null;
        StepHandle<RingResult>? ring = null;
        StepHandle<ResetRingsResult>? reset = null;
        int number = step.Alias ? CaseLayout.AliasSlot : CaseLayout.TestSlot;
        switch (step)
        {
            case SlotAccess a:
                AddStart(a, reports[0]);
                access = AddRun(a);
                break;
            case AtOnce { First: SlotAccess first, Second: var second }:
                AddStart(first, reports[0]);
                AddStart(second with { Vcpu = 1 }, reports[1]);
                steps.Add(new LaunchStep(Vcpus[1]));
                access = AddRun(first);
                other = AddRun(second with { Vcpu = 1 });
                break;
            case AtOnce { First: SlotChange changed, Second: var repeated }:
                AddStart(repeated with { Vcpu = 1 }, reports[0]);
                steps.Add(CaseCompiler.Repeat(Vcpus[1], host));
                AddChange(changed);
                other = AddRun(repeated with { Vcpu = 1 });
                break;
            case SlotChange change:
                AddChange(change);
                break;
            case HostStep act:
                calls = HostCompiler.AddCalls(steps, c, act, host.Sizes);
                if (host.Trace)
                    steps.Add(new TraceStep());
                break;
            case DirtyLogClear clear:
                calls = [steps.Add(TrackingCompiler.Clear(number, clear.Range, c.Setting.Extent, host.Sizes))];
                break;
            case DirtyRingRead:
                ring = steps.Add(new RingStep(Vcpus[step.Vcpu], host.Sizes.Page));
                break;
            case DirtyRingReset:
                reset = steps.Add(new ResetRingsStep("vm"));
                break;
            default:
                log = steps.Add(new DirtyLogStep("vm", number, host.Sizes.SlotSize(c.Setting.Extent)));
                break;
        }
        return new CompiledStep(
            access,
            reports.FirstOrDefault(),
            calls,
            log,
            [
                .. SlotPages
                    .Of(c)
                    .Select(page =>
                        steps.Add(new Stage2Step("exporter", "vm", host.Sizes.PageAddress(c.Setting.Extent, page)))
                    ),
            ]
        )
        {
            Ring = ring,
            Reset = reset,
            Other = other,
            OtherReport = reports.LastOrDefault(),
        };

        void AddStart(SlotAccess a, int report)
        {
            var registers = new Dictionary<GuestRegister, ulong>
            {
                [GuestRegister.Pc] = CaseLayout.CodeAddress + entries[report],
                [GuestRegister.X1] = host.Sizes.PageAddress(c.Setting.Extent, a.Page),
                [GuestRegister.X2] = ProgramCase.Word(index),
            };
            if (kinds[report].Manner == GuestManner.Repeated)
                (registers[GuestRegister.X5], registers[GuestRegister.X6]) = (1, 0);
            if (kinds[report].Manner == GuestManner.Together)
            {
                registers[GuestRegister.X19] = CaseLayout.MeetingAddress(a.Vcpu);
                registers[GuestRegister.X20] = CaseLayout.MeetingAddress(1 - a.Vcpu);
                registers[GuestRegister.X21] = ProgramCase.Word(index);
            }
            steps.Add(new SetRegistersStep(Vcpus[a.Vcpu], registers));
        }

        // The events of a vCPU that ran in a thread of its own are not this one's.
        CompiledAccess AddRun(SlotAccess a) =>
            CaseCompiler.AddAccess(
                steps,
                host,
                CaseCompiler.OperationRegisters,
                host.Trace && !(step is AtOnce && a.Vcpu == 1),
                descriptor: false,
                page: host.Sizes.PageAddress(c.Setting.Extent, SlotPage.First.In(a.Page.IsAlias())),
                onError: OnError.Continue,
                vcpu: Vcpus[a.Vcpu]
            );

        void AddChange(SlotChange change)
        {
            calls = ChangeCompiler.AddCalls(
                steps,
                c.Setting with
                {
                    Slot = slot,
                },
                change.Change,
                host,
                memory,
                change.Alias
            );
            if (host.Trace)
                steps.Add(new TraceStep());
        }
    }

    /// <summary>The entry points that a step uses, one for each of its accesses.</summary>
    private static GuestEntry[] Entries(ProgramStep step)
    {
        var manner = step switch
        {
            AtOnce { First: SlotChange } => GuestManner.Repeated,
            AtOnce => GuestManner.Together,
            _ => GuestManner.Once,
        };
        return [.. step.Accesses.Select(a => new GuestEntry(CaseCompiler.Guest(a.Access), manner))];
    }

    private static LiveChange? Replacement(ProgramCase c) =>
        c
            .Steps.Span.ToArray()
            .OfType<SlotChange>()
            .Select(s => s.Change)
            .FirstOrDefault(change => change.Kind == ChangeKind.Replace);

    private static IReadOnlyList<ulong> AddGuest(CaseSteps steps, GuestEntry[] kinds, int vcpus)
    {
        IReadOnlyList<ulong> entries = [];
        if (kinds.Length == 0)
            return entries;
        var guest = GuestProgram.ForEntries(kinds, out entries);
        CaseCompiler.AddCode(steps, guest);
        for (int vcpu = 1; vcpu < vcpus; vcpu++)
            steps.Add(new VcpuStep(Vcpus[vcpu], "vm", vcpu));
        foreach (string vcpu in Vcpus[..vcpus])
            steps.Add(
                new SetRegistersStep(
                    vcpu,
                    new Dictionary<GuestRegister, ulong>
                    {
                        [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
                        [GuestRegister.X9] = CaseLayout.ReportAddress,
                    }
                )
            );
        return entries;
    }
}
