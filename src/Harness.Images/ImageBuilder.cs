using System.Security.Cryptography;
using System.Text;
using Harness.Processes;

namespace Harness.Images;

/// <summary>
/// Builds guest images. Existing images are used as they are; a new one appears complete, under its content's hash, or
/// not at all.
/// </summary>
/// <param name="store">The store for the images.</param>
/// <param name="runner">Starts apt, mmdebstrap, make, cpio and zstd.</param>
public sealed class ImageBuilder(ImageStore store, IProcessRunner runner)
{
    private ImageRecipe Recipe => store.Sources.Recipe;

    /// <summary>Builds all requested images.</summary>
    /// <param name="keys">Names in tracks.json, or point releases of them: "7.2", "7.2@7.2.9".</param>
    /// <param name="refresh">
    /// Query the archive for a track's newest packages, instead of using those of the last build.
    /// </param>
    /// <param name="progress">Called for each step.</param>
    /// <param name="cancel">Stops the build; nothing incomplete remains.</param>
    /// <exception cref="ImageException">
    /// One can't be built: the first of <see cref="BuildEachAsync"/>'s problems. The others are built.
    /// </exception>
    public async Task<IReadOnlyList<GuestImage>> BuildAsync(
        IReadOnlyList<string> keys,
        bool refresh,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        var results = await BuildEachAsync(keys, refresh, progress, cancel).ConfigureAwait(false);
        return results.Select(r => r.Problem).FirstOrDefault(p => p is not null) is { } problem
            ? throw problem
            : [.. results.Select(r => r.Image!)];
    }

    /// <summary>
    /// Builds each of the requested images, or returns why it can't be built: a problem of one does not stop the
    /// others.
    /// </summary>
    /// <returns>In the order of the keys.</returns>
    /// <exception cref="ImageException">
    /// None can be built: the archive can't be reached, a program is missing, a key is not a track.
    /// </exception>
    /// <inheritdoc cref="BuildAsync"/>
    public async Task<IReadOnlyList<ImageResult>> BuildEachAsync(
        IReadOnlyList<string> keys,
        bool refresh,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        ImageOrder[] wanted = [.. keys.Distinct().Select(k => ImageOrder.Of(k, store.Sources))];
        return await BuildEachAsync(wanted, refresh, progress, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Builds an image of a kernel that the user built. If none of its inputs has changed, the existing image is
    /// returned.
    /// </summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="progress">
    /// Called for each step, for options that the kernel lacks, and with the reason if the image has no exporter.
    /// </param>
    /// <param name="cancel">Stops the build; nothing incomplete remains.</param>
    /// <exception cref="ImageException">The path is not a kernel, or the image can't be built.</exception>
    public async Task<GuestImage> BuildAsync(
        LocalKernel kernel,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        var result = (
            await BuildEachAsync([ImageOrder.Of(kernel)], false, progress, cancel).ConfigureAwait(false)
        ).Single();
        return result.Image ?? throw result.Problem!;
    }

    /// <summary>
    /// Compiles a kernel module that is in no image, for the kernel of one. A module of the same sources and image that
    /// was compiled before is returned.
    /// </summary>
    /// <param name="image">An image of Debian's kernel.</param>
    /// <param name="folder">The module's sources, with a Makefile for Kbuild.</param>
    /// <param name="file">What is made of them: "NAME.ko".</param>
    /// <param name="progress">Called for each step.</param>
    /// <param name="cancel">Stops it; nothing incomplete remains.</param>
    /// <returns>The path of the module.</returns>
    /// <exception cref="ImageException">It can't be compiled, or the archive can't be reached.</exception>
    public async Task<string> CompileAsync(
        GuestImage image,
        string folder,
        string file,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        string inputs = string.Join(
            '\n',
            [
                image.ContentHash,
                .. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(FileHash.Sha256),
            ]
        );
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(inputs)));
        string path = Path.Combine(store.Folder, "modules", $"{image.Track}-{hash[..16]}-{file}");
        if (File.Exists(path))
            return path;
        return await BuildAloneAsync(
                progress,
                async ground =>
                {
                    string module = await new ImageBuildDirectory(store, runner, ground, progress)
                        .CompileAsync(image, folder, file, cancel)
                        .ConfigureAwait(false);
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    File.Move(module, path, overwrite: true);
                    return path;
                },
                cancel
            )
            .ConfigureAwait(false);
    }

    /// <summary>Downloads a package of the tracks' suites and unpacks it.</summary>
    /// <param name="package">Its name: "linux-source-6.12".</param>
    /// <param name="into">An existing folder.</param>
    /// <param name="progress">Called for each step.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ImageException">The archive can't be reached, or has no such package.</exception>
    public async Task UnpackAsync(
        string package,
        string into,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    ) =>
        await BuildAloneAsync(
                progress,
                async ground =>
                {
                    var archives = new ImageBuildDirectory(store, runner, ground, progress).Archives;
                    await archives.DownloadAsync(package, ground, cancel).ConfigureAwait(false);
                    foreach (string deb in Directory.EnumerateFiles(ground, "*.deb"))
                        await runner.RunAsync("dpkg-deb", ["--extract", deb, into], cancel).ConfigureAwait(false);
                    return true;
                },
                cancel
            )
            .ConfigureAwait(false);

    private async Task<IReadOnlyList<ImageResult>> BuildEachAsync(
        ImageOrder[] wanted,
        bool refresh,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        var there = refresh ? [] : wanted.Where(w => w.Local is null).Select(store.FindIntact).ToArray();
        if (there.Length == wanted.Length && there.All(i => i is not null))
            return [.. wanted.Zip(there, (w, i) => new ImageResult(w.Key, i, null))];
        var orders = new List<ImageOrder>();
        var failed = new List<ImageResult>();
        foreach (var order in wanted)
        {
            try
            {
                orders.Add(
                    order.Track.Source is null || (!refresh && store.FindIntact(order) is not null)
                        ? order
                        : order with
                        {
                            Built = await BuiltKernel
                                .EnsureAsync(order.Track, store, runner, progress, cancel)
                                .ConfigureAwait(false),
                        }
                );
            }
            catch (ImageException e) when (wanted.Length > 1)
            {
                progress.Report(new ImageProgress(order.Key, "no image: " + e.Message));
                failed.Add(new ImageResult(order.Key, null, e));
            }
        }
        var built = await BuildAloneAsync(
                progress,
                ground => new ImageBuildDirectory(store, runner, ground, progress).BuildAsync(orders, refresh, cancel),
                cancel
            )
            .ConfigureAwait(false);
        var results = built.Concat(failed).ToDictionary(r => r.Key);
        return [.. wanted.Select(w => results[w.Key])];
    }

    /// <summary>
    /// The kernels that the archive currently has for some tracks, the oldest first, tracks in one sequence. They are
    /// in signed indexes: those of the tracks' suites, and of the suites that have more of their point releases.
    /// </summary>
    /// <param name="tracks">Names in tracks.json.</param>
    /// <param name="progress">Called for each step.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="ImageException">There is no such track, or the archive can't be reached.</exception>
    public async Task<IReadOnlyList<PointRelease>> PointReleasesAsync(
        IReadOnlyList<string> tracks,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        var entries = tracks.Distinct().Select(Recipe.Track).ToList();
        return await BuildAloneAsync(
                progress,
                async ground =>
                {
                    var archives = new ImageBuildDirectory(store, runner, ground, progress).Archives;
                    var found = new List<PointRelease>();
                    foreach (var track in entries)
                        found.AddRange(await archives.PointReleasesAsync(track, cancel).ConfigureAwait(false));
                    return (IReadOnlyList<PointRelease>)
                        [.. found.OrderBy(p => p.Version, Comparer<string>.Create(KernelArchive.CompareVersions))];
                },
                cancel
            )
            .ConfigureAwait(false);
    }

    /// <summary>Builds something else in the cache, with the archive, in a folder that is removed afterwards.</summary>
    internal Task<T> AloneAsync<T>(
        IProgress<ImageProgress> progress,
        Func<string, KernelArchives, Task<T>> build,
        CancellationToken cancel
    ) =>
        BuildAloneAsync(
            progress,
            ground => build(ground, new ImageBuildDirectory(store, runner, ground, progress).Archives),
            cancel
        );

    private async Task<T> BuildAloneAsync<T>(
        IProgress<ImageProgress> progress,
        Func<string, Task<T>> build,
        CancellationToken cancel
    )
    {
        using var mine = await CacheLock
            .TakeAsync(
                Path.Combine(store.Folder, "build.lock"),
                () => progress.Report(new ImageProgress("", "waiting for another build in the same cache")),
                cancel
            )
            .ConfigureAwait(false);
        foreach (
            string left in Directory
                .EnumerateDirectories(store.Folder, "building-*")
                .Concat(Directory.EnumerateDirectories(store.Folder, "keys.part-*"))
        )
            Directory.Delete(left, recursive: true);
        string ground = Path.Combine(store.Folder, "building-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(ground);
        try
        {
            return await build(ground).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(ground, recursive: true);
        }
    }
}
