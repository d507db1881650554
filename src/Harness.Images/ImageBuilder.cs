using System.Text.RegularExpressions;
using Harness.Processes;

namespace Harness.Images;

/// <summary>
/// Builds guest images. What is there already is taken as it is; what is built appears whole, under its content's hash,
/// or not at all.
/// </summary>
/// <param name="store">Where images go.</param>
/// <param name="runner">Starts apt, mmdebstrap, make, cpio and zstd.</param>
public sealed class ImageBuilder(ImageStore store, IProcessRunner runner)
{
    private ImageRecipe Recipe => store.Sources.Recipe;

    /// <param name="tracks">Names in tracks.json.</param>
    /// <param name="refresh">Ask the archive what a track's newest packages are, instead of taking those of the last build.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops the build; nothing half-made stays.</param>
    /// <exception cref="ImageException">See the message.</exception>
    public async Task<IReadOnlyList<GuestImage>> BuildAsync(
        IReadOnlyList<string> tracks, bool refresh, IProgress<ImageProgress> progress, CancellationToken cancel)
    {
        var entries = tracks.Distinct().Select(Recipe.Track).ToList();
        if (!refresh && tracks.Distinct().Select(store.Find).ToArray() is var there && there.All(i => i is not null))
            return [.. there.OfType<GuestImage>()];

        Directory.CreateDirectory(store.Folder);
        using var mine = await OnlyBuilderAsync(progress, cancel).ConfigureAwait(false);
        foreach (string left in Directory.EnumerateDirectories(store.Folder, "building-*").Concat(Directory.EnumerateDirectories(store.Folder, "keys.part-*")))
            Directory.Delete(left, recursive: true);
        string ground = Path.Combine(store.Folder, "building-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(ground);
        try
        {
            return await BuildMissingAsync(entries, refresh, ground, progress, cancel).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(ground, recursive: true);
        }
    }

    private async Task<IReadOnlyList<GuestImage>> BuildMissingAsync(
        List<KernelTrack> tracks, bool refresh, string ground, IProgress<ImageProgress> progress, CancellationToken cancel)
    {
        var keys = await ImageKeys.EnsureAsync(store.KeysFolder, runner, cancel).ConfigureAwait(false);
        string mirror = DebianMirror.Find();
        var apt = new Apt(Path.Combine(store.Folder, "apt"), mirror, runner);
        progress.Report(new ImageProgress("", "asking the Debian archive what it has"));
        await apt.UpdateAsync(Recipe.Tracks.SelectMany(t => t.Suites).Append(Recipe.Rootfs.Suite).Distinct(), cancel).ConfigureAwait(false);

        var images = new Dictionary<string, GuestImage>();
        var missing = new List<(KernelTrack Track, ResolvedTrack Resolved, string Hash)>();
        foreach (var track in tracks)
        {
            if (!refresh && store.Find(track.Name) is { } there)
            {
                images[track.Name] = there;
                continue;
            }
            // Point releases leave the archive: what the last build took may be there no more.
            var resolved = !refresh && store.Resolved(track.Name) is { } before && await apt.HasAsync(before.Packages, cancel).ConfigureAwait(false)
                ? before
                : await ResolveAsync(apt, track, cancel).ConfigureAwait(false);
            string hash = store.Sources.HashOf(track, resolved.Packages, keys);
            string at = store.FolderOf(track.Name, hash);
            if (ImageStore.IsWhole(at))
            {
                store.Remember(track.Name, resolved);
                images[track.Name] = ImageStore.ImageAt(track, resolved, at, hash);
            }
            else
            {
                missing.Add((track, resolved, hash));
            }
        }
        if (missing.Count > 0)
        {
            var bootstrap = new Bootstrap(mirror, runner);
            progress.Report(new ImageProgress("", "unpacking the root file system's packages"));
            string rootfs = await bootstrap.TarAsync(Path.Combine(ground, "rootfs.tar"), "arm64", [Recipe.Rootfs.Suite],
                Recipe.Rootfs.Packages, cancel).ConfigureAwait(false);
            progress.Report(new ImageProgress("", "unpacking the compiler"));
            string toolbox = await bootstrap.TreeAsync(Path.Combine(ground, "toolbox"),
                [.. missing.SelectMany(m => m.Track.Suites).Prepend(Recipe.Toolbox.Suite).Distinct()],
                [.. Recipe.Toolbox.Packages, .. missing.Select(m => Named(m.Track.Kbuild, m.Resolved.Release))], cancel).ConfigureAwait(false);
            foreach (var (track, resolved, hash) in missing)
            {
                var one = new OneImage(store.Sources, track, resolved, keys, Path.Combine(ground, track.Name), rootfs, toolbox, apt, runner);
                string built = await one.BuildAsync(step => progress.Report(new ImageProgress(track.Name, step)), cancel).ConfigureAwait(false);
                string at = store.FolderOf(track.Name, hash);
                Directory.CreateDirectory(Path.GetDirectoryName(at)!);
                if (Directory.Exists(at))
                    Directory.Delete(at, recursive: true); // it had lost a file
                Directory.Move(built, at);
                store.Remember(track.Name, resolved);
                images[track.Name] = ImageStore.ImageAt(track, resolved, at, hash);
            }
        }
        return [.. tracks.Select(t => images[t.Name])];
    }

    /// <summary>The newest kernel that the archive has for the track, and what goes with it.</summary>
    private static async Task<ResolvedTrack> ResolveAsync(Apt apt, KernelTrack track, CancellationToken cancel)
    {
        var found = await apt.FindAsync(track.Kernel, cancel).ConfigureAwait(false);
        if (found.Count == 0)
            throw new ImageException($"track {track.Name} has left the Debian archive: no package matches {track.Kernel} in {string.Join(", ", track.Suites)}");
        var (kernel, version) = found.MaxBy(f => f.Value, Comparer<string>.Create(CompareVersions));
        string[] packages = [kernel, .. track.Modules.Select(m => Named(m, version)), .. track.Headers.Select(h => Named(h, version))];
        return new ResolvedTrack(version + "-arm64", await apt.VersionsAsync(packages, cancel).ConfigureAwait(false));
    }

    internal static string Named(string pattern, string version) =>
        pattern.Replace("{version}", version.EndsWith("-arm64", StringComparison.Ordinal) ? version[..^"-arm64".Length] : version, StringComparison.Ordinal);

    /// <summary>By the numbers in them: 7.2.9 comes before 7.2.12.</summary>
    internal static int CompareVersions(string a, string b)
    {
        int[] x = Numbers(a), y = Numbers(b);
        for (int i = 0; i < Math.Min(x.Length, y.Length); i++)
            if (x[i] != y[i])
                return x[i].CompareTo(y[i]);
        return x.Length.CompareTo(y.Length);

        static int[] Numbers(string version) => [.. Regex.Matches(version, "[0-9]+").Select(m => int.Parse(m.Value, System.Globalization.CultureInfo.InvariantCulture))];
    }

    private async Task<FileStream> OnlyBuilderAsync(IProgress<ImageProgress> progress, CancellationToken cancel)
    {
        // EWOULDBLOCK of flock(2): .NET keeps the errno. Whatever else is wrong with the file won't go away by waiting.
        const int InUse = 11;
        for (bool told = false; ; told = true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(Path.Combine(store.Folder, "build.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult == InUse)
            {
                if (!told)
                    progress.Report(new ImageProgress("", "waiting for another build in the same cache"));
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancel).ConfigureAwait(false);
            }
        }
    }
}
