using System.Globalization;
using Harness.Model.Dimensions;

namespace Harness.Model.Programs;

/// <summary>The words of a program's steps, as keys have them.</summary>
public static class ProgramText
{
    public const string DirtyLog = "dirty-log";
    public const string DirtyRing = "dirty-ring";
    public const string ResetRings = "reset-rings";

    public static Words<SlotPage> Pages { get; } =
        new()
        {
            { SlotPage.First, "first", "the slot's first page" },
            { SlotPage.Next, "next", "the slot's second page" },
            { SlotPage.Last, "last", "the slot's last page" },
            { SlotPage.AliasFirst, "alias-first", "the second slot's first page" },
            { SlotPage.AliasNext, "alias-next", "the second slot's second page" },
            { SlotPage.AliasLast, "alias-last", "the second slot's last page" },
        };

    /// <summary>The steps of KVM_CLEAR_DIRTY_LOG, by their range.</summary>
    public static Words<LogRange> Clears { get; } =
        new()
        {
            { LogRange.All, "clear-log", "every page of the slot" },
            { LogRange.First, "clear-log-first", "the slot's first page" },
            { LogRange.Next, "clear-log-next", "the slot's second page" },
            { LogRange.Last, "clear-log-last", "the slot's last page" },
            { LogRange.Unaligned, "clear-log-unaligned", "a range that begins at the second page" },
            { LogRange.Part, "clear-log-part", "a range of one page, which is not the slot's last" },
            { LogRange.Beyond, "clear-log-beyond", "a range that is longer than the slot" },
        };

    /// <summary>
    /// The steps of the host's memory management; those that can be made to a page have its name behind them.
    /// </summary>
    public static Words<HostAct> HostActs { get; } =
        new()
        {
            { HostAct.Discard, "dontneed", "the process gives back {0} with MADV_DONTNEED" },
            { HostAct.Punch, "punch-file", "a hole is punched into the memory's file at {0}" },
            { HostAct.Truncate, "truncate", "the memory's file is truncated to nothing" },
            { HostAct.Extend, "extend", "the memory's file gets its former size again" },
            { HostAct.Fork, "fork", "the process forks, and the child keeps its pages" },
            { HostAct.Lock, "mlock", "the process locks the memory with mlock(2)" },
            { HostAct.Split, "split-huge", "the process has the huge page with the slot's first page mapped by pages" },
            {
                HostAct.Serve,
                "uffd-missing",
                "the process provides each page that is missing from now on: userfaultfd(2)"
            },
            {
                HostAct.Protect,
                "uffd-wp",
                "the process write-protects all of the memory by userfaultfd(2), and lets each store through that faults"
            },
            {
                HostAct.Continue,
                "uffd-minor",
                "the process has each page of the memory's file mapped by userfaultfd(2) from now on, when it is reached"
            },
            { HostAct.PageOut, "pageout", "the process has {0} written to swap: MADV_PAGEOUT" },
            { HostAct.Poison, "hwpoison", "the memory of {0} fails" },
            { HostAct.Migrate, "migrate", "{0} moves to another frame of the host: MADV_SOFT_OFFLINE" },
            { HostAct.Merge, "ksm", "KSM merges {0} with a copy of it" },
            { HostAct.Free, "madv-free", "the kernel may take {0} until somebody stores there: MADV_FREE" },
            { HostAct.Collapse, "collapse", "the process has all of the memory copied to huge pages: MADV_COLLAPSE" },
        };

    /// <summary>What a step of the host's memory management does, in a sentence.</summary>
    public static string Phrase(HostStep step) =>
        string.Format(
            CultureInfo.InvariantCulture,
            HostActs.PhraseOf(step.Act),
            step.Page is { } page ? Pages.PhraseOf(page) : "all of the memory"
        );

    public static string Word(SlotPage page) => Pages.Of(page);

    /// <summary>Between the words of two steps that are made at the same time.</summary>
    public const char Both = '+';

    /// <summary>After the word of a step of the second vCPU.</summary>
    private const string SecondVcpu = "@1";

    /// <summary>Before the word of a step that is about the second slot.</summary>
    private const string SecondSlot = "alias-";

    public static string Word(ProgramStep step) =>
        (step.Alias ? SecondSlot : "") + Plain(step) + (step.Vcpu == 0 ? "" : SecondVcpu);

    private static string Plain(ProgramStep step) =>
        step switch
        {
            SlotAccess access => $"{CaseText.Word(access.Access)}.{Word(access.Page)}",
            SlotChange change => CaseText.Word(change.Change),
            HostStep { Page: { } page } host => $"{HostActs.Of(host.Act)}.{Word(page)}",
            HostStep host => HostActs.Of(host.Act),
            AtOnce both => $"{Word(both.First)}{Both}{Word(both.Second)}",
            DirtyLogRead => DirtyLog,
            DirtyRingRead => DirtyRing,
            DirtyRingReset => ResetRings,
            DirtyLogClear clear => Clears.Of(clear.Range),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };

    /// <summary>The step of a word; null if there is none.</summary>
    /// <param name="word">As <see cref="Word(ProgramStep)"/> returns it.</param>
    /// <param name="backings">The backing of a word, for "map(BACKING)".</param>
    public static ProgramStep? Parse(string word, Func<string, Backing?> backings)
    {
        if (word.Split(Both) is [var one, var other])
            return
                Parse(one, backings) is { Vcpu: 0 } begun and (SlotAccess or SlotChange)
                && Parse(other, backings) is SlotAccess { Vcpu: 0 } beside
                ? new AtOnce(begun, beside)
                : null;
        if (word.EndsWith(SecondVcpu, StringComparison.Ordinal))
            return Parse(word[..^SecondVcpu.Length], backings) is { Vcpu: 0 } step and (SlotAccess or DirtyRingRead)
                ? step with
                {
                    Vcpu = 1,
                }
                : null;
        if (word.StartsWith(SecondSlot, StringComparison.Ordinal))
            return Parse(word[SecondSlot.Length..], backings) is { Vcpu: 0, Alias: false } step && step.IsOfSlot
                ? step with
                {
                    Alias = true,
                }
                : null;
        if (word == DirtyLog)
            return new DirtyLogRead();
        if (word == DirtyRing)
            return new DirtyRingRead();
        if (word == ResetRings)
            return new DirtyRingReset();
        if (Clears.Find(word) is { } range)
            return new DirtyLogClear(range);
        if (HostActs.Find(word) is { } act)
            return new HostStep(act);
        if (word.Split('.') is [var first, var page])
            return Pages.Find(page) is not { } p ? null
                : CaseValues.Accesses.Find(first) is { } access ? new SlotAccess(access, p)
                : HostActs.Find(first) is { } ofPage && HostStep.OfPage(ofPage) && !p.IsAlias()
                    ? new HostStep(ofPage, p)
                : null;
        if (word.Split('(') is [var kind, [.. var to, ')']])
            return CaseValues.Changes.Find(kind) is { } k && backings(to) is { } backing
                ? new SlotChange(new LiveChange(k, backing))
                : null;
        return CaseValues.Changes.Find(word) is { } change ? new SlotChange(new LiveChange(change)) : null;
    }
}
