using System.Globalization;
using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>A probe on a target, ready to start.</summary>
/// <param name="Path">The program on the target, in a private folder.</param>
/// <param name="Hash">Of the program.</param>
/// <param name="WasThere">It was already there, and nothing was sent.</param>
public sealed record DeployedProbe(string Path, string Hash, bool WasThere)
{
    /// <summary>
    /// The words that start it, after exec: so there is no shell in between, and signals and the exit status are the
    /// probe's.
    /// </summary>
    internal string Words => ShellQuote.Join([Path, "--hash", Hash, .. WorkerArguments]);

    /// <summary>Whether it is started by sudo, since the login is not root.</summary>
    public bool Sudo { get; init; }

    /// <summary>How many programs the probe runs side by side; null: as many as the host has processors, up to
    /// four.</summary>
    public int? Workers { get; init; }

    private string[] WorkerArguments => Workers is { } workers ? ["--workers", $"{workers}"] : [];
}

/// <summary>
/// Copies the probe to a target: one file in a folder that only the login can enter, named by the file's hash, and
/// verified before it is renamed to that name. An existing file is verified, and sent again only if it differs.
/// </summary>
/// <param name="probe">What to send.</param>
public sealed class ProbeDeployment(ProbeFile probe)
{
    private const int ShownHash = 16;

    /// <summary>uname -m of the machines the probe is built for.</summary>
    public const string Machine = "aarch64";

    /// <summary>What the folder has to be good for that the probe is stored in.</summary>
    /// <param name="probe">The probe.</param>
    /// <param name="only">The folder that the configuration names, or null.</param>
    /// <param name="sudo">Whether the probe is started by sudo.</param>
    public static FolderNeeds Needs(ProbeFile probe, string? only, bool sudo) =>
        new()
        {
            Only = only,
            Sudo = sudo,
            Bytes = probe.Content.Length,
            Kept = NameOf(probe),
        };

    private static string NameOf(ProbeFile probe) => $"stage2-probe-{probe.Hash[..ShownHash]}";

    /// <exception cref="TargetException">Not an arm64 host, no space, no permission, or the connection was
    /// lost.</exception>
    public async Task<DeployedProbe> DeployAsync(
        IConnection connection,
        TargetSurvey survey,
        CancellationToken cancel = default
    )
    {
        Check(survey, connection.Target);
        var folder = string.Create(
            CultureInfo.InvariantCulture,
            $"{survey.EnsureBase(connection.Target)}/{NameOf(probe)}-{survey.UserId}"
        );
        var path = folder + "/probe";
        if (await IsThereAsync(connection, folder, path, cancel).ConfigureAwait(false))
            return new DeployedProbe(path, probe.Hash, WasThere: true);
        await SendAsync(connection, path, cancel).ConfigureAwait(false);
        return new DeployedProbe(path, probe.Hash, WasThere: false);
    }

    /// <summary>Checks what no deployment could change.</summary>
    /// <exception cref="TargetException">Not an arm64 host.</exception>
    public static void Check(TargetSurvey survey, string target)
    {
        if (survey.Machine != Machine)
            throw new TargetException(
                TargetFailure.WrongMachine,
                target,
                $"it is {survey.Machine} (kernel {survey.KernelRelease}): the probe runs on {Machine} hosts"
            );
    }

    private async Task<bool> IsThereAsync(IConnection connection, string folder, string path, CancellationToken cancel)
    {
        // Other users can create a folder of that name in /tmp before us: it must be a directory, owned by us, and not
        // accessible to others.
        var script = $"""
            umask 077; f={ShellQuote.Word(folder)}
            mkdir -m 700 "$f" 2>/dev/null
            if [ -L "$f" ] || [ ! -d "$f" ] || [ ! -O "$f" ]; then echo "foreign $(ls -ld "$f" 2>&1)"; exit 0; fi
            chmod 700 "$f" || exit 1
            if {Verify(path)}; then echo there; else echo absent; fi
            """;
        var result = await connection.ExecAsync(script, cancel: cancel).ConfigureAwait(false);
        return result.Output.Trim() switch
        {
            "there" => true,
            "absent" => false,
            var foreign when foreign.StartsWith("foreign ", StringComparison.Ordinal) => throw new TargetException(
                TargetFailure.NoPermission,
                connection.Target,
                $"{folder} cannot be used: remove what is there, or make its parent writable ({foreign[8..]})"
            ),
            _ => throw new TargetException(
                TargetFailure.Upload,
                connection.Target,
                $"{folder} cannot be made ready: {Last(result)}",
                result.Errors
            ),
        };
    }

    /// <summary>Written under a temporary name, verified, renamed: two harnesses at once don't conflict.</summary>
    private async Task SendAsync(IConnection connection, string path, CancellationToken cancel)
    {
        var part = $"{path}.part-{Guid.NewGuid():N}";
        var script = $"""
            umask 077; p={ShellQuote.Word(part)}
            cat > "$p" && chmod 700 "$p" && {Verify(part)} && mv -f "$p" {ShellQuote.Word(
                path
            )} && echo stored || rm -f "$p"
            """;
        var result = await connection
            .ExecAsync(script, new ProcessInput.Bytes(probe.Content), TimeSpan.FromMinutes(2), cancel)
            .ConfigureAwait(false);
        if (result.Output.Trim() != "stored")
            throw new TargetException(
                TargetFailure.Upload,
                connection.Target,
                $"the probe could not be stored in {path}: {Last(result)} (\"folder\" of the target in harness.json names another place)",
                result.Errors
            );
    }

    private string Verify(string path) =>
        $"[ -x {ShellQuote.Word(path)} ] && echo {ShellQuote.Word($"{probe.Hash}  {path}")} | sha256sum -c - >/dev/null 2>&1";

    private static string Last(CommandResult result) =>
        (result.Errors + result.Output)
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault()
        ?? string.Create(CultureInfo.InvariantCulture, $"exit status {result.ExitCode}");
}
