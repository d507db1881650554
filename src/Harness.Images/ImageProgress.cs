namespace Harness.Images;

/// <summary>The current build step of a track.</summary>
/// <param name="Track">The track, or "" for shared steps.</param>
/// <param name="Step">A short description.</param>
public sealed record ImageProgress(string Track, string Step);
