using Harness.Processes;

namespace Harness.Images;

/// <summary>Packages with all dependencies, unpacked and not configured: mmdebstrap's variant "extract".</summary>
internal sealed class Bootstrap(DebianSuites debian, IProcessRunner runner)
{
    /// <summary>As an archive. Returns its path.</summary>
    public async Task<string> TarAsync(
        string path,
        string architecture,
        IReadOnlyList<string> suites,
        IReadOnlyList<string> packages,
        CancellationToken cancel
    )
    {
        await runner
            .RunAsync(
                "mmdebstrap",
                [
                    // Unpacking runs no code of the packages; without root, mmdebstrap's default mode would need
                    // subordinate ids.
                    Environment.IsPrivilegedProcess
                        ? "--mode=root"
                        : "--mode=chrootless",
                    "--quiet",
                    "--variant=extract",
                    "--format=tar",
                    $"--architectures={architecture}",
                    $"--include={string.Join(',', packages)}",
                    suites[0],
                    path,
                    .. suites.Select(debian.Source),
                ],
                cancel
            )
            .ConfigureAwait(false);
        return path;
    }

    /// <summary>
    /// As a folder that programs can be started in, for this machine's architecture. Returns its path.
    /// </summary>
    public async Task<string> TreeAsync(
        string path,
        IReadOnlyList<string> suites,
        IReadOnlyList<string> packages,
        CancellationToken cancel
    )
    {
        string tar = await TarAsync(path + ".tar", KernelArchive.Native, suites, packages, cancel)
            .ConfigureAwait(false);
        Directory.CreateDirectory(path);
        await runner
            .RunAsync("tar", ["-xf", tar, "-C", path, "--exclude=./dev/*", "--no-same-owner"], cancel)
            .ConfigureAwait(false);
        File.Delete(tar);
        await File.WriteAllTextAsync(Path.Combine(path, "dev", "null"), "", cancel).ConfigureAwait(false);
        // Normally done by a package's configuration: awk is an alternative.
        if (!File.Exists(Path.Combine(path, "usr/bin/awk")))
            File.CreateSymbolicLink(Path.Combine(path, "usr/bin/awk"), "mawk");
        return path;
    }

    /// <summary>Runs a program inside such a folder.</summary>
    public static Task<string> InsideAsync(
        IProcessRunner runner,
        string tree,
        IReadOnlyList<string> command,
        CancellationToken cancel
    )
    {
        string[] enter = Environment.IsPrivilegedProcess
            ? ["chroot", tree]
            : ["unshare", "--map-root-user", "chroot", tree];
        return runner.RunAsync(
            enter[0],
            [.. enter[1..], "/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C", .. command],
            cancel
        );
    }
}
