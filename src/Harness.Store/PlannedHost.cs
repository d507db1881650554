namespace Harness.Store;

/// <summary>A host of a run that is about to begin, with its cases.</summary>
public sealed record PlannedHost(HostRecord Host, IReadOnlyList<CaseRecord> Cases)
{
    /// <summary>Programs of other test suites that run there after the cases.</summary>
    public IReadOnlyList<PeerPlan> Peers { get; init; } = [];
}
