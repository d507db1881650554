using Harness.Processes;

namespace Harness.Images;

/// <summary>A guest image: what a QEMU host boots.</summary>
/// <param name="Track">The kernel track's name, or the point release's key.</param>
/// <param name="KernelRelease">uname -r of the kernel: "7.2.12+deb13-arm64".</param>
/// <param name="Packages">The kernel's packages in it, "name=version", sorted.</param>
/// <param name="Folder">Its folder in the cache; the other paths are in it.</param>
/// <param name="ContentHash">
/// SHA-256, hex, over the inputs of the image: the recipe, the sources, the keys and the versions of the kernel's and
/// the root file system's packages. Not over the versions of the compiler's packages, which are the newest of their
/// suite.
/// </param>
public sealed record GuestImage(
    string Track,
    string KernelRelease,
    IReadOnlyList<string> Packages,
    string Folder,
    string ContentHash
)
{
    internal const string Exporter = "stage2_exporter.ko";

    /// <summary>A file in place of the exporter, with the reason why there is none.</summary>
    internal const string ExporterMissing = "no-exporter";

    /// <summary>The VFIO variant driver; it is in the image alone.</summary>
    internal const string Variant = "stage2_vfio.ko";

    internal const string Changelog = "changelog.gz";

    /// <summary>As sha256sum writes it.</summary>
    internal const string HashFile = "sha256";

    /// <summary>A raw arm64 Image.</summary>
    public string KernelPath => Path.Combine(Folder, "kernel");

    /// <summary>cpio, zstd.</summary>
    public string InitrdPath => Path.Combine(Folder, "initrd.zst");

    /// <summary>The exporter module that is in the image; null if it has none.</summary>
    public string? ExporterPath => NoExporter is null ? Path.Combine(Folder, Exporter) : null;

    /// <summary>The Debian release of its kernel; null if the user built the kernel.</summary>
    public PointRelease? Release =>
        Packages
            .Select(p => p.Split('=', 2))
            .Where(p =>
                p[0] is var name && (name == "linux-image-" + KernelRelease || name == "linux-binary-" + KernelRelease)
            )
            .Select(p => new PointRelease(
                Track.Split('@')[0],
                KernelRelease.Split("-arm64")[0],
                KernelRelease,
                p[0],
                p[1]
            ))
            .FirstOrDefault();

    /// <summary>Debian's changelog up to this kernel, gzip; null if the image doesn't contain it.</summary>
    public string? ChangelogPath => Path.Combine(Folder, Changelog) is var path && File.Exists(path) ? path : null;

    /// <summary>Why the image has no exporter module, in one line; null if it has it.</summary>
    public string? NoExporter =>
        Path.Combine(Folder, ExporterMissing) is var path && File.Exists(path) ? File.ReadAllText(path).Trim() : null;

    /// <summary>
    /// SHA-256, hex, of its files when it was built, by path; empty for an image of an earlier version of the harness.
    /// </summary>
    public IReadOnlyDictionary<string, string> Hashes => HashesOf(Folder);

    /// <summary>Whether a file is not what was built, for example after a full or failing disk.</summary>
    internal static bool IsDamaged(string at) =>
        HashesOf(at).Any(f => !File.Exists(f.Key) || FileHash.Sha256(f.Key) != f.Value);

    /// <summary>Records the files of a new image.</summary>
    internal static void RecordHashes(string at)
    {
        string[] files = [.. ((string[])["kernel", "initrd.zst", Exporter]).Where(f => Has(at, f))];
        File.WriteAllLines(
            Path.Combine(at, HashFile),
            files.Select(f => $"{FileHash.Sha256(Path.Combine(at, f))}  {f}")
        );
    }

    private static Dictionary<string, string> HashesOf(string at) =>
        File.Exists(Path.Combine(at, HashFile))
            ? File.ReadLines(Path.Combine(at, HashFile))
                .Select(line => line.Split("  ", 2))
                .Where(parts => parts.Length == 2)
                .ToDictionary(parts => Path.Combine(at, parts[1]), parts => parts[0])
            : [];

    /// <summary>Whether all files of an image exist: an incomplete folder is rebuilt.</summary>
    internal static bool IsWhole(string at) =>
        Has(at, "kernel") && Has(at, "initrd.zst") && (Has(at, Exporter) || Has(at, ExporterMissing));

    private static bool Has(string at, string file) =>
        new FileInfo(Path.Combine(at, file)) is { Exists: true, Length: > 0 };
}
