namespace Harness.Store;

/// <summary>A stored run with its hosts, in the order in which they were added.</summary>
public sealed record RunSummary(
    RunRecord Run,
    string State,
    string? Reason,
    DateTimeOffset? FinishedUtc,
    IReadOnlyList<HostSummary> Hosts
);

/// <summary>A host of a stored run, with counts of its results.</summary>
/// <param name="Id">As in <see cref="ResultRow.Host"/>.</param>
/// <param name="Planned">Number of cases planned, including those with a verdict.</param>
/// <param name="FirstResultUtc">When the first verdict was stored.</param>
/// <param name="FinishedUtc">When the host was finished; null while it runs.</param>
/// <param name="Verdicts">Number of cases by verdict; absent is zero.</param>
/// <param name="MatchEvidence">Number of matches by their strongest evidence.</param>
/// <param name="SkipReasons">Number of skipped cases by reason.</param>
public sealed record HostSummary(
    long Id,
    HostRecord Host,
    string State,
    string? Reason,
    int Planned,
    DateTimeOffset? StartedUtc,
    DateTimeOffset? FirstResultUtc,
    DateTimeOffset? FinishedUtc,
    IReadOnlyDictionary<string, int> Verdicts,
    IReadOnlyDictionary<string, int> MatchEvidence,
    IReadOnlyDictionary<string, int> SkipReasons
)
{
    /// <summary>The known differences that apply to it, and the results of the cases that they cover.</summary>
    public IReadOnlyList<KnownDifferenceRecord> Known { get; init; } = [];

    /// <summary>The machines of a pool, in its order; empty if it is not a pool.</summary>
    public IReadOnlyList<PoolMachineRecord> Pool { get; init; } = [];
}
