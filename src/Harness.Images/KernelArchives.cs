using Harness.Processes;

namespace Harness.Images;

/// <summary>
/// The archive twice: with the suites of the tracks, and with the suites that have more of their point releases, which
/// are only queried when one of those is requested. Each is queried once.
/// </summary>
/// <param name="folder">Of the cache: contains apt's state.</param>
/// <param name="recipe">Names the suites.</param>
/// <param name="debian">Their addresses.</param>
/// <param name="runner">Starts apt.</param>
/// <param name="step">Called for each step.</param>
internal sealed class KernelArchives(
    string folder,
    ImageRecipe recipe,
    DebianSuites debian,
    IProcessRunner runner,
    Action<string> step
)
{
    private (Apt Apt, KernelArchive Archive)? _usual;
    private (Apt Apt, KernelArchive Archive)? _more;

    /// <summary>Whether the archive was queried successfully before.</summary>
    public bool Answered => _usual is not null;

    /// <summary>Fetches the packages of a kernel.</summary>
    public async Task<Apt> AptAsync(ResolvedTrack kernel, CancellationToken cancel) =>
        (
            kernel.IsOfMore
                ? await MoreAsync(cancel).ConfigureAwait(false)
                : await UsualAsync(cancel).ConfigureAwait(false)
        ).Apt;

    /// <summary>Downloads the newest version of a package of the tracks' suites into a folder.</summary>
    public async Task DownloadAsync(string package, string into, CancellationToken cancel)
    {
        var (apt, _) = await UsualAsync(cancel).ConfigureAwait(false);
        step("downloading " + package);
        await apt.DownloadAsync([package], into, cancel).ConfigureAwait(false);
    }

    /// <summary>The newest version of a package of the tracks' suites.</summary>
    /// <exception cref="TrackGoneException">There is none.</exception>
    public async Task<string> VersionAsync(KernelTrack track, string package, CancellationToken cancel)
    {
        var (apt, _) = await UsualAsync(cancel).ConfigureAwait(false);
        if (!(await apt.NamesAsync(cancel).ConfigureAwait(false)).Contains(package))
            throw new TrackGoneException(
                track.Name,
                $"track {track.Name} has left the Debian archive: there is no {package} in {string.Join(", ", track.Suites)} (correct or remove its entry in guest-images/tracks.json)"
            );
        return (await apt.VersionsAsync([package], cancel).ConfigureAwait(false))[package];
    }

    /// <summary>The newest version of a package that the tracks' suites have.</summary>
    public async Task<string> VersionAsync(string package, CancellationToken cancel)
    {
        var (apt, _) = await UsualAsync(cancel).ConfigureAwait(false);
        return (await apt.VersionsAsync([package], cancel).ConfigureAwait(false))[package];
    }

    /// <summary>The names of all packages of the tracks' suites.</summary>
    public async Task<IReadOnlySet<string>> NamesAsync(CancellationToken cancel) =>
        await (await UsualAsync(cancel).ConfigureAwait(false)).Apt.NamesAsync(cancel).ConfigureAwait(false);

    /// <summary>Downloads a version of a package of the tracks' suites into a folder.</summary>
    public async Task DownloadAsync(string package, string version, string into, CancellationToken cancel)
    {
        var (apt, _) = await UsualAsync(cancel).ConfigureAwait(false);
        await apt.DownloadAsync([$"{package}={version}"], into, cancel).ConfigureAwait(false);
    }

    /// <summary>The pools to search for packages of a kernel that are in no index.</summary>
    public IReadOnlyList<string> Pools(ResolvedTrack kernel) =>
        kernel.IsOfMore ? [debian.SecurityPool, debian.Pool] : [debian.Pool];

    /// <summary>Suites with the build programs of some kernels.</summary>
    public static IEnumerable<string> SuitesOf(KernelTrack track, ResolvedTrack kernel) =>
        kernel.IsOfMore ? track.Suites.Concat(track.MoreReleases ?? []) : track.Suites;

    /// <summary>The versions of all packages of the root file system.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RootfsAsync(CancellationToken cancel) =>
        await (await UsualAsync(cancel).ConfigureAwait(false))
            .Archive.RootfsAsync(recipe.Rootfs, cancel)
            .ConfigureAwait(false);

    /// <summary>All of a track's kernels, the oldest first.</summary>
    public async Task<IReadOnlyList<PointRelease>> PointReleasesAsync(KernelTrack track, CancellationToken cancel)
    {
        var usual = await (await UsualAsync(cancel).ConfigureAwait(false))
            .Archive.PointReleasesAsync(track, cancel)
            .ConfigureAwait(false);
        if (track.MoreReleases is not { Count: > 0 })
            return usual;
        var more = await (await MoreAsync(cancel).ConfigureAwait(false))
            .Archive.PointReleasesAsync(track, cancel)
            .ConfigureAwait(false);
        return
        [
            .. usual
                .Concat(more)
                .DistinctBy(r => r.Version)
                .OrderBy(r => r.Version, Comparer<string>.Create(KernelArchive.CompareVersions)),
        ];
    }

    /// <summary>
    /// The last resolved packages of a track, or of a point release of it, if the archive still has them; otherwise the
    /// current ones.
    /// </summary>
    /// <exception cref="TrackGoneException">The archive no longer has it.</exception>
    public async Task<ResolvedTrack> ResolveAsync(
        KernelTrack track,
        ImageKey key,
        ResolvedTrack? before,
        CancellationToken cancel
    )
    {
        var rootfs = await RootfsAsync(cancel).ConfigureAwait(false);
        if (
            before is not null
            && await (await AptAsync(before, cancel).ConfigureAwait(false))
                .HasAsync(before.Packages, cancel)
                .ConfigureAwait(false)
        )
            return before with { Rootfs = rootfs };
        var usual = (await UsualAsync(cancel).ConfigureAwait(false)).Archive;
        var kernels = await usual.PointReleasesAsync(track, cancel).ConfigureAwait(false);
        if (kernels.LastOrDefault(k => key.Admits(k.Version)) is { } kernel)
            return await usual.ResolveAsync(track, kernel, rootfs, cancel).ConfigureAwait(false);
        if (key.Point is not null && track.MoreReleases is { Count: > 0 })
        {
            var more = (await MoreAsync(cancel).ConfigureAwait(false)).Archive;
            kernels = await PointReleasesAsync(track, cancel).ConfigureAwait(false);
            if (kernels.LastOrDefault(k => key.Admits(k.Version)) is { } other)
                return await more.ResolveAsync(track, other, rootfs, cancel).ConfigureAwait(false) with
                {
                    IsOfMore = true,
                };
        }
        throw kernels.Count == 0
            ? new TrackGoneException(
                track.Name,
                $"track {track.Name} has left the Debian archive: no package matches {track.Kernel} in {string.Join(", ", track.Suites)} (correct or remove its entry in guest-images/tracks.json)"
            )
            : new TrackGoneException(
                key.ToString(),
                $"the Debian archive has no {key} (it has {string.Join(", ", kernels.Select(r => r.Version))})"
            );
    }

    private async Task<(Apt Apt, KernelArchive Archive)> UsualAsync(CancellationToken cancel) =>
        _usual ??= await AskAsync(
                "querying the Debian archive",
                "apt",
                recipe.Tracks.SelectMany(t => t.Suites).Append(recipe.Rootfs.Suite),
                cancel
            )
            .ConfigureAwait(false);

    private async Task<(Apt Apt, KernelArchive Archive)> MoreAsync(CancellationToken cancel) =>
        _more ??= await AskAsync(
                "querying the Debian archive for more point releases",
                "apt-more",
                recipe.Tracks.SelectMany(t => t.MoreReleases ?? []),
                cancel
            )
            .ConfigureAwait(false);

    private async Task<(Apt Apt, KernelArchive Archive)> AskAsync(
        string doing,
        string at,
        IEnumerable<string> suites,
        CancellationToken cancel
    )
    {
        step(doing);
        var apt = new Apt(Path.Combine(folder, at), debian, runner);
        await apt.UpdateAsync(suites.Distinct(), cancel).ConfigureAwait(false);
        return (apt, new KernelArchive(apt));
    }
}
