using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>The result of a mutant.</summary>
public enum MutantResult
{
    /// <summary>A selected case is decided so differently that no run on that host agrees with both.</summary>
    Killed,

    /// <summary>At every point of the whole space the decision is the same as the original's.</summary>
    Equivalent,

    /// <summary>
    /// The decisions differ, but always overlap: a run distinguishes them only if the host does what one of them
    /// forbids. The difference is in what a prediction leaves open.
    /// </summary>
    Open,

    /// <summary>Not killed, though it could be: no selected case reaches the mistake, or shows it.</summary>
    Left,
}

/// <summary>The result of a mutant, and why.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Result">Its result.</param>
/// <param name="Reason">For all but those killed: why, in a text that several mutants share.</param>
/// <param name="Case">The case that killed it, or would; null if none does.</param>
/// <param name="Host">On which host.</param>
public sealed record MutantReport(
    Mutant Mutant,
    MutantResult Result,
    string? Reason,
    AttributeCase? Case,
    HostFacts? Host
)
{
    /// <param name="walk">The original over the whole space.</param>
    /// <param name="mutant">A mutant of it.</param>
    /// <param name="asked">The points that can run.</param>
    /// <param name="reasons">Why a rule that affects no decision exists, by its name.</param>
    internal static MutantReport Of(
        PolicyWalk walk,
        Mutant mutant,
        Predicate<int> asked,
        IReadOnlyDictionary<string, string> reasons
    )
    {
        bool reached = false,
            together = false;
        int differs = -1,
            unasked = -1;
        var open = Unspecified.None;
        foreach (int point in walk.Through(mutant.Touches))
        {
            reached = true;
            ref readonly var original = ref walk.Decision(point);
            mutant.Policy.Decide(walk.HostOf(point), walk.CaseOf(point), out var mistaken);
            together |= mutant.Kind == MutationKind.Swapped && MeetAt(in original, in mistaken, mutant.Touches);
            if (original.Equals(mistaken))
                continue;
            if (original.Overlaps(in mistaken))
            {
                differs = Plainer(walk, differs, point);
                open |= OpenIn(in original, in mistaken);
            }
            else if (asked(point))
                return new(mutant, MutantResult.Killed, null, walk.CaseOf(point), walk.HostOf(point));
            else
                unasked = Plainer(walk, unasked, point);
        }
        return (reached, unasked, differs) switch
        {
            (false, _, _) => new(mutant, MutantResult.Left, "the rule never fires", null, null),
            (_, >= 0, _) => new(
                mutant,
                MutantResult.Left,
                "only a case that is not run would show it",
                walk.CaseOf(unasked),
                walk.HostOf(unasked)
            ),
            (_, _, >= 0) => new(
                mutant,
                MutantResult.Open,
                $"shows only in what is left open: {Words(open)}",
                walk.CaseOf(differs),
                walk.HostOf(differs)
            ),
            _ => new(
                mutant,
                MutantResult.Equivalent,
                mutant.Kind == MutationKind.Swapped
                    ? WhyOrderIsNothing(walk, mutant, together)
                    : WhyNothingHangs(mutant, reasons),
                null,
                null
            ),
        };
    }

    private static int Plainer(PolicyWalk walk, int known, int point) =>
        known < 0 || Complexity.Cost(walk.CaseOf(point)) < Complexity.Cost(walk.CaseOf(known)) ? point : known;

    private static string WhyNothingHangs(Mutant mutant, IReadOnlyDictionary<string, string> reasons) =>
        mutant.Kind == MutationKind.Replaced
            ? "no decision depends on the changed effect"
            : "no decision depends on the rule: " + reasons.GetValueOrDefault(mutant.Rule.Name, "it is redundant");

    private static string WhyOrderIsNothing(PolicyWalk walk, Mutant mutant, bool together)
    {
        if (!together)
            return "they never hold at the same access";
        var (rule, next) = (mutant.Rule, mutant.Next!);
        if (rule.Effect is not Effect.Continue && next.Effect is not Effect.Continue)
            return "either ends it alike";
        if (rule.Effect is not Effect.Continue || next.Effect is not Effect.Continue)
            return "the value that one sets is dropped because the other ends the stage";
        int first = mutant.Touches.First;
        var sets = Mutants.PartsSetBy(walk, rule, RuleSet.Of(first)).Select(p => p.Part.Name);
        return sets.Intersect(Mutants.PartsSetBy(walk, next, RuleSet.Of(first + 1)).Select(p => p.Part.Name)).Any()
            ? "they set the same, alike wherever both hold"
            : "they set different parts";
    }

    /// <summary>
    /// Whether both rules are active at one access, or at registration: both fired, or which one did depends on the
    /// order.
    /// </summary>
    private static bool MeetAt(in Decision original, in Decision mistaken, RuleSet both) =>
        Meet(original.RegistrationPath, mistaken.RegistrationPath, both)
        || Meet(original.AccessPath(0), mistaken.AccessPath(0), both)
        || Meet(original.AccessPath(1), mistaken.AccessPath(1), both);

    private static bool Meet(RuleSet original, RuleSet mistaken, RuleSet both)
    {
        // In the mutant the bits of the two are swapped.
        original &= both;
        var exchanged = original.IsEmpty || original == both ? original : both.Except(original);
        return original == both || exchanged != (mistaken & both);
    }

    /// <summary>
    /// How two overlapping decisions differ: in what only one of them leaves open, or in its value if both do.
    /// </summary>
    private static Unspecified OpenIn(in Decision one, in Decision other)
    {
        var open = Unspecified.None;
        for (int i = 0; i < Math.Min(one.Count, other.Count); i++)
        {
            var (a, b) = (one.Outcome(i), other.Outcome(i));
            open |= a.Unspecified ^ b.Unspecified;
            if (a.Leaf.Write != b.Leaf.Write)
                open |= Unspecified.Writable;
            if (a.Leaf.Execute != b.Leaf.Execute)
                open |= Unspecified.Executable;
            if (a.Leaf.Block != b.Leaf.Block)
                open |= Unspecified.Size;
        }
        return open;
    }

    private static string Words(Unspecified open) =>
        string.Join(
            ", ",
            new[]
            {
                (Unspecified.Writable, "writable or not"),
                (Unspecified.Executable, "executable or not"),
                (Unspecified.Size, "page or block"),
                (
                    Unspecified.ExclusiveFails | Unspecified.ExclusiveAborts | Unspecified.ExclusiveStalls,
                    "how an exclusive ends outside write-back memory"
                ),
            }
                .Where(w => (open & w.Item1) != 0)
                .Select(w => w.Item2)
        );
}
