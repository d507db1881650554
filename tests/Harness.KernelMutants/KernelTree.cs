using System.Globalization;
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

    private readonly ProcessRunner _runner = new();

    public string Folder => folder;

    /// <summary>The file that is booted.</summary>
    public string Image => Path.Combine(folder, "arch/arm64/boot/Image");

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
        string archive = Directory.EnumerateFiles(Path.Combine(part, "usr", "src"), $"{Package}.tar.*").Single();
        await new KernelTree(part, jobs, log)
            .RunAsync("tar", ["xf", archive, "--strip-components=1"], cancel)
            .ConfigureAwait(false);
        Directory.Delete(Path.Combine(part, "usr", "src"), recursive: true);
        Directory.Move(part, tree);
        return new KernelTree(tree, jobs, log);
    }

    /// <summary>
    /// Restores what an earlier program left, configures the tree as shipped if it has no configuration, and builds it.
    /// </summary>
    /// <exception cref="MutantException">It can't be built.</exception>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        RestoreAll();
        if (!File.Exists(Path.Combine(folder, ".config")))
        {
            string shipped = Path.Combine(Repository.Root, "guest-images", "kernel", "testable.config");
            await MakeAsync([$"KCONFIG_ALLCONFIG={shipped}", "allnoconfig"], cancel).ConfigureAwait(false);
        }
        Log(log, $"building {folder}");
        await MakeAsync(["Image", "modules"], cancel).ConfigureAwait(false);
    }

    /// <summary>A copy of the built tree, itself built.</summary>
    /// <exception cref="MutantException">It can't be built.</exception>
    public async Task<KernelTree> CopyAsync(string to, CancellationToken cancel)
    {
        if (!Directory.Exists(to))
        {
            Log(log, $"copying {folder} to {to}");
            await RunAsync("cp", ["--archive", "--reflink=auto", folder, to + ".part"], cancel).ConfigureAwait(false);
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
            await MakeAsync(["Image"], cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Restore(mutant.File);
            if (e is MutantException)
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

    private Task MakeAsync(string[] arguments, CancellationToken cancel) =>
        RunAsync(
            "nice",
            [
                "-n",
                "5",
                "make",
                "-s",
                string.Create(CultureInfo.InvariantCulture, $"-j{jobs}"),
                "ARCH=arm64",
                "CROSS_COMPILE=aarch64-linux-gnu-",
                .. arguments,
            ],
            cancel
        );

    private async Task RunAsync(string program, string[] arguments, CancellationToken cancel)
    {
        var result = await _runner
            .RunAsync(
                new ProcessSpec(program, arguments)
                {
                    WorkingDirectory = folder,
                    Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C" },
                },
                cancel
            )
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
            throw new MutantException(
                $"{string.Join(' ', arguments.Prepend(program))} in {folder} ended with {result.Exit}: {FirstError(result.ErrorText)}"
            );
    }

    private static string FirstError(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.FirstOrDefault(l => l.Contains("error", StringComparison.OrdinalIgnoreCase))
            ?? lines.LastOrDefault()
            ?? "";
    }

    private static void Log(TextWriter to, string step) => to.WriteLine($"kernel-mutants: {step}");
}
