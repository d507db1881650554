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
/// <param name="resolved">The packages, and the compiler among them.</param>
/// <param name="fragments">The files of its configuration.</param>
/// <param name="cache">The folder of such kernels.</param>
/// <param name="runner">Starts dpkg-deb, tar and make.</param>
internal sealed class BuiltKernel(
    KernelTrack track,
    ResolvedTrack resolved,
    IReadOnlyList<string> fragments,
    string cache,
    IProcessRunner runner
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
            foreach (var (name, version) in resolved.Packages.OrderBy(p => p.Key, StringComparer.Ordinal))
                hash.AppendData(Encoding.UTF8.GetBytes($"{name}={version}\n"));
            foreach (string fragment in fragments)
                hash.AppendData(File.ReadAllBytes(fragment));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>The versions that decide about the kernel: its source's and the compiler's.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> VersionsAsync(
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

    /// <summary>The kernel, built if it is not there.</summary>
    /// <param name="archives">Have the source.</param>
    /// <param name="ground">A folder to build in.</param>
    /// <param name="step">Called for each step, and twice a minute while it is compiled.</param>
    /// <param name="cancel">Stops it; nothing incomplete remains.</param>
    /// <exception cref="ImageException">It can't be built.</exception>
    public async Task<LocalKernel> EnsureAsync(
        KernelArchives archives,
        string ground,
        Action<string> step,
        CancellationToken cancel
    )
    {
        if (!Directory.Exists(Folder))
            await BuildAsync(archives, ground, step, cancel).ConfigureAwait(false);
        return new LocalKernel(Folder);
    }

    private async Task BuildAsync(KernelArchives archives, string ground, Action<string> step, CancellationToken cancel)
    {
        string package = Directory.CreateDirectory(Path.Combine(ground, "package")).FullName,
            tree = Directory.CreateDirectory(Path.Combine(ground, "tree")).FullName,
            kept = Directory.CreateDirectory(Path.Combine(ground, "kept")).FullName;
        step($"downloading {track.Source} {resolved.Packages[track.Source!]}");
        await archives
            .DownloadAsync(track.Source!, resolved.Packages[track.Source!], package, cancel)
            .ConfigureAwait(false);
        step("unpacking the source");
        foreach (string deb in Directory.EnumerateFiles(package, "*.deb"))
            await runner.RunAsync("dpkg-deb", ["--extract", deb, package], cancel).ConfigureAwait(false);
        var source = new KernelSource(tree, Environment.ProcessorCount, runner);
        await source.UnpackAsync(package, cancel).ConfigureAwait(false);
        Directory.Delete(package, recursive: true);
        await source.ConfigureAsync(fragments, cancel).ConfigureAwait(false);
        step("compiling the kernel: 15 minutes of processor time");
        await Watched(source, source.MakeAsync(["Image", "modules"], cancel), step).ConfigureAwait(false);
        Keep(tree, kept);
        Directory.CreateDirectory(cache);
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
