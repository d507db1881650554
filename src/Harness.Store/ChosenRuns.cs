namespace Harness.Store;

/// <summary>The newest of some runs.</summary>
/// <param name="Runs">Newest first, with the verdicts of their hosts counted, and nothing else.</param>
/// <param name="Fitting">How many there are in all.</param>
public sealed record ChosenRuns(IReadOnlyList<RunSummary> Runs, int Fitting);
