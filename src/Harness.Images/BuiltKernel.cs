using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Processes;

namespace Harness.Images;

/// <summary>
/// A track's kernel, built from the archive's source: kept in the cache with what modules are compiled against, by the
/// version of the source, the configuration and the compiler.
/// </summary>
/// <param name="track">The track.</param>
/// <param name="versions">Of its source's package and of the compiler.</param>
/// <param name="fragments">The files of its configuration.</param>
/// <param name="cache">The folder of such kernels.</param>
internal sealed class BuiltKernel(
    KernelTrack track,
    IReadOnlyDictionary<string, string> versions,
    IReadOnlyList<string> fragments,
    string cache
)
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(30);

    // What is left of a tree: the kernel, and what modules are compiled against.
    private static readonly string[] Kept =
    [
        ".config",
        "Makefile",
        "Module.symvers",
        "arch/arm64/Makefile",
        "arch/arm64/boot/Image",
        "arch/arm64/include",
        "include",
        "modules.builtin",
        "modules.builtin.modinfo",
        "scripts",
    ];

    /// <summary>The folder of the finished kernel.</summary>
    public string Folder => Path.Combine(cache, $"{track.Name}-{Key[..16]}");

    /// <summary>SHA-256, hex, over what decides about the kernel.</summary>
    public string Key
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var (name, version) in versions.OrderBy(p => p.Key, StringComparer.Ordinal))
                hash.AppendData(Encoding.UTF8.GetBytes($"{name}={version}\n"));
            foreach (string fragment in fragments)
                hash.AppendData(File.ReadAllBytes(fragment));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>What modules are compiled against, and images are made of.</summary>
    public LocalKernel Kernel => new(Folder);

    /// <summary>The versions that decide about the kernel: its source's and the compiler's.</summary>
    public IReadOnlyDictionary<string, string> Versions => versions;

    /// <summary>The kernel of a track, compiled if it is not there.</summary>
    /// <param name="track">The track.</param>
    /// <param name="store">The cache.</param>
    /// <param name="runner">Starts apt, dpkg-deb, tar and make.</param>
    /// <param name="progress">Called for each step, and twice a minute while it is compiled.</param>
    /// <param name="cancel">Stops it; nothing incomplete remains.</param>
    /// <exception cref="ImageException">It can't be built.</exception>
    public static Task<BuiltKernel> EnsureAsync(
        KernelTrack track,
        ImageStore store,
        IProcessRunner runner,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        var build = new SourceBuild(store, runner, $"kernels/{track.Name}", progress);
        void Step(string step) => progress.Report(new ImageProgress(track.Name, step));
        return build.RunAsync(
            async (ground, archives) =>
            {
                var versions = await VersionsAsync(track, archives, runner, cancel).ConfigureAwait(false);
                var kernel = new BuiltKernel(track, versions, store.Sources.FragmentsOf(track), store.KernelsFolder);
                if (!kernel.IsThere)
                    await build
                        .FetchAsync(archives, track.Source!, versions[track.Source!], ground, Step, cancel)
                        .ConfigureAwait(false);
                return kernel;
            },
            (ground, kernel) =>
                kernel.IsThere ? Task.CompletedTask : kernel.CompileAsync(build.TreeIn(ground), ground, Step, cancel),
            cancel
        );
    }

    private bool IsThere => Directory.Exists(Folder);

    private static async Task<IReadOnlyDictionary<string, string>> VersionsAsync(
        KernelTrack track,
        KernelArchives archives,
        IProcessRunner runner,
        CancellationToken cancel
    ) =>
        new Dictionary<string, string>
        {
            [track.Source!] = await archives.VersionAsync(track, track.Source!, cancel).ConfigureAwait(false),
            [KernelSource.Compiler] = await KernelSource.CompilerVersionAsync(runner, cancel).ConfigureAwait(false),
        };

    private async Task CompileAsync(KernelSource source, string ground, Action<string> step, CancellationToken cancel)
    {
        string kept = Directory.CreateDirectory(Path.Combine(ground, "kept")).FullName;
        await source.ConfigureAsync(fragments, cancel).ConfigureAwait(false);
        step("compiling the kernel: 15 minutes of processor time");
        await Watched(source, source.MakeAsync(["Image", "modules"], cancel), step).ConfigureAwait(false);
        Keep(source.Folder, kept);
        foreach (string older in Directory.EnumerateDirectories(cache, track.Name + "-*").Where(IsOfTrack))
            Directory.Delete(older, recursive: true);
        Directory.Move(kept, Folder);
    }

    /// <summary>"6.12-" is no part of "6.12-64k-".</summary>
    private bool IsOfTrack(string folder) => Path.GetFileName(folder).Length == Path.GetFileName(Folder).Length;

    private static async Task Watched(KernelSource source, Task make, Action<string> step)
    {
        while (await Task.WhenAny(make, Task.Delay(BetweenReports)).ConfigureAwait(false) != make)
            step(string.Create(CultureInfo.InvariantCulture, $"compiling the kernel: {source.Objects} objects"));
        await make.ConfigureAwait(false);
    }

    private static void Keep(string tree, string kept)
    {
        foreach (string name in Kept.Where(n => Path.Exists(Path.Combine(tree, n))))
            Move(Path.Combine(tree, name), Path.Combine(kept, name));
        foreach (string module in Directory.EnumerateFiles(tree, "*.ko", SearchOption.AllDirectories).ToList())
            Move(module, Path.Combine(kept, "modules", Path.GetFileName(module)));
    }

    private static void Move(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        Directory.Move(from, to); // also of a file: rename(2)
    }
}
