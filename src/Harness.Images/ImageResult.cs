namespace Harness.Images;

/// <summary>What became of one image that was asked for: one of the two is there.</summary>
/// <param name="Key">The track or point release.</param>
/// <param name="Image">The image.</param>
/// <param name="Problem">Why there is none.</param>
public sealed record ImageResult(string Key, GuestImage? Image, ImageException? Problem);
