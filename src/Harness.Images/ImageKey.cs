namespace Harness.Images;

/// <summary>
/// The name of an image: a track ("7.2", its newest kernel), or one point release of it ("7.2@7.2.9").
/// </summary>
internal sealed record ImageKey(string Track, string? Point)
{
    public static ImageKey Parse(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? new ImageKey(text, null)
            : text[(at + 1)..] is { Length: > 0 } point && !point.Contains('/', StringComparison.Ordinal)
                ? new ImageKey(text[..at], point)
            : throw new UnknownTrackException($"'{text}' names no point release: write TRACK@VERSION, as in 7.2@7.2.9");
    }

    /// <summary>
    /// Whether a version in a package's name ("7.2.9+deb13") matches the requested one ("7.2.9", or the whole).
    /// </summary>
    public bool Admits(string version) =>
        Point is null || version == Point || version.StartsWith(Point + "+", StringComparison.Ordinal);

    public override string ToString() => Point is null ? Track : $"{Track}@{Point}";
}
