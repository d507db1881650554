using System.Globalization;
using Harness.Cli.Configuration;
using Harness.Processes;

namespace Harness.Cli.Actions.Checking;

/// <summary>Commands for a host that the user pastes into a shell of this machine.</summary>
/// <param name="target">The host.</param>
/// <param name="probeIsRoot">Whether the probe is root there.</param>
internal sealed class HostCommand(TargetConfiguration target, bool probeIsRoot)
{
    private readonly bool _isRoot = probeIsRoot && target is not SshTargetConfiguration { Become: BecomeChoice.Sudo };

    /// <summary>Null for a host that QEMU boots, and for a pool, where it may be any machine.</summary>
    private readonly SshTargetConfiguration? _ssh = target as SshTargetConfiguration;

    /// <summary>A host that QEMU boots from the configuration.</summary>
    public bool IsBooted => target is QemuTargetConfiguration;

    /// <summary>The command line as root there; null if the host is not reached by ssh.</summary>
    /// <param name="command">Of a POSIX shell.</param>
    public string? AsRoot(string command) =>
        AsLogin(
            _isRoot ? command
            : command.AsSpan().IndexOfAny("|>;&") < 0 ? $"sudo {command}"
            : $"sudo sh -c {ShellQuote.Word(command)}"
        );

    /// <summary>The command line as the login there; null if the host is not reached by ssh.</summary>
    public string? AsLogin(string command)
    {
        if (_ssh is null)
            return null;
        var words = new List<string> { "ssh" };
        if (_ssh.Port is { } port)
            words.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        if (_ssh.SshConfig is { } config)
            words.AddRange(["-F", config]);
        if (_ssh.IdentityFile is { } identity)
            words.AddRange(["-i", identity]);
        if (_ssh.KnownHostsFile is { } known)
            words.AddRange(["-o", $"UserKnownHostsFile={known}"]);
        // sudo may want a password.
        if (!probeIsRoot && command.StartsWith("sudo ", StringComparison.Ordinal))
            words.Add("-t");
        return ShellQuote.Join([.. words, _ssh.Destination, command]);
    }

    /// <summary>For a host that is reached by ssh a command; for others what to do.</summary>
    public Mend Or(string command, string advice) =>
        AsRoot(command) is { } line ? new Mend(line) : new Mend(null, advice);
}
