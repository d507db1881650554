using System.Globalization;
using System.Text;
using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>Brings a runtime of its own to a target that has none.</summary>
public interface IRuntimeSupply
{
    /// <returns>Null if it has none for this target.</returns>
    Task<ProbeRuntime?> SupplyAsync(IConnection connection, TargetSurvey survey, CancellationToken cancel);
}

/// <summary>A probe that lies on a target, ready to start.</summary>
/// <param name="Runtime">What runs it.</param>
/// <param name="Folder">Its private folder on the target.</param>
/// <param name="Hash">Of the bundle.</param>
/// <param name="WasThere">Nothing had to be sent.</param>
public sealed record DeployedProbe(ProbeRuntime Runtime, string Folder, string Hash, bool WasThere)
{
    /// <summary>The command that starts it.</summary>
    internal string Command
    {
        get
        {
            var program = Runtime.Kind == RuntimeKind.Mono ? ProbeBundle.MonoProgram : ProbeBundle.DotnetProgram;
            // TERM: Mono's Console asks terminfo about the terminal, and a target may not have the one named here.
            // exec: no shell stays in between, so that signals and the exit status are the probe's.
            return $"cd {ShellQuote.Word(Folder)} && exec env TERM=dumb LC_ALL=C DOTNET_CLI_TELEMETRY_OPTOUT=1 "
                + ShellQuote.Join([Runtime.Program, program, "--hash", Hash]);
        }
    }
}

/// <summary>
/// Puts the probe on a target: in a folder that only the login can enter, named by the bundle's hash, complete and
/// verified before it gets that name. What is there already is verified, and sent again only if it differs.
/// </summary>
/// <param name="bundle">What to send.</param>
/// <param name="supply">Asked where the target has neither .NET 10 nor Mono; may be null.</param>
public sealed class ProbeDeployment(ProbeBundle bundle, IRuntimeSupply? supply = null)
{
    private const int ShownHash = 16;

    /// <exception cref="TargetException">No runtime, no space, no permission, or the connection was lost.</exception>
    public async Task<DeployedProbe> DeployAsync(
        IConnection connection, TargetSurvey survey, CancellationToken cancel = default)
    {
        var runtime = await ChooseAsync(connection, survey, cancel).ConfigureAwait(false);
        var files = runtime.Kind == RuntimeKind.Mono ? bundle.Mono : bundle.Dotnet;
        var root = string.Create(CultureInfo.InvariantCulture,
            $"{survey.Base}/stage2-probe-{bundle.Hash.AsSpan(0, ShownHash)}-{survey.UserId}");
        var folder = root + (runtime.Kind == RuntimeKind.Mono ? "/mono" : "/dotnet");

        if (await IsThereAsync(connection, root, folder, files, cancel).ConfigureAwait(false))
            return new DeployedProbe(runtime, folder, bundle.Hash, WasThere: true);
        var part = $"{folder}.part-{Guid.NewGuid():N}";
        if (survey.HasTar)
            await SendArchiveAsync(connection, part, folder, files, cancel).ConfigureAwait(false);
        else
            await SendFilesAsync(connection, part, folder, files, cancel).ConfigureAwait(false);
        return new DeployedProbe(runtime, folder, bundle.Hash, WasThere: false);
    }

    private async Task<ProbeRuntime> ChooseAsync(IConnection connection, TargetSurvey survey, CancellationToken cancel)
    {
        if ((survey.Dotnet ?? survey.Mono) is { } own)
            return own;
        var supplied = supply is null
            ? null
            : await supply.SupplyAsync(connection, survey, cancel).ConfigureAwait(false);
        return supplied ?? throw new TargetException(TargetFailure.NoRuntime, connection.Target,
            "it has neither .NET 10 nor Mono to run the probe: install the package mono-runtime there, or the .NET 10 runtime");
    }

    private static async Task<bool> IsThereAsync(IConnection connection, string root, string folder,
        IReadOnlyList<BundleFile> files, CancellationToken cancel)
    {
        // Anyone can make a folder of that name in /tmp before us: it must be a folder, ours, and closed to others.
        var script = $"""
            umask 077; r={ShellQuote.Word(root)}; f={ShellQuote.Word(folder)}
            mkdir -m 700 "$r" 2>/dev/null
            if [ -L "$r" ] || [ ! -d "$r" ] || [ ! -O "$r" ]; then echo "foreign $(ls -ld "$r" 2>&1)"; exit 0; fi
            chmod 700 "$r" || exit 1
            if [ ! -d "$f" ]; then echo absent; exit 0; fi
            cd "$f" && if sha256sum -c - >/dev/null 2>&1; then echo there; else rm -rf "$f" && echo absent; fi
            """;
        var result = await connection.ExecAsync(script, Manifest(files), cancel: cancel).ConfigureAwait(false);
        return result.Output.Trim() switch
        {
            "there" => true,
            "absent" => false,
            var foreign when foreign.StartsWith("foreign ", StringComparison.Ordinal) => throw new TargetException(
                TargetFailure.NoPermission, connection.Target,
                $"{root} cannot be used: remove what is there, or make its parent writable ({foreign[8..]})"),
            _ => throw new TargetException(TargetFailure.Upload, connection.Target,
                $"{root} cannot be made ready: {Last(result)}", result.Errors),
        };
    }

    private static async Task SendArchiveAsync(IConnection connection, string part, string folder,
        IReadOnlyList<BundleFile> files, CancellationToken cancel)
    {
        // The manifest goes in the archive, so that one round trip carries both.
        var manifest = Encoding.UTF8.GetBytes(ManifestText(files));
        var archive = ProbeBundle.Archive([.. files, new BundleFile(ManifestName, manifest)]);
        var script = $"""
            umask 077; p={ShellQuote.Word(part)}; mkdir "$p" && cd "$p" && tar -xf - {Adopt(folder)}
            """;
        Confirm(connection, folder, await connection.ExecAsync(
            script, new ProcessInput.Bytes(archive), TimeSpan.FromMinutes(2), cancel).ConfigureAwait(false));
    }

    private static async Task SendFilesAsync(IConnection connection, string part, string folder,
        IReadOnlyList<BundleFile> files, CancellationToken cancel)
    {
        var folders = files.Select(f => Path.GetDirectoryName(f.Name)).Where(d => !string.IsNullOrEmpty(d)).Distinct()
            .Select(d => $"{part}/{d}");
        var made = await connection.ExecAsync(
            $"umask 077; mkdir -p {ShellQuote.Join([part, .. folders])} && echo made", cancel: cancel).ConfigureAwait(false);
        if (made.Output.Trim() != "made")
            throw new TargetException(TargetFailure.Upload, connection.Target,
                $"{part} cannot be made: {Last(made)}", made.Errors);
        foreach (var file in files)
            await connection.UploadAsync($"{part}/{file.Name}", file.Content,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, cancel: cancel)
                .ConfigureAwait(false);
        var manifest = Encoding.UTF8.GetBytes(ManifestText(files));
        await connection.UploadAsync($"{part}/{ManifestName}", manifest, cancel: cancel).ConfigureAwait(false);
        Confirm(connection, folder, await connection.ExecAsync(
            $"umask 077; p={ShellQuote.Word(part)}; cd \"$p\" {Adopt(folder)}", cancel: cancel).ConfigureAwait(false));
    }

    private const string ManifestName = "SHA256SUMS";

    /// <summary>Continues a command in the new folder: verify, then give it its name. Two harnesses at once are fine.</summary>
    private static string Adopt(string folder) => $"""
        && sha256sum -c {ManifestName} >/dev/null &&
        if [ -d {ShellQuote.Word(folder)} ]; then rm -rf "$p"; else mv "$p" {ShellQuote.Word(folder)}; fi && echo adopted ||
        rm -rf "$p"
        """;

    private static void Confirm(IConnection connection, string folder, CommandResult result)
    {
        if (result.Output.Trim() != "adopted")
            throw new TargetException(TargetFailure.Upload, connection.Target,
                $"the probe could not be stored in {folder}: {Last(result)}", result.Errors);
    }

    private static ProcessInput Manifest(IReadOnlyList<BundleFile> files) => ProcessInput.Text(ManifestText(files));

    private static string ManifestText(IReadOnlyList<BundleFile> files) =>
        string.Concat(files.Select(f => $"{f.Hash}  {f.Name}\n"));

    private static string Last(CommandResult result) =>
        (result.Errors + result.Output).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault() ?? string.Create(CultureInfo.InvariantCulture, $"exit status {result.ExitCode}");
}
