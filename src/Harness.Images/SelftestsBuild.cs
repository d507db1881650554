namespace Harness.Images;

/// <summary>Programs of a kernel's selftests, compiled for arm64 hosts.</summary>
/// <param name="Package">"linux-source-6.12".</param>
/// <param name="Version">The package's version.</param>
/// <param name="Folder">The programs, as in the source: "arm64/page_fault_test".</param>
public sealed record SelftestsBuild(string Package, string Version, string Folder)
{
    /// <summary>"linux-source-6.12 6.12.117-1".</summary>
    public string Source => $"{Package} {Version}";
}
