using System.Runtime.InteropServices;
using Harness.Processes;

namespace Harness.Images;

/// <summary>Compiles a kernel module.</summary>
/// <param name="folder">Its sources.</param>
/// <param name="file">What its Makefile makes of them: "stage2_exporter.ko".</param>
/// <param name="runner">Starts make.</param>
internal sealed class ModuleSources(string folder, string file, IProcessRunner runner)
{
    /// <summary>
    /// Builds against packages that were unpacked into the toolbox, with the toolbox's compiler. Returns the module.
    /// </summary>
    public async Task<string> CompileInsideAsync(
        string toolbox,
        string name,
        string release,
        string compiler,
        CancellationToken cancel
    )
    {
        string at = CopyTo(Path.Combine(toolbox, name));
        await Bootstrap
            .InsideAsync(
                runner,
                toolbox,
                [
                    "make",
                    "-C",
                    $"/usr/src/linux-headers-{release}",
                    $"M=/{name}",
                    "ARCH=arm64",
                    "CROSS_COMPILE=aarch64-linux-gnu-",
                    $"CC={compiler}",
                    // Needs vmlinux, which is in no package.
                    "CONFIG_DEBUG_INFO_BTF_MODULES=",
                    "modules",
                ],
                cancel
            )
            .ConfigureAwait(false);
        return await StrippedAsync(at, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Builds against a kernel's tree on this machine, with this machine's compiler. Returns the module.
    /// </summary>
    public async Task<string> CompileAsync(string headers, string configuration, string into, CancellationToken cancel)
    {
        string at = CopyTo(into);
        // A tree's own programs and its configuration depend on the compiler that built it.
        var lines = File.ReadLines(configuration).ToList();
        string[] compiler = lines.Contains("CONFIG_CC_IS_CLANG=y") ? ["LLVM=1"] : [.. Gcc(lines)];
        // If only Image was built there is no list of its symbols; missing ones are found when the module is loaded.
        string[] symbols = File.Exists(Path.Combine(headers, "Module.symvers")) ? [] : ["KBUILD_MODPOST_WARN=1"];
        await runner
            .RunAsync(
                "make",
                [
                    "-C",
                    headers,
                    $"M={at}",
                    "ARCH=arm64",
                    .. compiler,
                    .. symbols,
                    "CONFIG_DEBUG_INFO_BTF_MODULES=",
                    "modules",
                ],
                cancel
            )
            .ConfigureAwait(false);
        return await StrippedAsync(at, cancel).ConfigureAwait(false);
    }

    private static IEnumerable<string> Gcc(List<string> configuration)
    {
        string prefix = Environment.GetEnvironmentVariable("CROSS_COMPILE")
            ?? (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "" : "aarch64-linux-gnu-");
        yield return "CROSS_COMPILE=" + prefix;
        // CONFIG_CC_VERSION_TEXT="aarch64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0"
        string? named = configuration
            .FirstOrDefault(l => l.StartsWith("CONFIG_CC_VERSION_TEXT=", StringComparison.Ordinal))
            ?.Split('"')
            .ElementAtOrDefault(1)
            ?.Split(' ')[0];
        if (
            named is not null
            && named.StartsWith(prefix + "gcc", StringComparison.Ordinal)
            && ProgramPath.Find(named) is not null
        )
            yield return "CC=" + named;
    }

    private string CopyTo(string at)
    {
        Directory.CreateDirectory(at);
        foreach (string source in Directory.EnumerateFiles(folder))
            File.Copy(source, Path.Combine(at, Path.GetFileName(source)));
        return at;
    }

    private async Task<string> StrippedAsync(string at, CancellationToken cancel)
    {
        string module = Path.Combine(at, file);
        await runner.RunAsync("aarch64-linux-gnu-strip", ["-g", module], cancel).ConfigureAwait(false);
        return module;
    }
}
