namespace Harness.Images;

/// <summary>What is being done for which track.</summary>
/// <param name="Track">The track, or "" for what all share.</param>
/// <param name="Step">In a few words.</param>
public sealed record ImageProgress(string Track, string Step);
