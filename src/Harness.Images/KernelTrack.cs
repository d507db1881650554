using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>The source of a kernel: Debian's archive, or a path.</summary>
/// <param name="Name">"7.2".</param>
public sealed partial record KernelTrack(string Name)
{
    /// <summary>Debian suites with its packages.</summary>
    public IReadOnlyList<string> Suites { get; init; } = [];

    /// <summary>
    /// Suites with more of its point releases, older and newer ones. Its newest kernel is never taken from them; they
    /// are only queried for a point release.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? MoreReleases { get; init; }

    /// <summary>Regular expression for the package with the kernel image; its group is the version.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>Packages with modules, beyond that one.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>
    /// Packages with the headers to build modules against. {version} is what the group matched, {release} is uname -r.
    /// </summary>
    public IReadOnlyList<string> Headers { get; init; } = ["linux-headers-{release}", "linux-headers-{version}-common"];

    /// <summary>Package with the kernel's build programs, for the build machine.</summary>
    public string Kbuild { get; init; } = "linux-kbuild-{version}";

    /// <summary>
    /// The kernel's page size in KiB: 4, 16 or 64; null: 4, or that of the kernel at <see cref="Path"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? PageKiB { get; init; }

    /// <summary>Kernel modules that must be loaded before those of the root file system, in order.</summary>
    public IReadOnlyList<string> Loads { get; init; } = [];

    /// <summary>Instead of packages with a kernel, the package with the source that it is built from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    /// <summary>
    /// Parts of that kernel's configuration, on top of "make allnoconfig": files of guest-images/kernel. What a later
    /// one sets counts.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Fragments { get; init; }

    /// <summary>
    /// Instead of packages, a user-built kernel: see <see cref="LocalKernel.Path"/>. Relative paths are relative to
    /// tracks.json.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    /// <summary>See <see cref="LocalKernel.Modules"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModulesPath { get; init; }

    /// <summary>See <see cref="LocalKernel.Headers"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HeadersPath { get; init; }

    /// <summary>A kernel package's version and uname -r; null if the package is not of this track.</summary>
    internal (string Version, string Release)? KernelIn(string package) =>
        Path is null && Source is null && Regex.Match(package, $"^(?:{Kernel})$") is { Success: true } match
            ? (match.Groups[1].Value, KernelPackage().Replace(package, ""))
            : null;

    /// <summary>A package's name for one version of the track.</summary>
    internal static string Named(string pattern, string version, string release) =>
        pattern
            .Replace("{version}", version, StringComparison.Ordinal)
            .Replace("{release}", release, StringComparison.Ordinal);

    [GeneratedRegex("^linux-(?:image|binary)-")]
    private static partial Regex KernelPackage();
}
