using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Model.Releases;

/// <summary>An upstream release: "6.12.117", "7.3-rc6". 7.3-rc6 is before 7.3.0, which is written "7.3".</summary>
/// <param name="Major">6.</param>
/// <param name="Minor">12.</param>
/// <param name="Patch">117; 0 for a release of Linus Torvalds and its candidates.</param>
/// <param name="Candidate">6 of -rc6; 0 for a release.</param>
public readonly partial record struct KernelVersion(int Major, int Minor, int Patch = 0, int Candidate = 0)
    : IComparable<KernelVersion>
{
    /// <summary>Sorts before all releases of a series, including its first candidate.</summary>
    public static KernelVersion StartOf(int major, int minor) => new(major, minor, 0, 1);

    /// <summary>"6.12".</summary>
    public string Series => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    public bool IsCandidate => Candidate > 0;

    public bool SameSeries(KernelVersion other) => (Major, Minor) == (other.Major, other.Minor);

    /// <summary>"6.12.117", "6.12" and "7.3-rc6" (Debian: "7.3~rc6"); null for anything else.</summary>
    public static KernelVersion? TryParse(string text)
    {
        var match = Form().Match(text);
        return match.Success ? Of(match) : null;
    }

    /// <exception cref="FormatException">It isn't an upstream release.</exception>
    public static KernelVersion Parse(string text) =>
        TryParse(text)
        ?? throw new FormatException($"'{text}' is not a kernel release (expected: 6.12.117, 6.12 or 7.3-rc6)");

    public int CompareTo(KernelVersion other) => Order.CompareTo(other.Order);

    public static bool operator <(KernelVersion one, KernelVersion other) => one.CompareTo(other) < 0;

    public static bool operator >(KernelVersion one, KernelVersion other) => one.CompareTo(other) > 0;

    public static bool operator <=(KernelVersion one, KernelVersion other) => one.CompareTo(other) <= 0;

    public static bool operator >=(KernelVersion one, KernelVersion other) => one.CompareTo(other) >= 0;

    public override string ToString() =>
        Series
        + (Patch > 0 ? string.Create(CultureInfo.InvariantCulture, $".{Patch}") : "")
        + (IsCandidate ? string.Create(CultureInfo.InvariantCulture, $"-rc{Candidate}") : "");

    internal static KernelVersion? Of(Match match)
    {
        static int? Number(Group group) =>
            !group.Success ? 0
            : int.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value
            : null;
        return
            (
                Number(match.Groups["major"]),
                Number(match.Groups["minor"]),
                Number(match.Groups["patch"]),
                Number(match.Groups["rc"])
            )
                is ({ } major, { } minor, { } patch, { } rc)
            ? new KernelVersion(major, minor, patch, rc)
            : null;
    }

    private (int, int, int, int) Order => (Major, Minor, Patch, IsCandidate ? Candidate : int.MaxValue);

    [GeneratedRegex(
        @"^(?<major>\d{1,4})\.(?<minor>\d{1,4})(?:\.(?<patch>\d{1,5}))?(?:[-~]rc(?<rc>\d{1,3}))?$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Form();
}
