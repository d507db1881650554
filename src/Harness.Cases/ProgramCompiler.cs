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
                    CaseLayout.AliasAddress,
                    SlotCompiler.SlotSize(c.Setting, host),
                    MemoryCompiler.Memory,
                    host.Sizes.MappingOffset(c.Setting.Extent),
                    SlotCompiler.KvmFlags(second)
                )
                {
                    OnError = OnError.End,
                }
            );
        if (c.Setting.Restored)
            foreach (var page in SlotPages.All)
                steps.Add(
                    new WordsStep(
                        MemoryCompiler.Memory,
                        host.Sizes.MappingOffset(c.Setting.Extent) + host.Sizes.PageOffset(c.Setting.Extent, page),
                        [ProgramCase.FirstWord(page)]
                    )
                );
        Access[] kinds = [.. c.Steps.Span.ToArray().OfType<SlotAccess>().Select(a => a.Access).Distinct()];
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
            ref var slot = ref slots[c.Steps[i].Alias ? 1 : 0];
            compiled.Add(Add(steps, c, c.Steps[i], slot, memory, i, kinds, entries, host));
            if (c.Steps[i] is not SlotChange { Change: var change })
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

    private static CompiledStep Add(
        CaseSteps steps,
        ProgramCase c,
        ProgramStep step,
        SlotFlags slot,
        string memory,
        int index,
        Access[] kinds,
        IReadOnlyList<ulong> entries,
        ProbeAbilities host
    )
    {
        CompiledAccess? access = null;
        int report = 0;
        IReadOnlyList<StepHandle> calls = [];
        StepHandle<DirtyLogResult>? log = null;
        StepHandle<RingResult>? ring = null;
        StepHandle<ResetRingsResult>? reset = null;
        int number = step.Alias ? CaseLayout.AliasSlot : CaseLayout.TestSlot;
        switch (step)
        {
            case SlotAccess a:
                report = Array.IndexOf(kinds, a.Access);
                steps.Add(
                    new SetRegistersStep(
                        Vcpus[a.Vcpu],
                        new Dictionary<GuestRegister, ulong>
                        {
                            [GuestRegister.Pc] = CaseLayout.CodeAddress + entries[report],
                            [GuestRegister.X1] = host.Sizes.PageAddress(c.Setting.Extent, a.Page),
                            [GuestRegister.X2] = ProgramCase.Word(index),
                        }
                    )
                );
                access = CaseCompiler.AddAccess(
                    steps,
                    host,
                    CaseCompiler.OperationRegisters,
                    host.Trace,
                    descriptor: false,
                    page: host.Sizes.PageAddress(c.Setting.Extent, SlotPage.First.In(a.Page.IsAlias())),
                    onError: OnError.Continue,
                    vcpu: Vcpus[a.Vcpu]
                );
                break;
            case SlotChange change:
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
            report,
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
        };
    }

    private static LiveChange? Replacement(ProgramCase c) =>
        c
            .Steps.Span.ToArray()
            .OfType<SlotChange>()
            .Select(s => s.Change)
            .FirstOrDefault(change => change.Kind == ChangeKind.Replace);

    private static IReadOnlyList<ulong> AddGuest(CaseSteps steps, Access[] kinds, int vcpus)
    {
        IReadOnlyList<ulong> entries = [];
        if (kinds.Length == 0)
            return entries;
        var guest = GuestProgram.ForEntries([.. kinds.Select(CaseCompiler.Guest)], out entries);
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
