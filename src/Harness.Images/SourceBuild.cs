using Harness.Processes;

namespace Harness.Images;

/// <summary>
/// A build from a linux-source package, which takes minutes: the cache is locked for others while the package is
/// downloaded, and no longer. Only a second build of the same waits until this one is done.
/// </summary>
/// <param name="store">The cache.</param>
/// <param name="runner">Starts apt, dpkg-deb and tar.</param>
/// <param name="name">What is built, a path in the cache: "kernels/6.12-64k".</param>
/// <param name="progress">Called for each step.</param>
internal sealed class SourceBuild(
    ImageStore store,
    IProcessRunner runner,
    string name,
    IProgress<ImageProgress> progress
)
{
    private readonly string _path = Path.Combine(store.Folder, name);

    /// <summary>Prepares under the cache's lock, and compiles without it.</summary>
    /// <param name="prepare">Downloads into the folder it is given, if there is something to build.</param>
    /// <param name="compile">Compiles in that folder.</param>
    /// <param name="cancel">Stops it; nothing incomplete remains.</param>
    public async Task<T> RunAsync<T>(
        Func<string, KernelArchives, Task<T>> prepare,
        Func<string, T, Task> compile,
        CancellationToken cancel
    )
    {
        void Waiting() => progress.Report(new ImageProgress("", $"waiting for another build of {name}"));
        using var mine = await CacheLock.TakeAsync(_path + ".lock", Waiting, cancel).ConfigureAwait(false);
        string ground = _path + ".building";
        Remove(ground); // of a build that was killed
        Directory.CreateDirectory(ground);
        try
        {
            var what = await new ImageBuilder(store, runner)
                .AloneAsync(progress, (_, archives) => prepare(ground, archives), cancel)
                .ConfigureAwait(false);
            await compile(ground, what).ConfigureAwait(false);
            return what;
        }
        finally
        {
            Remove(ground);
        }
    }

    /// <summary>Downloads a source package and unpacks its tree.</summary>
    /// <param name="archives">Have the package.</param>
    /// <param name="package">Its name: "linux-source-6.12".</param>
    /// <param name="version">Its version.</param>
    /// <param name="ground">The folder of this build.</param>
    /// <param name="step">Called for each step.</param>
    /// <param name="cancel">Stops it.</param>
    /// <param name="parts">Files and folders of the tree; null for all of it.</param>
    public async Task FetchAsync(
        KernelArchives archives,
        string package,
        string version,
        string ground,
        Action<string> step,
        CancellationToken cancel,
        IReadOnlyList<string>? parts = null
    )
    {
        string into = Directory.CreateDirectory(Path.Combine(ground, "package")).FullName;
        step($"downloading {package} {version}");
        await archives.DownloadAsync(package, version, into, cancel).ConfigureAwait(false);
        step("unpacking the source");
        foreach (string deb in Directory.EnumerateFiles(into, "*.deb"))
            await runner.RunAsync("dpkg-deb", ["--extract", deb, into], cancel).ConfigureAwait(false);
        await TreeIn(ground).UnpackAsync(into, cancel, parts).ConfigureAwait(false);
        Directory.Delete(into, recursive: true);
    }

    /// <summary>The source tree of a build, in its folder.</summary>
    public KernelSource TreeIn(string ground) =>
        new(Directory.CreateDirectory(Path.Combine(ground, "tree")).FullName, Environment.ProcessorCount, runner);

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
