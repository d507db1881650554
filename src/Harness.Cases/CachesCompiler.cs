using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Caches;
using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>
/// Compiles a case about caches: the word "old" is stored and brought to memory, then a step of the process, or a run
/// of the guest, for each act.
/// </summary>
internal static class CachesCompiler
{
    public static CompiledCase Compile(CacheCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        SlotCompiler.AddVmAndSlot(steps, c.Setting, host);
        LineOperation[] kinds = [.. c.Acts.Span.ToArray().Where(a => a.ByGuest()).Select(Guest).Distinct()];
        var entries = AddGuest(steps, c, kinds, host);
        AddLine(steps, c, LineAct.Store, host, CacheCase.OldWord);
        AddLine(steps, c, LineAct.CleanInvalidate, host);
        if (host.Trace)
            steps.Add(new TraceStep());
        CompiledAct[] acts = [.. c.Acts.Span.ToArray().Select(act => Add(steps, c, act, kinds, entries, host))];
        return new CompiledCase(c, steps.Build(c.Id, CaseLayout.DeadlineMs * host.Slowness), steps.SetUp, [])
        {
            CacheActs = acts,
        };
    }

    private static CompiledAct Add(
        CaseSteps steps,
        CacheCase c,
        CacheAct act,
        LineOperation[] kinds,
        IReadOnlyList<ulong> entries,
        ProbeAbilities host
    )
    {
        if (act == CacheAct.RecreateSlot)
            return new CompiledAct(
                null,
                0,
                null,
                ChangeCompiler.AddCalls(steps, c.Setting, new LiveChange(ChangeKind.RecreateSlot), host)
            );
        if (!act.ByGuest())
            return new CompiledAct(
                null,
                0,
                act switch
                {
                    CacheAct.HostStore => AddLine(steps, c, LineAct.Store, host, CacheCase.NewWord),
                    CacheAct.HostLoad => AddLine(steps, c, LineAct.Load, host),
                    CacheAct.HostClean => AddLine(steps, c, LineAct.Clean, host),
                    _ => AddLine(steps, c, LineAct.CleanInvalidate, host),
                },
                []
            );
        int report = Array.IndexOf(kinds, Guest(act));
        steps.Add(
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.Pc] = CaseLayout.CodeAddress + entries[report],
                    [GuestRegister.X17] = 0,
                }
            )
        );
        return new CompiledAct(
            CaseCompiler.AddAccess(
                steps,
                host,
                CaseCompiler.OperationRegisters,
                host.Trace,
                host.Descriptor,
                page: WordAddress(c, host),
                onError: OnError.Continue
            ),
            report,
            null,
            []
        );
    }

    private static ulong PageOffset(CacheCase c, ProbeAbilities host) =>
        host.Sizes.PageOffset(c.Setting.Extent, CacheState.PageOf(c.Setting.Extent));

    /// <summary>The guest physical address of the word.</summary>
    private static ulong WordAddress(CacheCase c, ProbeAbilities host) => CaseLayout.TestAddress + PageOffset(c, host);

    private static StepHandle<LineResult> AddLine(
        CaseSteps steps,
        CacheCase c,
        LineAct act,
        ProbeAbilities host,
        uint word = 0
    ) =>
        steps.Add(
            new LineStep(
                MemoryCompiler.Memory,
                host.Sizes.MappingOffset(c.Setting.Extent) + PageOffset(c, host),
                act,
                word
            )
        );

    private static IReadOnlyList<ulong> AddGuest(
        CaseSteps steps,
        CacheCase c,
        LineOperation[] kinds,
        ProbeAbilities host
    )
    {
        IReadOnlyList<ulong> entries = [];
        if (kinds.Length == 0)
            return entries;
        var tables =
            c.StageOne == Combination.MmuOff
                ? null
                : new StageOneTables(
                    CaseLayout.CodeAddress,
                    CaseLayout.TestAddress,
                    CaseLayout.ReportAddress,
                    (int)c.StageOne
                );
        var guest = GuestProgram.ForLines(kinds, tables, out entries);
        CaseCompiler.AddCode(steps, guest, tables);
        steps.Add(
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
                    [GuestRegister.X1] = WordAddress(c, host),
                    [GuestRegister.X2] = CacheCase.GuestWord,
                    [GuestRegister.X3] = CacheCase.OldWord,
                    [GuestRegister.X4] = CacheCase.NewWord,
                    [GuestRegister.X5] = CacheCase.GuestWord,
                    [GuestRegister.X9] = CaseLayout.ReportAddress,
                }
            )
        );
        return entries;
    }

    private static LineOperation Guest(CacheAct act) =>
        act switch
        {
            CacheAct.GuestLoad => LineOperation.Load,
            CacheAct.GuestStore => LineOperation.Store,
            CacheAct.GuestExecute => LineOperation.Execute,
            CacheAct.GuestClean => LineOperation.Clean,
            CacheAct.GuestCleanInvalidate => LineOperation.CleanInvalidate,
            CacheAct.GuestInvalidate => LineOperation.Invalidate,
            CacheAct.GuestExclusive => LineOperation.Exclusive,
            CacheAct.GuestAtomic => LineOperation.Atomic,
            _ => throw new ArgumentOutOfRangeException(nameof(act), act, "no act of a guest"),
        };
}
