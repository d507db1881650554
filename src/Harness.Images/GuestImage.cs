namespace Harness.Images;

/// <summary>A guest image that was built: what a QEMU host boots.</summary>
/// <param name="Track">The kernel track's name.</param>
/// <param name="KernelRelease">uname -r of the kernel: "7.2.12+deb13-arm64".</param>
/// <param name="Packages">The kernel's packages that it was made of, "name=version", sorted.</param>
/// <param name="Folder">Its folder in the cache; the other paths are in it.</param>
/// <param name="ContentHash">
/// SHA-256, hex, over what the image is made of: the recipe, the sources, the keys and the versions of the kernel's packages.
/// Not over the versions of the root file system's packages and the compiler's, which are the newest of their suite.
/// </param>
public sealed record GuestImage(
    string Track, string KernelRelease, IReadOnlyList<string> Packages, string Folder, string ContentHash)
{
    internal static readonly IReadOnlyList<string> Files = ["kernel", "initrd.zst", "stage2_exporter.ko"];

    /// <summary>A raw arm64 Image.</summary>
    public string KernelPath => Path.Combine(Folder, "kernel");

    /// <summary>cpio, zstd.</summary>
    public string InitrdPath => Path.Combine(Folder, "initrd.zst");

    /// <summary>The exporter module that is in the image.</summary>
    public string ExporterPath => Path.Combine(Folder, "stage2_exporter.ko");
}
