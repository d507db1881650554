using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Processes;

namespace Harness.Images;

/// <summary>
/// Compiles tools/testing/selftests/kvm of Debian's kernel sources: static programs for arm64, kept in the cache by the
/// versions of the source and of the compiler.
/// </summary>
/// <param name="store">The cache.</param>
/// <param name="runner">Starts apt, tar, make and strip.</param>
public sealed partial class SelftestsBuilder(ImageStore store, IProcessRunner runner)
{
    /// <summary>Incremented when the same source is built otherwise.</summary>
    private const int Version = 1;

    /// <summary>Debian's packages with what a build starts.</summary>
    public const string Packages = "make gcc-aarch64-linux-gnu libc6-dev-arm64-cross";

    /// <summary>What the headers and the programs are made of.</summary>
    private static readonly string[] s_parts =
    [
        "Kbuild",
        "Kconfig",
        "Makefile",
        "arch/arm64",
        "include",
        "scripts",
        "tools",
        "usr",
    ];

    private string Folder => Path.Combine(store.Folder, "selftests");

    /// <summary>The programs for a kernel, compiled if they are not there.</summary>
    /// <param name="series">
    /// Of the kernel: "6.12". The archive's newest source that is not newer is used, or else its oldest: a test of a
    /// newer kernel asserts what older ones do not promise.
    /// </param>
    /// <param name="refresh">Query the archive for a newer source, instead of using the one that was compiled.</param>
    /// <param name="progress">Called for each step.</param>
    /// <param name="cancel">Stops it; nothing incomplete remains.</param>
    /// <exception cref="ImageException">
    /// They can't be compiled, the archive can't be reached, or it has no kernel's source.
    /// </exception>
    public async Task<SelftestsBuild> EnsureAsync(
        string series,
        bool refresh,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        string compiler = await CompilerAsync(cancel).ConfigureAwait(false);
        if (!refresh && Remembered(series, compiler) is { } there)
            return there;
        var build = new SourceBuild(store, runner, "selftests/build", progress);
        var built = await build
            .RunAsync(
                (ground, archives) => FetchAsync(build, series, compiler, ground, archives, progress, cancel),
                (ground, what) =>
                    Directory.Exists(what.Folder)
                        ? Task.CompletedTask
                        : CompileAsync(build.TreeIn(ground), ground, what),
                cancel
            )
            .ConfigureAwait(false);
        await File.WriteAllTextAsync(RecordOf(series), JsonSerializer.Serialize(built), cancel).ConfigureAwait(false);
        return built;

        async Task CompileAsync(KernelSource kernel, string ground, SelftestsBuild what)
        {
            string objects = Directory.CreateDirectory(Path.Combine(ground, "objects")).FullName,
                programs = Directory.CreateDirectory(Path.Combine(ground, "programs")).FullName;
            progress.Report(new ImageProgress("", $"compiling the selftests of {what.Package}"));
            await MakeAsync(kernel, objects, cancel).ConfigureAwait(false);
            await TakeAsync(objects, programs, cancel).ConfigureAwait(false);
            Directory.Move(programs, what.Folder);
        }
    }

    /// <summary>The archive's source for a kernel; null if it has none.</summary>
    /// <param name="series">Of the kernel.</param>
    /// <param name="names">Of the archive's packages.</param>
    internal static string? Choose(string series, IEnumerable<string> names)
    {
        var wanted = Number(series);
        var sources = names
            .Where(n => SourcePackage().IsMatch(n))
            .Select(n => (Name: n, Number: Number(n["linux-source-".Length..])))
            .OrderBy(s => s.Number)
            .ToList();
        return sources.LastOrDefault(s => s.Number <= wanted).Name ?? sources.FirstOrDefault().Name;
    }

    private static Version Number(string series) => System.Version.Parse(series);

    private async Task<SelftestsBuild> FetchAsync(
        SourceBuild build,
        string series,
        string compiler,
        string ground,
        KernelArchives archives,
        IProgress<ImageProgress> progress,
        CancellationToken cancel
    )
    {
        string package = Choose(series, await archives.NamesAsync(cancel).ConfigureAwait(false))
            ?? throw new ImageException("the suites of guest-images/tracks.json have no linux-source package");
        string version = await archives.VersionAsync(package, cancel).ConfigureAwait(false);
        string folder = FolderOf(package, version, compiler);
        void Step(string step) => progress.Report(new ImageProgress("", step));
        if (!Directory.Exists(folder))
            await build.FetchAsync(archives, package, version, ground, Step, cancel, s_parts).ConfigureAwait(false);
        return new SelftestsBuild(package, version, folder);
    }

    /// <summary>
    /// A program that does not compile, as some need libraries that are not here, does not stop the others.
    /// </summary>
    private static async Task MakeAsync(KernelSource kernel, string objects, CancellationToken cancel)
    {
        // "headers_install" copies with rsync what "headers" makes.
        await kernel.MakeAsync(["headers"], cancel).ConfigureAwait(false);
        try
        {
            await kernel
                .MakeAsync(
                    [
                        "-k",
                        "-C",
                        "tools/testing/selftests/kvm",
                        "LDFLAGS=-static -pthread -no-pie",
                        "LDLIBS=-ldl",
                        $"OUTPUT={objects}",
                    ],
                    cancel
                )
                .ConfigureAwait(false);
        }
        catch (KernelBuildException) when (Executables(objects).Any()) { }
    }

    private async Task TakeAsync(string objects, string programs, CancellationToken cancel)
    {
        foreach (string program in Executables(objects))
        {
            string to = Path.Combine(programs, Path.GetRelativePath(objects, program));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            await runner.RunAsync(KernelSource.Prefix + "strip", ["-o", to, program], cancel).ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> Executables(string folder) =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f).Length == 0 && File.GetUnixFileMode(f).HasFlag(UnixFileMode.UserExecute));

    private async Task<string> CompilerAsync(CancellationToken cancel)
    {
        try
        {
            foreach (string program in new[] { "make", KernelSource.Prefix + "strip" })
                await runner.RunAsync(new ProcessSpec(program, ["--version"]), cancel).ConfigureAwait(false);
            var version = await runner
                .RunAsync(new ProcessSpec(KernelSource.Compiler, ["-dumpfullversion"]), cancel)
                .ConfigureAwait(false);
            return version.OutputText.Trim();
        }
        catch (ProgramNotFoundException e)
        {
            throw new ImageException(
                $"the selftests need {e.Program}: apt-get install --no-install-recommends {Packages}",
                inner: e
            );
        }
    }

    private SelftestsBuild? Remembered(string series, string compiler)
    {
        try
        {
            var record = JsonSerializer.Deserialize<SelftestsBuild>(File.ReadAllText(RecordOf(series)))!;
            return
                record.Folder == FolderOf(record.Package, record.Version, compiler) && Directory.Exists(record.Folder)
                ? record
                : null;
        }
        catch (Exception e) when (e is IOException or JsonException or ArgumentException or NullReferenceException)
        {
            return null; // never built, or by another version
        }
    }

    private string RecordOf(string series) => Path.Combine(Folder, $"for-{series}.json");

    private string FolderOf(string package, string version, string compiler)
    {
        byte[] inputs = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{Version}\n{package}={version}\n{compiler}\n")
        );
        return Path.Combine(Folder, $"{package}-{Convert.ToHexStringLower(SHA256.HashData(inputs))[..16]}");
    }

    [GeneratedRegex(@"^linux-source-\d+\.\d+$")]
    private static partial Regex SourcePackage();
}
