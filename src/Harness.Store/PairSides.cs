namespace Harness.Store;

/// <summary>The two hosts of a pair.</summary>
/// <param name="Source">What a VM leaves.</param>
/// <param name="Destination">What it goes to; may be the same.</param>
public sealed record PairSides(HostRecord Source, HostRecord Destination);
