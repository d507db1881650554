using System.Text.RegularExpressions;

namespace Harness.Runs.Peers;

/// <summary>The series of a kernel's release.</summary>
public static partial class PeerSeries
{
    /// <summary>6.12 of "6.12.117+deb13-arm64"; null if it is no release.</summary>
    public static Version? Of(string release) =>
        Beginning().Match(release) is { Success: true } match ? Version.Parse(match.Value) : null;

    [GeneratedRegex(@"^\d{1,4}\.\d{1,4}(?!\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Beginning();
}
