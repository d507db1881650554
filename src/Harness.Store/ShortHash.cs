namespace Harness.Store;

/// <summary>A stored hash as people read it.</summary>
public static class ShortHash
{
    private const int Length = 12;

    /// <summary>Its beginning; "none" where there is none.</summary>
    public static string Of(string? hash) =>
        hash is null ? "none"
        : hash.Length > Length ? hash[..Length]
        : hash;
}
