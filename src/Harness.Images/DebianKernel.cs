using Harness.Processes;

namespace Harness.Images;

/// <summary>A kernel of the Debian archive: fetched, unpacked, and the exporter compiled for it.</summary>
/// <param name="sources">The recipe and the exporter.</param>
/// <param name="track">The track.</param>
/// <param name="resolved">Its packages.</param>
/// <param name="ground">A folder to unpack in, named as the image.</param>
/// <param name="toolbox">The tree to compile in.</param>
/// <param name="apt">Downloads.</param>
/// <param name="pool">Has packages that are in no index.</param>
/// <param name="runner">Starts dpkg-deb and make.</param>
internal sealed class DebianKernel(
    ImageSources sources,
    KernelTrack track,
    ResolvedTrack resolved,
    string ground,
    string toolbox,
    Apt apt,
    ArchivePool pool,
    IProcessRunner runner
)
{
    // Packages for the toolbox instead of the kernel's folder.
    private static readonly string[] ForBuilding = ["linux-headers-", "linux-kbuild-"];

    public async Task<KernelParts> PrepareAsync(Action<string> step, CancellationToken cancel)
    {
        string kernel = Directory.CreateDirectory(Path.Combine(ground, "kernel")).FullName;
        step("downloading the kernel " + resolved.Release);
        string? gone = await UnpackAsync(kernel, _ => true, cancel).ConfigureAwait(false);

        string? module = null,
            variant = null;
        if (gone is null)
        {
            step("compiling the exporter module and the VFIO variant driver");
            module = await CompileInsideAsync(
                    new ModuleSources(sources.Exporter, GuestImage.Exporter, runner),
                    "exporter",
                    cancel
                )
                .ConfigureAwait(false);
            variant = await CompileInsideAsync(
                    new ModuleSources(sources.Variant, GuestImage.Variant, runner),
                    "variant",
                    cancel
                )
                .ConfigureAwait(false);
        }
        var tree = new ModuleTree(kernel);
        var modules = ModulesIn(tree);
        return new KernelParts(
            Directory
                .EnumerateFiles(kernel, "vmlinuz*", SearchOption.AllDirectories)
                .FirstOrDefault(f => new FileInfo(f).LinkTarget is null)
                ?? throw Missing("vmlinuz*"),
            modules,
            module,
            gone is null ? null : $"the archive's pool no longer has {gone}: the exporter can't be compiled"
        )
        {
            Variant = variant,
            Changelog = ChangelogIn(kernel) ?? await ChangelogOfBaseAsync(cancel).ConfigureAwait(false),
            Optional =
            [
                .. tree.InOrder(sources.Recipe.Rootfs.Optional ?? [])
                    .Where(o => modules.All(m => m.Key.Replace('-', '_') != o.Key)),
            ],
        };
    }

    /// <summary>Compiles a module that is in no image. Returns its path.</summary>
    /// <exception cref="ImageException">It can't be compiled, or the headers have left the archive.</exception>
    public async Task<string> CompileAsync(
        ModuleSources module,
        string name,
        Action<string> step,
        CancellationToken cancel
    )
    {
        step("downloading the headers of " + resolved.Release);
        if (await UnpackAsync(toolbox, IsForBuilding, cancel).ConfigureAwait(false) is { } gone)
            throw new ImageException($"the archive's pool no longer has {gone}: {name} can't be compiled");
        step($"compiling the module {name}");
        return await CompileInsideAsync(module, name, cancel).ConfigureAwait(false);
    }

    private Task<string> CompileInsideAsync(ModuleSources module, string name, CancellationToken cancel) =>
        module.CompileInsideAsync(
            toolbox,
            $"{name}-{Path.GetFileName(ground)}",
            resolved.Release,
            sources.Recipe.Toolbox.Compiler,
            cancel
        );

    /// <summary>
    /// Downloads packages and unpacks them: what is for building into the toolbox. Returns the first of those that has
    /// left the archive.
    /// </summary>
    private async Task<string?> UnpackAsync(string kernel, Func<string, bool> wanted, CancellationToken cancel)
    {
        string debs = Directory.CreateDirectory(Path.Combine(ground, "debs")).FullName;
        string[] listed = [.. resolved.Packages.Where(p => wanted(p.Key)).Select(p => $"{p.Key}={p.Value}")];
        if (listed.Length > 0)
            await apt.DownloadAsync(listed, debs, cancel).ConfigureAwait(false);
        string? gone = null;
        foreach (var file in resolved.Pool.Where(f => wanted(f.Package)))
        {
            if (await pool.FetchAsync(file, debs, cancel).ConfigureAwait(false) is not null)
                continue;
            if (!IsForBuilding(file.Name))
                throw new TrackGoneException(
                    Path.GetFileName(ground),
                    $"{file.Name}, without which the kernel {resolved.Release} does not boot, has left the Debian archive (harness images build --refresh looks for another)"
                );
            gone ??= file.Name;
        }
        foreach (string deb in Directory.EnumerateFiles(debs, "*.deb"))
            await runner
                .RunAsync("dpkg-deb", ["-x", deb, IsForBuilding(Path.GetFileName(deb)) ? toolbox : kernel], cancel)
                .ConfigureAwait(false);
        Directory.Delete(debs, recursive: true);
        return gone;
    }

    private IReadOnlyList<KeyValuePair<string, string>> ModulesIn(ModuleTree tree) =>
        [
            .. from module in track.Loads.Concat(sources.Recipe.Rootfs.Modules)
            where tree.Find(module) is not null || !tree.IsBuiltIn(module)
            select KeyValuePair.Create(module, tree.Find(module) ?? throw Missing(module + ".ko")),
        ];

    /// <summary>In the kernel's package: changelog.Debian.gz, or changelog.gz for a package native to Debian.</summary>
    private static string? ChangelogIn(string kernel) =>
        Path.Combine(kernel, "usr/share/doc") is var docs && Directory.Exists(docs)
            ? Directory
                .EnumerateFiles(docs, "changelog*.gz", SearchOption.AllDirectories)
                .Where(f => new FileInfo(f).LinkTarget is null)
                .Order(StringComparer.Ordinal)
                .FirstOrDefault()
            : null;

    /// <summary>
    /// From 6.19 on the packages of a kernel share the documentation of one that contains nothing else that a guest
    /// needs.
    /// </summary>
    private async Task<string?> ChangelogOfBaseAsync(CancellationToken cancel)
    {
        string package = "linux-base-" + resolved.Release;
        if (!(await apt.NamesAsync(cancel).ConfigureAwait(false)).Contains(package))
            return null;
        string at = Directory.CreateDirectory(Path.Combine(ground, "base")).FullName,
            files = Path.Combine(at, "files");
        await apt.DownloadAsync([package], at, cancel).ConfigureAwait(false);
        foreach (string deb in Directory.EnumerateFiles(at, "*.deb"))
            await runner.RunAsync("dpkg-deb", ["-x", deb, files], cancel).ConfigureAwait(false);
        return ChangelogIn(files);
    }

    private static bool IsForBuilding(string deb) => ForBuilding.Any(p => deb.StartsWith(p, StringComparison.Ordinal));

    private ImageException Missing(string file) =>
        new($"track {track.Name}: no {file} in {string.Join(", ", resolved.Packages.Keys)}");
}
