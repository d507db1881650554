namespace Harness.Store.Comparing;

/// <summary>The result of a case in one of two runs.</summary>
public sealed record JudgedCase(
    string Verdict,
    string Culprit,
    string? Reason,
    string? Policy,
    string? Rule,
    string? RuleSource,
    string? Predicted,
    string? Observed,
    string? Known,
    string? PredictedJson = null,
    string? ObservedJson = null
)
{
    public VerdictClass Class => Verdicts.Of(Verdict).Class;
}

/// <summary>
/// A case with different results on two hosts of two runs; one side is null if that host does not have the case.
/// </summary>
public sealed record ComparedCase(string CaseId, string Class, string Title, JudgedCase? Before, JudgedCase? After);

/// <summary>How many cases have one verdict on one host and another on the other.</summary>
/// <param name="Before">Null: not run there.</param>
/// <param name="After">Null: not run there.</param>
/// <param name="Redecided">In how many of them the two observed different outcomes.</param>
public sealed record Transition(string? Before, string? After, int Cases, int Redecided);

/// <summary>The host of an earlier run that a host of a run is compared with.</summary>
/// <param name="Host">As in <see cref="HostSummary.Id"/>.</param>
/// <param name="Previous">The same of the earlier run.</param>
/// <param name="PreviousRun">Its id.</param>
public sealed record PreviousHost(long Host, long Previous, string PreviousRun);
