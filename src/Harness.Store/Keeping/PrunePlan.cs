namespace Harness.Store.Keeping;

/// <summary>What pruning would do to a run.</summary>
/// <param name="Kept">False: it would be removed.</param>
/// <param name="Why">For people: why it is kept, or removed.</param>
public sealed record PrunedRun(string Run, DateTimeOffset Started, string State, int Results, bool Kept, string Why);

/// <summary>What pruning did.</summary>
/// <param name="Runs">Runs removed; one that was resumed meanwhile is not.</param>
/// <param name="Cases">Cases removed that no run has any more.</param>
/// <param name="Paths">Paths of rules removed that no result has any more.</param>
/// <param name="BytesBefore">The file's size before.</param>
/// <param name="BytesAfter">And after.</param>
/// <param name="NotShrunk">Why the file could not be made smaller; null if it was.</param>
public sealed record PruneOutcome(int Runs, int Cases, int Paths, long BytesBefore, long BytesAfter, string? NotShrunk);
