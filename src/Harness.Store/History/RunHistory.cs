namespace Harness.Store.History;

/// <summary>What pages over many runs show of one of them.</summary>
/// <param name="Run">
/// With its hosts and their counts of verdicts; without facts, capabilities, command lines of QEMU, evidence,
/// reasons of skips and known differences.
/// </param>
/// <param name="Findings">Results that are neither match nor skip, counted by host and kind.</param>
/// <param name="Breaches">Violated safety properties, counted by host.</param>
/// <param name="Reports">What kernels reported, counted by host.</param>
public sealed record RunHistory(
    RunSummary Run,
    IReadOnlyList<FindingCount> Findings,
    IReadOnlyList<BreachCount> Breaches,
    IReadOnlyList<ReportCount> Reports
);

/// <summary>Results of a host with the same verdict, rule and reason.</summary>
/// <param name="Host">As in <see cref="HostSummary.Id"/>.</param>
/// <param name="Example">The id of one of the cases.</param>
public sealed record FindingCount(long Host, string Verdict, string? Rule, string? Reason, int Cases, string Example);

/// <summary>Results of a host that violate a safety property.</summary>
/// <param name="Example">The id of one of the cases.</param>
public sealed record BreachCount(long Host, string Property, int Cases, string Example);

/// <summary>Results of a host during which its kernel reported something.</summary>
/// <param name="Example">The id of one of the cases.</param>
public sealed record ReportCount(long Host, string Title, int Results, string Example);

/// <summary>A case's result in one run.</summary>
public sealed record CaseResult(
    string Run,
    long Host,
    string Verdict,
    string? Policy,
    string? Rule,
    string? Reason,
    string? Predicted,
    string? Observed,
    string Strongest
)
{
    /// <summary>The safety properties that it violates.</summary>
    public required IReadOnlyList<string> Breaks { get; init; }
}

/// <summary>How many newest results take a rule, by host and verdict.</summary>
public sealed record RuleCount(string Target, string Verdict, int Cases, string Example);
