using Harness.Processes;

namespace Harness.Images;

/// <summary>One build of some images, in a folder that is removed afterwards.</summary>
/// <param name="store">The store for the images.</param>
/// <param name="runner">Starts apt, mmdebstrap, make, cpio and zstd.</param>
/// <param name="ground">The folder.</param>
/// <param name="progress">Called for each step.</param>
internal sealed class ImageBuildDirectory(
    ImageStore store,
    IProcessRunner runner,
    string ground,
    IProgress<ImageProgress> progress
)
{
    private readonly DebianSuites _debian = new();
    private KernelArchives? _archives;

    private ImageRecipe Recipe => store.Sources.Recipe;

    /// <summary>The current content of the archive. It is only queried when a build needs it.</summary>
    public KernelArchives Archives =>
        _archives ??= new KernelArchives(store.Folder, Recipe, _debian, runner, step =>
            progress.Report(new ImageProgress("", step))
        );

    /// <inheritdoc cref="ImageBuilder.BuildEachAsync"/>
    public async Task<IReadOnlyList<ImageResult>> BuildAsync(
        IReadOnlyList<ImageOrder> wanted,
        bool refresh,
        CancellationToken cancel
    )
    {
        var keys = await ImageKeys.EnsureAsync(store.KeysFolder, runner, cancel).ConfigureAwait(false);
        var results = new Dictionary<string, ImageResult>();
        var missing = new List<Plan>();
        foreach (var order in wanted)
        {
            try
            {
                if ((refresh || order.Local is not null ? null : store.FindIntact(order)) is { } there)
                    results[order.Key] = new ImageResult(order.Key, there, null);
                else if (
                    await PlanAsync(order, refresh, keys, cancel).ConfigureAwait(false) is var plan
                    && IsThere(plan, refresh)
                )
                    results[order.Key] = Finished(plan);
                else
                    missing.Add(plan);
            }
            catch (ImageException e) when (Archives.Answered || order.Local is not null)
            {
                results[order.Key] = Failed(order.Key, e, wanted.Count > 1);
            }
        }
        string? toolbox = missing.Any(m => m.Order.IsPackaged)
            ? await ToolboxAsync(missing, cancel).ConfigureAwait(false)
            : null;
        foreach (var plan in missing)
        {
            string rootfs = await RootfsAsync(plan.Resolved, cancel).ConfigureAwait(false);
            string at = Path.Combine(ground, plan.Key);
            Directory.CreateDirectory(at);
            void Step(string step) => progress.Report(new ImageProgress(plan.Key, step));
            try
            {
                var local = plan.Order.Built?.Kernel ?? plan.Order.Local;
                var parts = local is not null
                    ? await LocalPartsAsync(local, at, Step, cancel).ConfigureAwait(false)
                    : await (await DebianAsync(plan, at, toolbox!, Step, cancel).ConfigureAwait(false))
                        .PrepareAsync(Step, cancel)
                        .ConfigureAwait(false);
                string built = await new OneImage(store.Sources, keys, at, rootfs, runner)
                    .BuildAsync(parts, Step, cancel)
                    .ConfigureAwait(false);
                Directory.CreateDirectory(Path.GetDirectoryName(plan.At)!);
                if (Directory.Exists(plan.At))
                    Directory.Delete(plan.At, recursive: true); // an incomplete one, or one without an exporter
                Directory.Move(built, plan.At);
                results[plan.Key] = Finished(
                    local is null || plan.Order.Local is not null
                        ? plan
                        : plan with
                        {
                            Resolved = plan.Resolved with { Release = new LocalTree(local, Recipe.Rootfs).Release },
                        }
                );
            }
            catch (ImageException e)
            {
                results[plan.Key] = Failed(plan.Key, e, wanted.Count > 1);
            }
            Directory.Delete(at, recursive: true);
        }
        return [.. wanted.Select(w => results[w.Key])];
    }

    /// <summary>
    /// A module that is in no image, for the kernel of a built one, from packages of the archive. Returns its path.
    /// </summary>
    public async Task<string> CompileAsync(GuestImage image, string folder, string file, CancellationToken cancel)
    {
        var plan = new Plan(
            ImageOrder.Of(image.Track, store.Sources),
            store.Resolved(image.Track)!,
            image.ContentHash,
            image.Folder
        );
        if (!plan.Order.IsPackaged)
            throw new ImageException(
                $"{file} is compiled for a kernel of Debian's packages, which {image.Track} is not"
            );
        string at = Directory.CreateDirectory(Path.Combine(ground, plan.Key)).FullName;
        void Step(string step) => progress.Report(new ImageProgress(plan.Key, step));
        await Archives.RootfsAsync(cancel).ConfigureAwait(false); // the indexes are brought up to date
        string toolbox = await ToolboxAsync([plan], cancel).ConfigureAwait(false);
        return await (await DebianAsync(plan, at, toolbox, Step, cancel).ConfigureAwait(false))
            .CompileAsync(new ModuleSources(folder, file, runner), Path.GetFileNameWithoutExtension(file), Step, cancel)
            .ConfigureAwait(false);
    }

    private async Task<DebianKernel> DebianAsync(
        Plan plan,
        string at,
        string toolbox,
        Action<string> step,
        CancellationToken cancel
    ) =>
        new(
            store.Sources,
            plan.Order.Track,
            plan.Resolved,
            at,
            toolbox,
            await Archives.AptAsync(plan.Resolved, cancel).ConfigureAwait(false),
            await PoolAsync(plan, step, cancel).ConfigureAwait(false),
            runner
        );

    private async Task<Plan> PlanAsync(ImageOrder order, bool refresh, ImageKeys keys, CancellationToken cancel)
    {
        var before = refresh ? null : store.Resolved(order.Key);
        string? digest = null;
        ResolvedTrack resolved;
        if (order.Local is { } local)
        {
            var tree = new LocalTree(local, Recipe.Rootfs);
            digest = tree.Digest();
            // A user who rebuilds a kernel often should not wait for the archive each time.
            var rootfs =
                before is not null && File.Exists(store.RootfsPath(before))
                    ? before.Rootfs
                    : await Archives.RootfsAsync(cancel).ConfigureAwait(false);
            resolved = new ResolvedTrack(tree.Release, new Dictionary<string, string>(), rootfs, [], null);
        }
        else if (order.Built is { } built)
        {
            resolved = new ResolvedTrack(
                before?.Release ?? "",
                built.Versions,
                await Archives.RootfsAsync(cancel).ConfigureAwait(false),
                [],
                null
            );
        }
        else
        {
            // Point releases are removed from the archive: what the last build used may be gone.
            resolved = await Archives
                .ResolveAsync(order.Track, ImageKey.Parse(order.Key), before, cancel)
                .ConfigureAwait(false);
        }
        string hash = store.Sources.HashOf(order.Track, resolved, keys, digest);
        return new Plan(order, resolved, hash, store.FolderOf(order.Key, hash));
    }

    /// <summary>
    /// An image without its exporter is rebuilt if newer packages are requested, or if no known reason prevents it: its
    /// headers may exist now, or the tree may have been fixed.
    /// </summary>
    private bool IsThere(Plan plan, bool refresh)
    {
        if (!GuestImage.IsWhole(plan.At) || GuestImage.IsDamaged(plan.At))
            return false;
        string? why = ImageStore.ImageAt(plan.Key, plan.Resolved, plan.At, plan.Hash).NoExporter;
        return why is null
            || (plan.Order.Local is { } local ? new LocalTree(local, Recipe.Rootfs).NoExporter == why : !refresh);
    }

    private async Task<KernelParts> LocalPartsAsync(
        LocalKernel local,
        string at,
        Action<string> step,
        CancellationToken cancel
    )
    {
        var tree = new LocalTree(local, Recipe.Rootfs);
        step($"kernel {tree.Release}, {tree.Modules.Count} modules");
        if (tree.LackingOptions is { Count: > 0 } lacking)
            step($"the guest needs options that {tree.Configuration} has not: {string.Join(", ", lacking)}");
        if (tree.NoExporter is { } why)
            return new KernelParts(tree.Image, tree.Modules, null, why) { Optional = tree.Optional };
        step("compiling the exporter module");
        try
        {
            string module = await new ModuleSources(store.Sources.Exporter, GuestImage.Exporter, runner)
                .CompileAsync(tree.Headers!, tree.Configuration!, Path.Combine(at, "exporter"), cancel)
                .ConfigureAwait(false);
            return new KernelParts(tree.Image, tree.Modules, module, null)
            {
                Optional = tree.Optional,
                Variant = await LocalVariantAsync(tree, at, step, cancel).ConfigureAwait(false),
            };
        }
        // A tree that was cleaned, or built by a compiler that is not installed here, still has its kernel.
        catch (ImageException e)
        {
            return new KernelParts(
                tree.Image,
                tree.Modules,
                null,
                $"it can't be compiled against {tree.Headers}: {e.Message}"
            )
            {
                Optional = tree.Optional,
            };
        }
    }

    private async Task<string?> LocalVariantAsync(
        LocalTree tree,
        string at,
        Action<string> step,
        CancellationToken cancel
    )
    {
        if (!tree.HasVfioCore)
            return null;
        try
        {
            return await new ModuleSources(store.Sources.Variant, GuestImage.Variant, runner)
                .CompileAsync(tree.Headers!, tree.Configuration!, Path.Combine(at, "variant"), cancel)
                .ConfigureAwait(false);
        }
        // A newer kernel may have changed what variant drivers are built on: all other cases run there.
        catch (ImageException e)
        {
            step($"the image gets no VFIO variant driver: {e.Message}");
            return null;
        }
    }

    private async Task<string> RootfsAsync(ResolvedTrack resolved, CancellationToken cancel)
    {
        string path = store.RootfsPath(resolved);
        if (File.Exists(path))
            return path;
        progress.Report(new ImageProgress("", "unpacking the root file system's packages"));
        string tar = await new Bootstrap(_debian, runner)
            .TarAsync(
                Path.Combine(ground, "rootfs.tar"),
                "arm64",
                [Recipe.Rootfs.Suite],
                Recipe.Rootfs.Packages,
                cancel
            )
            .ConfigureAwait(false);
        await runner.RunAsync("zstd", ["-q", "-3", "-T0", "--rm", tar], cancel).ConfigureAwait(false);
        string folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        foreach (string older in Directory.EnumerateFiles(folder))
            File.Delete(older);
        File.Move(tar + ".zst", path);
        return path;
    }

    private async Task<ArchivePool> PoolAsync(Plan plan, Action<string> step, CancellationToken cancel) =>
        new(
            Archives.Pools(plan.Resolved),
            store.Sources.PoolHashes,
            store.PoolRecord,
            await Archives.AptAsync(plan.Resolved, cancel).ConfigureAwait(false),
            step
        );

    private async Task<string> ToolboxAsync(List<Plan> missing, CancellationToken cancel)
    {
        progress.Report(new ImageProgress("", "unpacking the compiler"));
        return await new Bootstrap(_debian, runner)
            .TreeAsync(
                Path.Combine(ground, "toolbox"),
                [
                    .. missing
                        .SelectMany(m => KernelArchives.SuitesOf(m.Order.Track, m.Resolved))
                        .Prepend(Recipe.Toolbox.Suite)
                        .Distinct(),
                ],
                [.. Recipe.Toolbox.Packages, .. missing.Select(m => m.Resolved.Kbuild).OfType<string>().Distinct()],
                cancel
            )
            .ConfigureAwait(false);
    }

    private ImageResult Finished(Plan plan)
    {
        store.Remember(plan.Key, plan.Resolved);
        return new ImageResult(plan.Key, ImageStore.ImageAt(plan.Key, plan.Resolved, plan.At, plan.Hash), null);
    }

    // The problem of a single image is reported at the end.
    private ImageResult Failed(string key, ImageException problem, bool several)
    {
        if (several)
            progress.Report(new ImageProgress(key, "no image: " + problem.Message));
        return new ImageResult(key, null, problem);
    }

    private sealed record Plan(ImageOrder Order, ResolvedTrack Resolved, string Hash, string At)
    {
        public string Key => Order.Key;
    }
}
