namespace Harness.Store;

/// <summary>The part of a result for a list of results: no definition, no attempts, no decoded evidence.</summary>
/// <param name="Strongest">Its strongest evidence; null if there is none.</param>
/// <param name="DurationMicros">Time on the target, in microseconds.</param>
public readonly record struct BriefResult(
    long Host,
    string CaseId,
    string Verdict,
    string? Reason,
    string? Rule,
    string? Observed,
    string? ObservedJson,
    string? Strongest,
    long DurationMicros
);

/// <summary>A rule of a policy in the model of a run.</summary>
public sealed record PolicyRule(string Policy, RuleRecord Rule);
