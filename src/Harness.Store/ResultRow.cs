namespace Harness.Store;

/// <summary>One case of one host of a stored run, with everything the judge said; attempts are read on demand.</summary>
public sealed record ResultRow(
    string Run,
    long Host,
    string Target,
    int Ordinal,
    string CaseId,
    string Class,
    string Title,
    string Definition,
    string Verdict,
    string Culprit,
    string? Reason,
    string? Policy,
    string? Rule,
    string? RuleSource,
    string? Predicted,
    string? Observed,
    IReadOnlyList<string> Evidence,
    int Attempts,
    long DurationMicros,
    DateTimeOffset? StoredUtc,
    string? Details,
    string? Known,
    IReadOnlyList<RuleStep> Path);
