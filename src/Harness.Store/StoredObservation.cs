namespace Harness.Store;

/// <summary>The last observation of a case.</summary>
/// <param name="Title">The case's key.</param>
/// <param name="Verdict">As in <see cref="Verdicts"/>.</param>
/// <param name="Observation">As received (JSON).</param>
public sealed record StoredObservation(string Title, string Verdict, string Observation);
