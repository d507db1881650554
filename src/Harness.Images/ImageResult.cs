namespace Harness.Images;

/// <summary>The result of one requested image: exactly one of the two is set.</summary>
/// <param name="Key">The track or point release.</param>
/// <param name="Image">The image.</param>
/// <param name="Problem">Why there is none.</param>
public sealed record ImageResult(string Key, GuestImage? Image, ImageException? Problem);
