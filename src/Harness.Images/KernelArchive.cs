using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>The packages of the Debian archive for a track.</summary>
/// <param name="apt">Configured with the tracks' suites.</param>
internal sealed class KernelArchive(Apt apt)
{
    private IReadOnlySet<string>? _names;
    private IReadOnlyDictionary<string, string>? _rootfs;

    /// <summary>Debian's name for this machine's architecture.</summary>
    public static string Native =>
        RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "amd64",
            Architecture.Arm64 => "arm64",
            var other => throw new ImageException($"images are built on amd64 or arm64, not on {other}"),
        };

    /// <summary>The track's kernels in the indexes, the oldest first.</summary>
    public async Task<IReadOnlyList<PointRelease>> PointReleasesAsync(KernelTrack track, CancellationToken cancel)
    {
        var names = await NamesAsync(cancel).ConfigureAwait(false);
        var found = names
            .Select(n => (Package: n, Kernel: track.KernelIn(n)))
            .Where(f => f.Kernel is not null)
            .ToList();
        if (found.Count == 0)
            return [];
        var versions = await apt.VersionsAsync([.. found.Select(f => f.Package)], cancel).ConfigureAwait(false);
        return
        [
            .. found
                .Select(f => new PointRelease(
                    track.Name,
                    f.Kernel!.Value.Version,
                    f.Kernel.Value.Release,
                    f.Package,
                    versions[f.Package]
                ))
                .OrderBy(p => p.Version, Comparer<string>.Create(CompareVersions)),
        ];
    }

    /// <summary>The packages that belong to a kernel of the track.</summary>
    public async Task<ResolvedTrack> ResolveAsync(
        KernelTrack track,
        PointRelease kernel,
        IReadOnlyDictionary<string, string> rootfs,
        CancellationToken cancel
    )
    {
        string Named(string pattern) => KernelTrack.Named(pattern, kernel.Version, kernel.KernelRelease);

        var names = await NamesAsync(cancel).ConfigureAwait(false);
        string[] modules = [.. track.Modules.Select(Named)],
            headers = [.. track.Headers.Select(Named)];
        string kbuild = Named(track.Kbuild);
        var packages = await apt.VersionsAsync(
                [kernel.Package, .. modules.Concat(headers).Where(names.Contains)],
                cancel
            )
            .ConfigureAwait(false);
        var unlisted = modules
            .Concat(headers)
            .Append(kbuild)
            .Where(h => !names.Contains(h))
            .Select(h => new PoolFile(
                h,
                kernel.PackageVersion,
                h.StartsWith("linux-kbuild-", StringComparison.Ordinal) ? Native
                    : h.EndsWith("-common", StringComparison.Ordinal) ? "all"
                    : "arm64"
            ));
        return new ResolvedTrack(
            kernel.KernelRelease,
            packages,
            rootfs,
            [.. unlisted],
            names.Contains(kbuild) ? kbuild : null
        );
    }

    /// <summary>The versions of all packages of the root file system.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RootfsAsync(
        RootFileSystem rootfs,
        CancellationToken cancel
    ) => _rootfs ??= await apt.ClosureAsync(rootfs.Suite, rootfs.Packages, cancel).ConfigureAwait(false);

    private async Task<IReadOnlySet<string>> NamesAsync(CancellationToken cancel) =>
        _names ??= await apt.NamesAsync(cancel).ConfigureAwait(false);

    /// <summary>Compares the numbers in them: 7.2.9 comes before 7.2.12.</summary>
    internal static int CompareVersions(string a, string b)
    {
        int[] x = Numbers(a),
            y = Numbers(b);
        for (int i = 0; i < Math.Min(x.Length, y.Length); i++)
            if (x[i] != y[i])
                return x[i].CompareTo(y[i]);
        return x.Length.CompareTo(y.Length);

        static int[] Numbers(string version) =>
            [.. Regex.Matches(version, "[0-9]+").Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture))];
    }
}
