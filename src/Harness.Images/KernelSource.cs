using System.Globalization;
using Harness.Processes;

namespace Harness.Images;

/// <summary>A kernel's source tree, which is built in place, with this machine's cross compiler.</summary>
/// <param name="folder">The tree.</param>
/// <param name="jobs">Of make.</param>
/// <param name="runner">Starts tar and make.</param>
public sealed class KernelSource(string folder, int jobs, IProcessRunner runner)
{
    /// <summary>Of the cross compiler's programs.</summary>
    internal const string Prefix = "aarch64-linux-gnu-";

    /// <summary>The compiler's program.</summary>
    public const string Compiler = Prefix + "gcc";

    /// <summary>Debian's packages with what a build starts.</summary>
    public const string Packages = "bc bison flex gcc-aarch64-linux-gnu libelf-dev libssl-dev pahole";

    private static readonly string[] Programs = ["make", Compiler, "bison", "flex", "bc", "pahole"];

    public string Folder => folder;

    /// <summary>The file that is booted.</summary>
    public string Image => Path.Combine(folder, "arch/arm64/boot/Image");

    public string Configuration => Path.Combine(folder, ".config");

    /// <summary>The compiler's full version.</summary>
    /// <exception cref="KernelBuildException">A program that a build needs is not installed.</exception>
    public static async Task<string> CompilerVersionAsync(IProcessRunner runner, CancellationToken cancel)
    {
        try
        {
            foreach (string program in Programs)
                await runner.RunAsync(new ProcessSpec(program, ["--version"]), cancel).ConfigureAwait(false);
            var version = await runner
                .RunAsync(new ProcessSpec(Compiler, ["-dumpfullversion"]), cancel)
                .ConfigureAwait(false);
            return version.OutputText.Trim();
        }
        catch (ProgramNotFoundException e)
        {
            throw new KernelBuildException(
                $"a kernel can't be built without {e.Program}: apt-get install --no-install-recommends {Packages}"
            );
        }
    }

    /// <summary>Unpacks the archive of a linux-source package into the tree.</summary>
    /// <param name="package">The folder that the package was unpacked into.</param>
    /// <param name="cancel">Stops it.</param>
    /// <param name="parts">Files and folders of the tree; null for all of it.</param>
    public async Task UnpackAsync(string package, CancellationToken cancel, IReadOnlyList<string>? parts = null)
    {
        string archive = Directory.EnumerateFiles(Path.Combine(package, "usr", "src"), "linux-source-*.tar.*").Single();
        string[] members = parts is null
            ? []
            : ["--wildcards", "--no-wildcards-match-slash", .. parts.Select(p => $"linux-source-*/{p}")];
        await RunAsync("tar", ["xf", archive, "--strip-components=1", .. members], cancel).ConfigureAwait(false);
    }

    /// <summary>"make allnoconfig" with parts of a configuration: what a later one sets counts.</summary>
    /// <exception cref="KernelBuildException">The source does not accept it.</exception>
    public async Task ConfigureAsync(IReadOnlyList<string> fragments, CancellationToken cancel)
    {
        string all = Path.Combine(folder, ".fragments");
        await File.WriteAllLinesAsync(all, fragments.SelectMany(File.ReadLines), cancel).ConfigureAwait(false);
        await MakeAsync([$"KCONFIG_ALLCONFIG={all}", "allnoconfig"], cancel).ConfigureAwait(false);
    }

    /// <exception cref="KernelBuildException">It can't be built.</exception>
    public Task MakeAsync(IReadOnlyList<string> arguments, CancellationToken cancel) =>
        RunAsync(
            "nice",
            [
                "-n",
                "5",
                "make",
                "-s",
                string.Create(CultureInfo.InvariantCulture, $"-j{jobs}"),
                "ARCH=arm64",
                $"CROSS_COMPILE={Prefix}",
                .. arguments,
            ],
            cancel
        );

    /// <summary>How many files were compiled.</summary>
    public int Objects =>
        Directory
            .EnumerateFiles(
                folder,
                "*.o",
                new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }
            )
            .Count();

    internal async Task RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var result = await runner
            .RunAsync(
                new ProcessSpec(program, [.. arguments])
                {
                    WorkingDirectory = folder,
                    Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C" },
                },
                cancel
            )
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
            throw new KernelBuildException(
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
}
