using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>Commands of root on a host with a login that is not root: sudo without a password.</summary>
public static class Sudo
{
    /// <summary>Before the words of a command.</summary>
    internal const string Command = "sudo -n";

    /// <summary>A script, by root.</summary>
    public static string Of(string script) => $"{Command} sh -c {ShellQuote.Word(script)}";

    /// <summary>Checks that the login may use it.</summary>
    /// <exception cref="TargetException">It may not, or sudo wants a password; with what to do.</exception>
    public static async Task EnsureAsync(IConnection connection, CancellationToken cancel = default)
    {
        // In a fixed language: the reason is recognised by its words.
        var result = await connection.ExecAsync($"LC_ALL=C {Command} true", cancel: cancel).ConfigureAwait(false);
        if (result.ExitCode == 0)
            return;
        string says = result
            .Errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault()
            ?? $"exit status {result.ExitCode}";
        string what =
            says.Contains("password", StringComparison.Ordinal)
                ? "sudo wants a password there, and the harness has none: give the login NOPASSWD in its sudoers"
            : result.ExitCode == 127 ? "there is no sudo"
            : $"the login may not use sudo ({says})";
        throw new TargetException(
            TargetFailure.NoPermission,
            connection.Target,
            $"{what}; or remove \"become\" from the target in harness.json",
            result.Errors
        );
    }
}
