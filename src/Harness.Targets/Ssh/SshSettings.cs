using Harness.Processes;

namespace Harness.Targets.Ssh;

/// <summary>ssh's resolved settings from its options and the user's configuration: the output of ssh -G.</summary>
internal sealed class SshSettings
{
    private readonly ILookup<string, string> _settings;

    private SshSettings(string answer) =>
        _settings = answer
            .Split('\n')
            .Select(line => line.Split(' ', 2))
            .Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0], pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The first value; null if there is none, or it is "none".</summary>
    public string? this[string name] => Raw(name) is { } value && value != "none" ? value : null;

    /// <summary>The first value, including "none"; null if there is none.</summary>
    public string? Raw(string name) => _settings[name].FirstOrDefault();

    /// <summary>All values of a setting that may occur several times.</summary>
    public IReadOnlyList<string> All(string name) => [.. _settings[name].Where(v => v != "none")];

    /// <summary>Runs ssh -G, which does not connect.</summary>
    /// <param name="runner">Starts it.</param>
    /// <param name="target">The target's name, for messages.</param>
    /// <param name="options">How to log in.</param>
    /// <param name="arguments">ssh's: a preflight of the options.</param>
    /// <exception cref="ProgramNotFoundException">There is no ssh.</exception>
    /// <exception cref="TargetException">It rejects the options or the configuration.</exception>
    public static async Task<SshSettings> AskAsync(
        IProcessRunner runner,
        string target,
        SshOptions options,
        IReadOnlyList<string> arguments,
        CancellationToken cancel
    )
    {
        var spec = new ProcessSpec(options.Program, arguments)
        {
            Environment = SshOptions.Environment,
            Deadline = TimeSpan.FromSeconds(10), // "Match exec" in a user's configuration can be slow.
        };
        ProcessResult result;
        try
        {
            result = await runner.RunAsync(spec, cancel).ConfigureAwait(false);
        }
        catch (ProcessTimeoutException e)
        {
            throw new TargetException(
                TargetFailure.Configuration,
                target,
                $"'{options.Program} -G' hangs: look for 'Match exec' in your ssh_config",
                e.Result.ErrorText,
                e
            );
        }
        if (result.ExitCode != 0)
            throw new TargetException(
                TargetFailure.Configuration,
                target,
                SshMessage.Advice(TargetFailure.Configuration, options.Destination, options, result.ErrorText),
                $"{spec.CommandLine}\n{result.ErrorText}"
            );
        return new SshSettings(result.OutputText);
    }

    /// <summary>host:port, for messages.</summary>
    public static string Where(string host, int port) =>
        host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
}
