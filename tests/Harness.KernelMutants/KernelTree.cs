using Harness.Chaos;
using Harness.Images;
using Harness.Processes;

namespace Harness.KernelMutants;

/// <summary>A kernel's source tree that is built, changed in one place, and restored.</summary>
/// <param name="folder">The tree.</param>
/// <param name="jobs">Of make.</param>
/// <param name="log">Receives a line for each step.</param>
internal sealed class KernelTree(string folder, int jobs, TextWriter log)
{
    /// <summary>A file beside one that is changed: what it was. It survives a program that is killed.</summary>
    private const string Original = ".before-mutant";

    /// <summary>The track with the kernel's packages.</summary>
    public const string Track = "6.12";

    private const string Package = "linux-source-6.12";

    private readonly KernelSource _source = new(folder, jobs, new ProcessRunner());

    public string Folder => folder;

    /// <summary>The file that is booted.</summary>
    public string Image => _source.Image;

    /// <summary>A tree in the cache, downloaded if it isn't there.</summary>
    /// <exception cref="ImageException">The archive can't be reached.</exception>
    public static async Task<KernelTree> EnsureAsync(int jobs, TextWriter log, CancellationToken cancel)
    {
        string home = Path.Combine(ImageStore.DefaultFolder, "kernel-mutants");
        string tree = Path.Combine(home, Package);
        if (Directory.Exists(tree))
            return new KernelTree(tree, jobs, log);
        var images = new ImageStore(
            new ImageSources(Path.Combine(Repository.Root, "guest-images")),
            ImageStore.DefaultFolder
        );
        string part = tree + ".part";
        if (Directory.Exists(part))
            Directory.Delete(part, recursive: true);
        Directory.CreateDirectory(part);
        await new ImageBuilder(images, new ProcessRunner())
            .UnpackAsync(Package, part, new Progress<ImageProgress>(p => Log(log, p.Step)), cancel)
            .ConfigureAwait(false);
        Log(log, "unpacking the source");
        await new KernelSource(part, jobs, new ProcessRunner()).UnpackAsync(part, cancel).ConfigureAwait(false);
        Directory.Delete(Path.Combine(part, "usr", "src"), recursive: true);
        Directory.Move(part, tree);
        return new KernelTree(tree, jobs, log);
    }

    /// <summary>
    /// Restores what an earlier program left, configures the tree as shipped if it has no configuration, and builds it.
    /// </summary>
    /// <exception cref="ImageException">It can't be built.</exception>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        RestoreAll();
        if (!File.Exists(_source.Configuration))
            await _source
                .ConfigureAsync([Path.Combine(Repository.Root, "guest-images", "kernel", "testable.config")], cancel)
                .ConfigureAwait(false);
        Log(log, $"building {folder}");
        await _source.MakeAsync(["Image", "modules"], cancel).ConfigureAwait(false);
    }

    /// <summary>A copy of the built tree, itself built.</summary>
    /// <exception cref="ImageException">It can't be built.</exception>
    public async Task<KernelTree> CopyAsync(string to, CancellationToken cancel)
    {
        if (!Directory.Exists(to))
        {
            Log(log, $"copying {folder} to {to}");
            await new ProcessRunner()
                .RunAsync(new ProcessSpec("cp", ["--archive", "--reflink=auto", folder, to + ".part"]), cancel)
                .ConfigureAwait(false);
            Directory.Move(to + ".part", to);
        }
        var copy = new KernelTree(to, jobs, log);
        await copy.PrepareAsync(cancel).ConfigureAwait(false);
        return copy;
    }

    /// <summary>Changes the source and builds the kernel. Without an error, the source stays changed.</summary>
    /// <exception cref="MutantException">The change doesn't fit the source, or doesn't compile.</exception>
    public async Task ApplyAsync(KernelMutant mutant, CancellationToken cancel)
    {
        string path = Path.Combine(folder, mutant.File);
        string changed = Changed(mutant);
        File.Copy(path, path + Original, overwrite: true);
        File.WriteAllText(path, changed);
        try
        {
            await _source.MakeAsync(["Image"], cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Restore(mutant.File);
            if (e is KernelBuildException)
                throw new MutantException($"{mutant.Name}: it doesn't compile: {e.Message}");
            throw;
        }
    }

    /// <summary>The mutant's file as it will be.</summary>
    /// <exception cref="MutantException">The change doesn't fit the source.</exception>
    public string Changed(KernelMutant mutant)
    {
        string path = Path.Combine(folder, mutant.File);
        if (!File.Exists(path))
            throw new MutantException($"{mutant.Name}: {folder} has no {mutant.File}");
        try
        {
            return SourceEdit.Apply(File.ReadAllText(path), mutant.Function, mutant.Find, mutant.Replace);
        }
        catch (MutantException e)
        {
            throw new MutantException($"{mutant.Name}: {mutant.File}: {e.Message}");
        }
    }

    /// <summary>Restores every file that a mutant changes.</summary>
    public void RestoreAll()
    {
        foreach (string file in KernelMutant.All.Select(m => m.File).Distinct())
            Restore(file);
    }

    /// <summary>As it was; nothing, if it is so already. Its date is new, so that it is compiled again.</summary>
    public void Restore(string file)
    {
        string path = Path.Combine(folder, file);
        if (!File.Exists(path + Original))
            return;
        File.WriteAllText(path, File.ReadAllText(path + Original));
        File.Delete(path + Original);
    }

    private static void Log(TextWriter to, string step) => to.WriteLine($"kernel-mutants: {step}");
}
