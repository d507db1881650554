using System.Text.RegularExpressions;
using Harness.Model.Releases;

namespace Harness.Runs.Bisecting;

/// <summary>
/// Orders kernel releases and tracks by the upstream release that they begin with, 7.3-rc6 before 7.3 before 7.3.1;
/// equal ones by the numbers that follow: 6.1.0-47 before 6.1.0-50.
/// </summary>
public sealed partial class VersionOrder : IComparer<string>
{
    public static VersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        KernelVersion? one = KernelRelease.TryParse(x ?? "")?.Version,
            other = KernelRelease.TryParse(y ?? "")?.Version;
        if (one is { } u && other is { } v && u.CompareTo(v) is not 0 and var sign)
            return sign;
        decimal[] a = Numbers(x),
            b = Numbers(y);
        for (int i = 0; i < Math.Min(a.Length, b.Length); i++)
            if (a[i] != b[i])
                return a[i].CompareTo(b[i]);
        return a.Length.CompareTo(b.Length);
    }

    /// <summary>
    /// The tracks from one to another, in order, that are of the same kind as both: for "6.12-16k" and "7.2-16k", those
    /// that end in -16k.
    /// </summary>
    /// <returns>Empty if they are not of one kind, or the first is not the older one.</returns>
    public static IReadOnlyList<string> Between(IEnumerable<string> tracks, string good, string bad)
    {
        if (Kind(good) != Kind(bad) || Instance.Compare(good, bad) >= 0)
            return [];
        return
        [
            .. tracks
                .Where(t => Kind(t) == Kind(good) && Instance.Compare(good, t) <= 0 && Instance.Compare(t, bad) <= 0)
                .Order(Instance),
        ];
    }

    private static string Kind(string track) => Release().Replace(track, "", 1);

    private static decimal[] Numbers(string? version) =>
        [
            .. Number()
                .Matches((version ?? "").Replace("arm64", "", StringComparison.Ordinal))
                .Select(m => decimal.Parse(m.Value, System.Globalization.CultureInfo.InvariantCulture)),
        ];

    [GeneratedRegex(@"[0-9]{1,20}")]
    private static partial Regex Number();

    [GeneratedRegex(@"^[0-9.]+")]
    private static partial Regex Release();
}
