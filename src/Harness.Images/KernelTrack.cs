using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>Where a kernel comes from: Debian's archive, or a path.</summary>
/// <param name="Name">"7.2".</param>
public sealed partial record KernelTrack(string Name)
{
    /// <summary>Debian suites that have its packages.</summary>
    public IReadOnlyList<string> Suites { get; init; } = [];

    /// <summary>
    /// Suites that list more of its point releases, older and newer ones. Its newest kernel never comes from them; they
    /// are asked where one point release is wanted.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? MoreReleases { get; init; }

    /// <summary>Regular expression of the package with the kernel image; its group is the version.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>Packages with modules, beyond that one.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>
    /// Packages with the headers to build modules against. {version} is what the group matched, {release} is uname -r.
    /// </summary>
    public IReadOnlyList<string> Headers { get; init; } = ["linux-headers-{release}", "linux-headers-{version}-common"];

    /// <summary>Package with the kernel's build programs, for the machine that builds.</summary>
    public string Kbuild { get; init; } = "linux-kbuild-{version}";

    /// <summary>Kernel modules that this kernel needs loaded before those of the root file system, in order.</summary>
    public IReadOnlyList<string> Loads { get; init; } = [];

    /// <summary>
    /// In place of packages, a kernel that the user built: see <see cref="LocalKernel.Path"/>. Relative paths begin at
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

    /// <summary>A kernel package's version and uname -r; null where the package is none of this track.</summary>
    internal (string Version, string Release)? KernelIn(string package) =>
        Path is null && Regex.Match(package, $"^(?:{Kernel})$") is { Success: true } match
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
