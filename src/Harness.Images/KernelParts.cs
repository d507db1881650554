namespace Harness.Images;

/// <summary>The parts of a kernel in an image.</summary>
/// <param name="Image">The file that is booted.</param>
/// <param name="Modules">Modules to load, in order: files by name, each plain or compressed.</param>
/// <param name="Exporter">The exporter module for it; null if there is none.</param>
/// <param name="NoExporter">Why there is none.</param>
internal sealed record KernelParts(
    string Image,
    IReadOnlyList<KeyValuePair<string, string>> Modules,
    string? Exporter,
    string? NoExporter
)
{
    /// <summary>Optional modules to load after those, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Optional { get; init; } = [];

    /// <summary>The VFIO variant driver for it; null if its kernel has no VFIO.</summary>
    public string? Variant { get; init; }

    /// <summary>The package's changelog, gzip; null if there is none.</summary>
    public string? Changelog { get; init; }
}
