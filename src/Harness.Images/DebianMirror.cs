using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>Finds the Debian mirror that this machine's own apt uses.</summary>
public static partial class DebianMirror
{
    /// <summary>Overrides apt's configuration: for machines that are not Debian.</summary>
    public const string Variable = "HARNESS_DEBIAN_MIRROR";

    /// <summary>Overrides the address of Debian's security updates.</summary>
    public const string SecurityVariable = "HARNESS_DEBIAN_SECURITY_MIRROR";

    /// <param name="aptFolder">apt's configuration.</param>
    /// <exception cref="ImageException">apt has no Debian archive.</exception>
    public static string Find(string aptFolder = "/etc/apt")
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return given.TrimEnd('/');
        return In(SourceFiles(aptFolder).SelectMany(f => AptSource.InFile(f, File.ReadAllText(f))))
            ?? throw new ImageException($"apt on this machine names no Debian archive: set {Variable} to one");
    }

    /// <summary>
    /// The archive of Debian's security updates. If none is configured, it is expected beside the archive itself, as on
    /// Debian's own server and most mirrors.
    /// </summary>
    /// <param name="aptFolder">apt's configuration.</param>
    /// <exception cref="ImageException">apt has neither a security archive nor a Debian archive.</exception>
    public static string FindSecurity(string aptFolder = "/etc/apt")
    {
        if (Environment.GetEnvironmentVariable(SecurityVariable) is { Length: > 0 } given)
            return given.TrimEnd('/');
        string? named = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 }
            ? null
            : SecurityIn(SourceFiles(aptFolder).SelectMany(f => AptSource.InFile(f, File.ReadAllText(f))));
        return named ?? Find(aptFolder) + "-security";
    }

    /// <summary>The archive of Debian's security updates; null if there is none.</summary>
    internal static string? SecurityIn(IEnumerable<AptSource> sources) =>
        sources
            .Where(s =>
                HttpAddress().IsMatch(s.Uri)
                && s.Components.Contains("main")
                && s.Suites.Any(t => SecuritySuite().IsMatch(t))
                && (s.SignedBy.Length == 0 || s.SignedBy.Contains("debian-archive-", StringComparison.Ordinal))
            )
            .Select(s => s.Uri)
            .FirstOrDefault();

    /// <summary>The archive of Debian itself; null if there is none.</summary>
    internal static string? In(IEnumerable<AptSource> sources) =>
        sources
            .Where(s =>
                HttpAddress().IsMatch(s.Uri)
                && s.Components.Contains("main")
                && s.Suites.Any(t => DebianSuite().IsMatch(t))
            )
            .GroupBy(s => s.Uri)
            .Select(g => (Uri: g.Key, Trust: g.Max(Trust)))
            .Where(c => c.Trust > 0)
            .OrderByDescending(c => c.Trust) // a stable order: among equals, the first that apt reads
            .Select(c => c.Uri)
            .FirstOrDefault();

    /// <summary>
    /// Vendors offer packages for "bookworm main", too, some under .../debian. Debian's own archive is identified by
    /// its key, then by suites that only it has. A wrong guess ends in apt's refusal of the signature, never in an
    /// image.
    /// </summary>
    private static int Trust(AptSource source)
    {
        if (source.SignedBy.Contains("debian-archive-", StringComparison.Ordinal))
            return 4;
        bool debian = source.Uri.EndsWith("/debian", StringComparison.Ordinal);
        if (source.SignedBy.Length > 0)
            return debian ? 1 : 0;
        return source.Suites.Any(s => s.Contains('-', StringComparison.Ordinal)) ? 3
            : debian ? 2
            : 0;
    }

    private static IEnumerable<string> SourceFiles(string aptFolder)
    {
        string one = Path.Combine(aptFolder, "sources.list"),
            parts = Path.Combine(aptFolder, "sources.list.d");
        IEnumerable<string> more = Directory.Exists(parts)
            ? Directory
                .EnumerateFiles(parts)
                .Where(f => Path.GetExtension(f) is ".list" or ".sources")
                .Order(StringComparer.Ordinal)
            : [];
        return File.Exists(one) ? more.Prepend(one) : more;
    }

    [GeneratedRegex("^https?://")]
    private static partial Regex HttpAddress();

    // Not -security, which is another archive.
    [GeneratedRegex(
        "^(oldstable|stable|testing|unstable|sid|bullseye|bookworm|trixie|forky|duke)(-updates|-backports)?$"
    )]
    private static partial Regex DebianSuite();

    [GeneratedRegex("^(oldstable|stable|testing|bullseye|bookworm|trixie|forky|duke)-security$")]
    private static partial Regex SecuritySuite();
}
