namespace Harness.Store;

/// <summary>One case of one host of a stored run, with the whole judgement; attempts are read on demand.</summary>
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
    IReadOnlyList<RuleStep> Path
)
{
    /// <summary>
    /// The allowed outcomes, JSON; null if there is no prediction, or an older version wrote the row.
    /// </summary>
    public string? PredictedJson { get; init; }

    /// <summary>The outcome, JSON; null if nothing was observed, or an older version wrote the row.</summary>
    public string? ObservedJson { get; init; }

    /// <summary>The stage-2 descriptors that were read, JSON; null if none was.</summary>
    public string? DescriptorsJson { get; init; }
}
