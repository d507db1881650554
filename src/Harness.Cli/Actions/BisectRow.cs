using System.Text.RegularExpressions;
using Harness.Images;
using Harness.Model.Releases;
using Harness.Runs.Bisecting;

namespace Harness.Cli.Actions;

/// <summary>An end of a bisection: a kernel track, or one release of it.</summary>
/// <param name="Option">"--good" or "--bad".</param>
/// <param name="Text">As typed.</param>
/// <param name="Track">The track.</param>
/// <param name="Release">The requested release: "6.12.107", "6.12.107+deb13", "6.1.176"; null for its newest.</param>
internal sealed partial record BisectPoint(string Option, string Text, string Track, string? Release)
{
    /// <param name="option">"--good" or "--bad".</param>
    /// <param name="text">As typed: a track, a release as named by the kernel or kernel.org, or TRACK@RELEASE.</param>
    /// <param name="tracks">The known tracks.</param>
    /// <exception cref="UsageException">It is none of these, or no track has such kernels.</exception>
    public static BisectPoint Parse(string option, string text, IReadOnlyList<KernelTrack> tracks)
    {
        UsageException Refused(string why) => new($"{option} {text}: {why}");
        string all = string.Join(", ", tracks.Select(t => t.Name));

        if (tracks.Any(t => t.Name == text))
            return new BisectPoint(option, text, text, null);
        var (named, version) = text.Split('@') is [var track, var point] ? (track, point) : (null, text);
        if (named is not null && tracks.All(t => t.Name != named))
            throw Refused($"there is no kernel track '{named}' (guest-images/tracks.json has {all})");
        if (Words().Match(version) is not { Success: true } words)
            throw Refused(
                $"it is no kernel track and no release (tracks: {all}; releases: 6.12.107, or 6.12.107+deb13 as uname -r says it)"
            );
        if (words.Groups["suffix"].Value is { Length: > 0 } suffix && !Debians().IsMatch(suffix))
            throw Refused(
                $"{Vendor(version, suffix)}: only Debian's can be fetched (a tree of your own: harness run --git-bisect, docs/bisect.md)"
            );
        string name = named
            ?? words.Groups["series"].Value + (version.EndsWith("-16k", StringComparison.Ordinal) ? "-16k" : "");
        if (tracks.FirstOrDefault(t => t.Name == name) is not { } found)
            throw Refused($"no kernel track has such releases (guest-images/tracks.json has {all})");
        return found.Path is null
            ? new BisectPoint(option, text, name, Flavour().Replace(version.TrimStart('v'), ""))
            : throw Refused($"track {name} is a kernel that you built: it has no releases");
    }

    /// <summary>The matching release in the archive.</summary>
    /// <param name="releases">All releases in the archive, the oldest first.</param>
    /// <exception cref="UsageException">The archive has no such release.</exception>
    public PointRelease In(IReadOnlyList<PointRelease> releases)
    {
        var mine = releases.Where(r => r.Track == Track).ToList();
        if (mine.Count == 0)
            throw new UsageException($"{Option} {Text}: the Debian archive has no kernel of track {Track} any more");
        if (Release is null)
            return mine[^1];
        return mine.LastOrDefault(r =>
            r.Version == Release
            || r.Upstream == Release
            || r.Version.StartsWith(Release + "+", StringComparison.Ordinal)
        )
            ?? throw new UsageException(
                $"{Option} {Text}: the Debian archive has no such release ({Nearest(mine)}; all: harness images list {Track} --releases)"
            );
    }

    private static string Vendor(string version, string suffix) =>
        KernelRelease.TryParse(version.TrimStart('v'))
            is { UnknownSuffix.Length: 0, Flavour: not Flavours.Mainline and var vendor }
            ? $"'{suffix}' is of a kernel of {vendor}'s"
            : $"'{suffix}' is no suffix of Debian's kernels";

    private string Nearest(List<PointRelease> mine)
    {
        var before = mine.LastOrDefault(r => VersionOrder.Instance.Compare(r.Upstream, Release) < 0);
        var after = mine.Find(r => VersionOrder.Instance.Compare(r.Upstream, Release) > 0);
        return string.Join(
            ", ",
            new[]
            {
                before is null ? null : $"the last before it: {before.Upstream}",
                after is null ? null : $"the first after it: {after.Upstream}",
            }.OfType<string>()
        );
    }

    [GeneratedRegex(@"^v?(?<series>[0-9]+\.[0-9]+)(?:\.[0-9]+)*(?:-rc[0-9]+)?(?<suffix>.*)$")]
    private static partial Regex Words();

    // -47, +deb13, +deb13.1, -arm64, -arm64-16k
    [GeneratedRegex(@"^(?:-[0-9]+)?(?:\+deb[0-9]+(?:[.+][0-9]+)?)?(?:-arm64(?:-16k)?)?$")]
    private static partial Regex Debians();

    [GeneratedRegex("-arm64(?:-16k)?$")]
    private static partial Regex Flavour();
}

/// <summary>The releases between two, of one track or several.</summary>
internal static partial class BisectRow
{
    /// <summary>
    /// Both ends and all between them, the oldest first, each release once, even if several suites have it.
    /// </summary>
    /// <exception cref="UsageException">
    /// The archive lacks an end, or the first end is not older than the second.
    /// </exception>
    public static IReadOnlyList<PointRelease> Of(
        BisectPoint good,
        BisectPoint bad,
        IReadOnlyList<PointRelease> releases
    )
    {
        PointRelease first = good.In(releases),
            last = bad.In(releases);
        int from = releases.Index().First(r => r.Item == first).Index,
            to = releases.Index().First(r => r.Item == last).Index;
        return from < to
            ?
            [
                .. releases
                    .Where(
                        (r, i) =>
                            i == from
                            || i == to
                            || (i > from && i < to && Name(r) != Name(first) && Name(r) != Name(last))
                    )
                    .GroupBy(Name)
                    .Select(g => g.Last()),
            ]
            : throw new UsageException(
                from == to
                    ? $"--good and --bad are both {first.Key}: there is nothing between them"
                    : $"--good {good.Text} is to be older than --bad {bad.Text}"
            );
    }

    /// <summary>
    /// Suites use different names for the same release: 6.12.107+deb12 and 6.12.107+deb13, but not 6.12.115+deb13.1.
    /// </summary>
    private static string Name(PointRelease release) => $"{release.Track}@{Suite().Replace(release.Version, "")}";

    [GeneratedRegex(@"\+deb[0-9]+")]
    private static partial Regex Suite();
}
