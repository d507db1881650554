namespace Harness.Store;

/// <summary>The two hosts of a pair.</summary>
/// <param name="Source">The source of migrations.</param>
/// <param name="Destination">The destination; may be the same.</param>
public sealed record PairSides(HostRecord Source, HostRecord Destination);
