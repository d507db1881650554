using Harness.Processes;

namespace Harness.Images;

/// <summary>
/// apt with its own root: packages of any suite and architecture, without changing the machine's. apt verifies the
/// suites' signatures and every package's checksum.
/// </summary>
/// <param name="folder">Its state and cache.</param>
/// <param name="debian">The archive's addresses.</param>
/// <param name="runner">Starts apt.</param>
internal sealed class Apt(string folder, DebianSuites debian, IProcessRunner runner)
{
    public const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    private string Configuration => Path.Combine(folder, "apt.conf");

    // apt reads the machine's own configuration after APT_CONFIG and before -c (apt.conf(5)): this file overrides it.
    private string Overrides => Path.Combine(folder, "overrides.conf");

    /// <summary>Updates the package indexes.</summary>
    public async Task UpdateAsync(IEnumerable<string> suites, CancellationToken cancel)
    {
        foreach (string sub in new[] { "state/lists/partial", "cache/archives/partial" })
            Directory.CreateDirectory(Path.Combine(folder, sub));
        await File.WriteAllTextAsync(Path.Combine(folder, "state", "status"), "", cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(
                Path.Combine(folder, "sources.list"),
                string.Concat(suites.Select(s => debian.Source(s) + "\n")),
                cancel
            )
            .ConfigureAwait(false);
        await File.WriteAllTextAsync(
                Configuration,
                $$"""
                Dir::State "{{folder}}/state";
                Dir::State::status "{{folder}}/state/status";
                Dir::Cache "{{folder}}/cache";
                Dir::Etc::SourceList "{{folder}}/sources.list";
                Dir::Etc::SourceParts "/dev/null";
                Dir::Etc::Preferences "/dev/null";
                Dir::Etc::PreferencesParts "/dev/null";
                APT::Architecture "arm64";
                APT::Architectures { "arm64"; };
                APT::Sandbox::User "";
                Acquire::Languages "none";
                Acquire::Retries "3";
                """,
                cancel
            )
            .ConfigureAwait(false);
        // The machine's own hooks after an update (emptying its cache, notifying its desktop) must not run here.
        // Container images disable the cache that reduces a query from a second to 0.05 s.
        await File.WriteAllTextAsync(
                Overrides,
                """
                #clear APT::Update::Pre-Invoke;
                #clear APT::Update::Post-Invoke;
                #clear APT::Update::Post-Invoke-Success;
                Dir::Cache::pkgcache "pkgcache.bin";
                Dir::Cache::srcpkgcache "srcpkgcache.bin";
                """,
                cancel
            )
            .ConfigureAwait(false);
        await RunAsync("apt-get", ["-q", "update", "--error-on=any"], folder, cancel).ConfigureAwait(false);
    }

    /// <summary>The names of all packages.</summary>
    public async Task<IReadOnlySet<string>> NamesAsync(CancellationToken cancel) =>
        (await RunAsync("apt-cache", ["pkgnames"], folder, cancel).ConfigureAwait(false)).Split('\n').ToHashSet();

    /// <summary>
    /// The versions of packages and all their dependencies in one suite, by name: the content of a root file system.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, string>> ClosureAsync(
        string suite,
        IReadOnlyList<string> packages,
        CancellationToken cancel
    )
    {
        string simulated = await RunAsync(
                "apt-get",
                ["-q", "--target-release=" + suite, "--no-install-recommends", "--simulate", "install", .. packages],
                folder,
                cancel
            )
            .ConfigureAwait(false);
        // Inst dropbear-bin (2022.83-1+deb12u3 Debian:12.12/oldstable [arm64]) []
        return simulated
            .Split('\n')
            .Select(l => l.Split(' '))
            .Where(w => w.Length > 2 && w[0] == "Inst")
            .ToDictionary(w => w[1], w => w.First(x => x.StartsWith('(')).TrimStart('('));
    }

    /// <summary>The version of each package that <see cref="DownloadAsync"/> would fetch.</summary>
    /// <exception cref="ImageException">One is not in the archive.</exception>
    public async Task<IReadOnlyDictionary<string, string>> VersionsAsync(
        IReadOnlyCollection<string> packages,
        CancellationToken cancel
    )
    {
        var shown = await RunAsync("apt-cache", ["show", "--no-all-versions", .. packages], folder, cancel)
            .ConfigureAwait(false);
        var found = new Dictionary<string, string>();
        string? package = null;
        foreach (string line in shown.Split('\n'))
        {
            if (line.StartsWith("Package: ", StringComparison.Ordinal))
                package = line["Package: ".Length..];
            else if (package is not null && line.StartsWith("Version: ", StringComparison.Ordinal))
                found[package] = line["Version: ".Length..];
        }
        return packages.FirstOrDefault(p => !found.ContainsKey(p)) is { } missing
            ? throw new ImageException($"the archive has no package {missing}")
            : found;
    }

    /// <summary>
    /// Whether <see cref="DownloadAsync"/> would fetch each of these packages in exactly that version.
    /// </summary>
    public async Task<bool> HasAsync(IReadOnlyDictionary<string, string> packages, CancellationToken cancel)
    {
        var names = await NamesAsync(cancel).ConfigureAwait(false);
        if (!packages.Keys.All(names.Contains))
            return false;
        var versions = await VersionsAsync([.. packages.Keys], cancel).ConfigureAwait(false);
        return packages.All(p => versions[p.Key] == p.Value);
    }

    /// <summary>Downloads packages into a folder.</summary>
    public Task DownloadAsync(IEnumerable<string> packages, string into, CancellationToken cancel) =>
        RunAsync("apt-get", ["-q", "download", .. packages], into, cancel);

    /// <summary>Downloads a file that is in no index. Returns false if the archive has no such file.</summary>
    public async Task<bool> DownloadFileAsync(string address, string path, CancellationToken cancel)
    {
        var result = await ResultAsync("/usr/lib/apt/apt-helper", ["download-file", address, path], folder, cancel)
            .ConfigureAwait(false);
        if (result.ExitCode == 0)
            return true;
        // The message is on either stream: "Err:1 ...  404  Not Found".
        return (result.OutputText + result.ErrorText).Contains(" 404 ", StringComparison.Ordinal)
            ? false
            : throw new ImageException(
                $"{address} can't be downloaded: {ErrorSummary.In(result.ErrorText)}",
                result.ErrorText
            );
    }

    private async Task<string> RunAsync(string program, string[] arguments, string where, CancellationToken cancel)
    {
        var result = await ResultAsync(program, arguments, where, cancel).ConfigureAwait(false);
        return result.ExitCode == 0
            ? result.OutputText
            : throw new ImageException(
                $"{program} {arguments.SkipWhile(a => a.StartsWith('-') || a.Contains('/', StringComparison.Ordinal)).First()} failed: {ErrorSummary.In(result.ErrorText)}",
                result.ErrorText
            );
    }

    private Task<ProcessResult> ResultAsync(
        string program,
        string[] arguments,
        string where,
        CancellationToken cancel
    ) =>
        runner.ResultAsync(
            new ProcessSpec(program, ["-c", Overrides, .. arguments])
            {
                WorkingDirectory = where,
                Environment = new Dictionary<string, string?> { ["APT_CONFIG"] = Configuration, ["LC_ALL"] = "C" },
                CaptureLimit = 256 << 20,
            },
            cancel
        );
}
