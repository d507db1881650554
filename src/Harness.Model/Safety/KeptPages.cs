using Harness.Model.Outcomes;
using Harness.Model.Programs;

namespace Harness.Model.Safety;

/// <summary>Whether stage 2 kept a page that was taken from behind a slot.</summary>
internal static class KeptPages
{
    /// <summary>Whether a page is still mapped after a step that took it, or a load finds its content later.</summary>
    /// <param name="case">The program.</param>
    /// <param name="seen">Its steps, as far as they are known.</param>
    public static bool Are(ProgramCase @case, IReadOnlyList<ProgramPart> seen)
    {
        // What the page has, and what it had before it was taken; zero: nothing that differs from a new page.
        var has = new int[SlotPages.All.Count];
        var had = new int[SlotPages.All.Count];
        if (@case.Setting.Restored)
            foreach (var page in SlotPages.All)
                has[(int)page] = ProgramCase.FirstWord(page);
        for (int i = 0; i < seen.Count; i++)
        {
            foreach (var (access, ended) in ReportedStores.Accesses(@case.Steps[i], seen[i]))
            {
                if (ended is not { Kind: OutcomeKind.Mapped })
                    continue;
                int of = (int)access.Page.In(alias: false);
                var word = @case.Steps[i] is AtOnce && access.Vcpu == 1 ? seen[i].OtherWord : seen[i].Word;
                if (access.Access == Access.Read && had[of] != 0 && word == had[of])
                    return true;
                if (access.Access.Stores())
                    (has[of], had[of]) = (access.Access == Access.Write ? ProgramCase.Word(i) : 0, 0);
            }
            if (seen[i].Errno != Errno.None)
                continue;
            foreach (var page in SlotPages.Of(@case).Where(page => Takes(@case, @case.Steps[i], page)))
                if (seen[i].Left.ElementAtOrDefault((int)page) is { Kind: OutcomeKind.Mapped })
                    return true;
            foreach (var page in SlotPages.All.Where(page => TakesContent(@case, @case.Steps[i], page)))
                (had[(int)page], has[(int)page]) = (has[(int)page] is not 0 and var word ? word : had[(int)page], 0);
        }
        return false;
    }

    private static bool Takes(ProgramCase @case, ProgramStep step, SlotPage page) =>
        (step.MadeChange ?? step) switch
        {
            SlotChange { Change.Kind: ChangeKind.DeleteSlot or ChangeKind.MoveSlot, Alias: var alias } => alias
                == page.IsAlias(),
            SlotChange change => change.Change.Kind
                is ChangeKind.Unmap
                    or ChangeKind.MoveMapping
                    or ChangeKind.PunchHole,
            HostStep host when host.Act is HostAct.Discard or HostAct.Punch or HostAct.Truncate => host.Covers(page),
            HostStep { Act: HostAct.Free or HostAct.Poison or HostAct.Migrate or HostAct.Merge } host => host.Covers(
                page
            ),
            // A private page that only loads have reached is the zero page, which stays where it is.
            HostStep { Act: HostAct.PageOut } host => @case.Backing.Sharing == Sharing.Shared && host.Covers(page),
            _ => false,
        };

    /// <summary>The next access finds another page there, of zeroes.</summary>
    private static bool TakesContent(ProgramCase @case, ProgramStep step, SlotPage page) =>
        step switch
        {
            HostStep { Act: HostAct.Discard } host => @case.Backing.Sharing == Sharing.Private && host.Covers(page),
            HostStep { Act: HostAct.Punch } host => @case.Backing.Sharing == Sharing.Shared && host.Covers(page),
            HostStep { Act: HostAct.Poison } host => host.Covers(page),
            HostStep { Act: HostAct.Truncate } or SlotChange { Change.Kind: ChangeKind.PunchHole } => true,
            _ => false,
        };
}
