using Harness.Reports.Outcomes;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>A case on a target with different results in two runs.</summary>
/// <param name="Before">Null: not run.</param>
/// <param name="After">Null: not run.</param>
public sealed record CaseChange(
    ChangeKind Kind,
    ChangedSide Who,
    string Target,
    string CaseId,
    string Class,
    string Title,
    JudgedCase? Before,
    JudgedCase? After
)
{
    /// <returns>Null if there is no change that is reported case by case.</returns>
    public static CaseChange? Of(string target, ComparedCase c) =>
        KindOf(c.Before, c.After) is { } kind
            ? new CaseChange(kind, WhoMovedIn(c.Before, c.After), target, c.CaseId, c.Class, c.Title, c.Before, c.After)
            : null;

    /// <summary>By the verdicts alone, and by the outcomes if both are bad.</summary>
    public static ChangeKind? KindOf(JudgedCase? before, JudgedCase? after)
    {
        var kind = KindOf(before?.Verdict, after?.Verdict);
        return
            kind is null
            && after?.Class == VerdictClass.Bad
            && !StoredOutcome.Observed(before).SameAs(StoredOutcome.Observed(after))
            ? ChangeKind.OtherwiseBad
            : kind;
    }

    /// <summary>By the verdicts; null: not run there.</summary>
    /// <returns>Null if nothing changed.</returns>
    public static ChangeKind? KindOf(string? before, string? after)
    {
        if (after is null)
            return before is null ? null : ChangeKind.Vanished;
        var to = Verdicts.Of(after).Class;
        if (before is null)
            return to == VerdictClass.Bad ? ChangeKind.NewBad
                : to == VerdictClass.Unverified ? ChangeKind.Unverified
                : ChangeKind.New;
        var from = Verdicts.Of(before).Class;
        if (from == VerdictClass.Unstable || to == VerdictClass.Unstable)
            return ChangeKind.Unstable;
        return (from, to) switch
        {
            (VerdictClass.Good or VerdictClass.Unverified, VerdictClass.Bad) => ChangeKind.Regression,
            (VerdictClass.NoAnswer, VerdictClass.Bad) => ChangeKind.GainedBad,
            (_, VerdictClass.NoAnswer) => from == VerdictClass.NoAnswer ? null : ChangeKind.Lost,
            (VerdictClass.NoAnswer, VerdictClass.Good) => ChangeKind.Gained,
            (VerdictClass.Bad, VerdictClass.Bad) => before == after ? null : ChangeKind.OtherwiseBad,
            _ when before == after => null,
            (_, VerdictClass.Unverified) => ChangeKind.Unverified,
            (VerdictClass.Unverified, VerdictClass.Good) when after != Verdicts.Known => ChangeKind.Fix,
            _ when after == Verdicts.Known => ChangeKind.NowKnown,
            (VerdictClass.Bad, _) => ChangeKind.Fix,
            _ when before == Verdicts.Known => ChangeKind.Fix,
            _ => ChangeKind.OtherwiseGood,
        };
    }

    private static ChangedSide WhoMovedIn(JudgedCase? before, JudgedCase? after)
    {
        if (before?.Observed is null || after?.Observed is null)
            return ChangedSide.Unknown;
        return (
            StoredOutcome.Observed(before).SameAs(StoredOutcome.Observed(after)),
            StoredOutcome.Predicted(before).SameAs(StoredOutcome.Predicted(after))
        ) switch
        {
            (true, true) => ChangedSide.Judgement,
            (true, false) => ChangedSide.Prediction,
            (false, true) => ChangedSide.Kernel,
            (false, false) => ChangedSide.Both,
        };
    }
}
