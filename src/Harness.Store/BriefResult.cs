namespace Harness.Store;

/// <summary>What a list of results needs of one: no definition, no attempts, no decoded evidence.</summary>
/// <param name="Strongest">The strongest evidence it rests on; null where there is none.</param>
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

/// <summary>A rule of a policy, as the model of a run has it.</summary>
public sealed record PolicyRule(string Policy, RuleRecord Rule);
