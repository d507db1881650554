using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Model.Releases;

/// <summary>
/// The release of a running kernel: the upstream release that it is based on, and its vendor. Read from <c>uname
/// -r</c>, and from <c>uname -v</c> or /proc/version if only those have the point release ("6.1.0-50-arm64" is Debian's
/// 6.1.176).
/// </summary>
/// <param name="Text">The text of uname -r.</param>
/// <param name="Version">The upstream release.</param>
/// <param name="Flavour">The vendor: <see cref="Flavours"/>.</param>
public sealed partial record KernelRelease(string Text, KernelVersion Version, string Flavour)
{
    /// <summary>What follows the numbers, if it is no known vendor's; else empty.</summary>
    public string UnknownSuffix { get; init; } = "";

    /// <summary>The vendor's build number: 1012 of "6.14.0-1012-nvidia-64k"; 0 if there is none.</summary>
    public int Build { get; init; }

    /// <summary>"6.12.117", "nvidia 6.14".</summary>
    public string Name => Flavour == Flavours.Mainline ? Version.ToString() : $"{Flavour} {Version}";

    /// <param name="release">uname -r.</param>
    /// <param name="build">uname -v or /proc/version; null if they were not read.</param>
    /// <returns>Null if the text doesn't begin like a release.</returns>
    public static KernelRelease? TryParse(string release, string? build = null)
    {
        var match = Form().Match(release);
        if (!match.Success || KernelVersion.Of(match) is not { } version)
            return null;
        string rest = match.Groups["rest"].Value;
        version = Packaged(build, version) ?? version;
        string? flavour = Flavours.Of(rest, build);
        return new KernelRelease(release, version, flavour ?? Flavours.Mainline)
        {
            UnknownSuffix = flavour is null ? rest : "",
            Build = BuildNumber().Match(rest) is { Success: true } number
                ? int.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture)
                : 0,
        };
    }

    public override string ToString() => Text;

    /// <summary>
    /// The package's version, if it is of the same series. /proc/version also has the compiler's version, which is not
    /// used.
    /// </summary>
    private static KernelVersion? Packaged(string? build, KernelVersion version) =>
        build is null
            ? null
            : DebianBuild()
                .Matches(build)
                .Select(KernelVersion.Of)
                .FirstOrDefault(v => v is { } packaged && packaged.SameSeries(version));

    [GeneratedRegex(
        @"^(?<major>\d{1,4})\.(?<minor>\d{1,4})(?:\.(?<patch>\d{1,5}))?(?:[-~]rc(?<rc>\d{1,3}))?(?<rest>[^\d.].*)?$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Form();

    [GeneratedRegex(@"^-(\d{1,6})(-|$)", RegexOptions.CultureInvariant)]
    private static partial Regex BuildNumber();

    // "#1 SMP Debian 6.1.176-1 (2026-06-30)"; "Debian 7.3~rc7-1~exp1".
    [GeneratedRegex(
        @"\bDebian (?<major>\d{1,4})\.(?<minor>\d{1,4})(?:\.(?<patch>\d{1,5}))?(?:~rc(?<rc>\d{1,3}))?-",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex DebianBuild();
}
