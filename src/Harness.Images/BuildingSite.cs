using Harness.Processes;

namespace Harness.Images;

/// <summary>One build of some images, in a folder that goes with it.</summary>
/// <param name="store">Where images go.</param>
/// <param name="runner">Starts apt, mmdebstrap, make, cpio and zstd.</param>
/// <param name="ground">The folder.</param>
/// <param name="progress">Told of each step.</param>
internal sealed class BuildingSite(ImageStore store, IProcessRunner runner, string ground, IProgress<ImageProgress> progress)
{
    private readonly string _mirror = DebianMirror.Find();

    private ImageRecipe Recipe => store.Sources.Recipe;

    /// <summary>Asks the archive what it has today in the suites of all tracks.</summary>
    public async Task<Apt> AskAsync(CancellationToken cancel)
    {
        var apt = new Apt(Path.Combine(store.Folder, "apt"), _mirror, runner);
        progress.Report(new ImageProgress("", "asking the Debian archive what it has"));
        await apt.UpdateAsync(Recipe.Tracks.SelectMany(t => t.Suites).Append(Recipe.Rootfs.Suite).Distinct(), cancel).ConfigureAwait(false);
        return apt;
    }

    /// <inheritdoc cref="ImageBuilder.BuildEachAsync"/>
    public async Task<IReadOnlyList<ImageResult>> BuildAsync(IReadOnlyList<string> wanted, bool refresh, CancellationToken cancel)
    {
        var keys = await ImageKeys.EnsureAsync(store.KeysFolder, runner, cancel).ConfigureAwait(false);
        var apt = await AskAsync(cancel).ConfigureAwait(false);

        var archive = new KernelArchive(apt);
        var results = new Dictionary<string, ImageResult>();
        var missing = new List<Plan>();
        foreach (string key in wanted)
        {
            try
            {
                if ((refresh ? null : store.Find(key)) is { } there)
                    results[key] = new ImageResult(key, there, null);
                else if (await PlanAsync(key, refresh, keys, archive, cancel).ConfigureAwait(false) is var plan && IsThere(plan, refresh))
                    results[key] = Finished(plan);
                else
                    missing.Add(plan);
            }
            catch (ImageException e)
            {
                results[key] = Failed(key, e);
            }
        }
        if (missing.Count > 0)
        {
            var (rootfs, toolbox) = await UnpackAsync(missing, cancel).ConfigureAwait(false);
            foreach (var plan in missing)
            {
                try
                {
                    var one = new OneImage(store.Sources, plan.Track, plan.Resolved, keys, Path.Combine(ground, plan.Key), rootfs, toolbox,
                        _mirror, store.PoolRecord, apt, runner);
                    string built = await one.BuildAsync(step => progress.Report(new ImageProgress(plan.Key, step)), cancel).ConfigureAwait(false);
                    Directory.CreateDirectory(Path.GetDirectoryName(plan.At)!);
                    if (Directory.Exists(plan.At))
                        Directory.Delete(plan.At, recursive: true); // it had lost a file
                    Directory.Move(built, plan.At);
                    results[plan.Key] = Finished(plan);
                }
                catch (ImageException e)
                {
                    results[plan.Key] = Failed(plan.Key, e);
                }
                Directory.Delete(Path.Combine(ground, plan.Key), recursive: true);
            }
        }
        return [.. wanted.Select(k => results[k])];
    }

    private async Task<Plan> PlanAsync(string key, bool refresh, ImageKeys keys, KernelArchive archive, CancellationToken cancel)
    {
        var track = Recipe.Track(key);
        // Point releases leave the archive: what the last build took may be there no more.
        var resolved = !refresh && store.Resolved(key) is { } before && await archive.HasAsync(before, cancel).ConfigureAwait(false)
            ? before with { Rootfs = await archive.RootfsAsync(Recipe.Rootfs, cancel).ConfigureAwait(false) }
            : await archive.ResolveAsync(track, ImageKey.Parse(key), Recipe.Rootfs, cancel).ConfigureAwait(false);
        string hash = store.Sources.HashOf(track, resolved, keys);
        return new Plan(key, track, resolved, hash, store.FolderOf(key, hash));
    }

    /// <summary>An image without its exporter is built again where newer packages are looked for: its headers may be there now.</summary>
    private static bool IsThere(Plan plan, bool refresh) =>
        GuestImage.IsWhole(plan.At) && !(refresh && File.Exists(Path.Combine(plan.At, GuestImage.ExporterMissing)));

    private async Task<(string Rootfs, string Toolbox)> UnpackAsync(List<Plan> missing, CancellationToken cancel)
    {
        var bootstrap = new Bootstrap(_mirror, runner);
        progress.Report(new ImageProgress("", "unpacking the root file system's packages"));
        string rootfs = await bootstrap.TarAsync(Path.Combine(ground, "rootfs.tar"), "arm64", [Recipe.Rootfs.Suite],
            Recipe.Rootfs.Packages, cancel).ConfigureAwait(false);
        progress.Report(new ImageProgress("", "unpacking the compiler"));
        string toolbox = await bootstrap.TreeAsync(Path.Combine(ground, "toolbox"),
            [.. missing.SelectMany(m => m.Track.Suites).Prepend(Recipe.Toolbox.Suite).Distinct()],
            [.. Recipe.Toolbox.Packages, .. missing.Select(m => m.Resolved.Kbuild).OfType<string>().Distinct()], cancel).ConfigureAwait(false);
        return (rootfs, toolbox);
    }

    private ImageResult Finished(Plan plan)
    {
        store.Remember(plan.Key, plan.Resolved);
        return new ImageResult(plan.Key, ImageStore.ImageAt(plan.Key, plan.Resolved, plan.At, plan.Hash), null);
    }

    private ImageResult Failed(string key, ImageException problem)
    {
        progress.Report(new ImageProgress(key, "no image: " + problem.Message));
        return new ImageResult(key, null, problem);
    }

    private sealed record Plan(string Key, KernelTrack Track, ResolvedTrack Resolved, string Hash, string At);
}
