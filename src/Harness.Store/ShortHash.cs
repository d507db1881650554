namespace Harness.Store;

/// <summary>A short form of a stored hash for people.</summary>
public static class ShortHash
{
    private const int Length = 12;

    /// <summary>Its beginning; "none" if there is none.</summary>
    public static string Of(string? hash) =>
        hash is null ? "none"
        : hash.Length > Length ? hash[..Length]
        : hash;
}
