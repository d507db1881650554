namespace Harness.Store;

/// <summary>A host of a run that is about to begin, with the cases it is to be asked.</summary>
public sealed record PlannedHost(HostRecord Host, IReadOnlyList<CaseRecord> Cases);
