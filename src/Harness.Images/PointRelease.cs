namespace Harness.Images;

/// <summary>A kernel that the Debian archive has for a track.</summary>
/// <param name="Track">The track's name.</param>
/// <param name="Version">The version in the package's name: "7.2.9+deb13".</param>
/// <param name="KernelRelease">uname -r: "7.2.9+deb13-arm64".</param>
/// <param name="Package">The package with the kernel image.</param>
/// <param name="PackageVersion">That package's version: "7.2.9-1~bpo13+1".</param>
public sealed record PointRelease(
    string Track,
    string Version,
    string KernelRelease,
    string Package,
    string PackageVersion
)
{
    /// <summary>The key of an image of exactly this kernel, for builder and store: "7.2@7.2.9+deb13".</summary>
    public string Key => $"{Track}@{Version}";

    /// <summary>
    /// The kernel.org release that it is based on: "6.1.176" of 6.1.0-50, "7.3-rc5" of 7.3~rc5-1~exp1.
    /// </summary>
    public string Upstream =>
        PackageVersion[(PackageVersion.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('-')[0].Replace('~', '-');
}
