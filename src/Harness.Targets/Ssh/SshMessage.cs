using Harness.Processes;

namespace Harness.Targets.Ssh;

/// <summary>Determines from OpenSSH's messages what failed: its exit status is 255 for everything.</summary>
internal static class SshMessage
{
    // The first match counts: the message for a changed key also contains "verification failed", and the log of a
    // failed login also contains that the connection was closed. Messages of OpenSSH 8.4 to 10 under LC_ALL=C.
    private static readonly (string Words, TargetFailure Failure)[] Known =
    [
        ("REMOTE HOST IDENTIFICATION HAS CHANGED", TargetFailure.HostKeyChanged),
        ("REVOKED HOST KEY", TargetFailure.HostKeyChanged),
        ("host key is known for", TargetFailure.HostKeyUnknown),
        ("Host key verification failed", TargetFailure.HostKeyUnknown),
        ("Unable to negotiate", TargetFailure.Negotiation),
        ("Permission denied (", TargetFailure.Authentication),
        ("Too many authentication failures", TargetFailure.Authentication),
        ("No supported authentication methods", TargetFailure.Authentication),
        ("Could not resolve hostname", TargetFailure.NameNotFound),
        ("Bad configuration option", TargetFailure.Configuration),
        ("terminating, ", TargetFailure.Configuration),
        ("Bad owner or permissions on", TargetFailure.Configuration),
        ("keyword ", TargetFailure.Configuration),
        ("command-line: line ", TargetFailure.Configuration),
        ("Bad port", TargetFailure.Configuration),
        ("hostname contains invalid characters", TargetFailure.Configuration),
        ("Can't open user config file", TargetFailure.Configuration),
        ("unknown option", TargetFailure.Configuration),
        ("illegal option", TargetFailure.Configuration),
        ("timed out", TargetFailure.Timeout),
        ("not responding", TargetFailure.Timeout),
        ("Connection refused", TargetFailure.Refused),
        ("No route to host", TargetFailure.Unreachable),
        ("Network is unreachable", TargetFailure.Unreachable),
        ("kex_exchange_identification", TargetFailure.ClosedEarly),
        ("Connection closed by", TargetFailure.ClosedEarly),
        ("Connection reset by", TargetFailure.ClosedEarly),
        ("Broken pipe", TargetFailure.ClosedEarly),
    ];

    public static TargetFailure Classify(string text)
    {
        foreach (var (words, failure) in Known)
            if (text.Contains(words, StringComparison.OrdinalIgnoreCase))
                return failure;
        return TargetFailure.Unknown;
    }

    /// <summary>Whether the message is the client's own, of a session without a master.</summary>
    public static bool IsOfTheClient(string errors) =>
        errors.Contains("UNKNOWN port 65535", StringComparison.Ordinal) // The ProxyCommand that always fails.
        || errors.Contains("mux_client_", StringComparison.Ordinal)
        || errors.Contains("Control socket connect(", StringComparison.Ordinal);

    /// <summary>One line: what, where, what to do.</summary>
    /// <param name="failure">The kind.</param>
    /// <param name="where">host:port as ssh resolved it.</param>
    /// <param name="options">What was tried.</param>
    /// <param name="text">ssh's message.</param>
    public static string Advice(TargetFailure failure, string where, SshOptions options, string text) =>
        failure switch
        {
            TargetFailure.NameNotFound =>
                $"the name in {where} is not found: correct the host, or add it to DNS or your ssh_config",
            TargetFailure.Refused => $"nothing listens at {where}: start sshd there, or correct host and port",
            TargetFailure.Unreachable => $"there is no route to {where}: check the network, VPN or jump host",
            TargetFailure.Timeout => $"{where} does not answer: check that it is up and that no firewall is between",
            TargetFailure.ClosedEarly =>
                $"{where} closed the connection before the login: it may be booting, or limiting logins; try again",
            TargetFailure.HostKeyChanged =>
                $"the host key of {where} is not the recorded one: if the host was reinstalled, remove the old key with "
                    + $"{RemovalOf(where, options.KnownHostsFile)}; otherwise someone may be in between",
            TargetFailure.HostKeyUnknown =>
                $"no host key is recorded for {where}: log in once by hand ({options.ByHand()}), or allow accept-new",
            TargetFailure.Authentication =>
                $"{where} accepts none of the offered keys: load your key into the agent or add it on the host; "
                    + $"to try: {options.ByHand("BatchMode=yes")} true",
            TargetFailure.Negotiation => $"ssh here and sshd at {where} have no algorithm in common: {LastLine(text)}",
            TargetFailure.Configuration => $"ssh refuses its options: {LastLine(text)}",
            _ => $"ssh to {where} failed: {LastLine(text)}",
        };

    /// <summary>In known_hosts a host with another port than 22 is "[host]:port".</summary>
    private static string RemovalOf(string where, string? file)
    {
        int colon = where.LastIndexOf(':');
        string name =
            colon < 0 ? where
            : where[(colon + 1)..] == "22" ? where[..colon]
            : $"[{where[..colon].Trim('[', ']')}]{where[colon..]}";
        return ShellQuote.Join(["ssh-keygen", "-R", name, .. file is null ? [] : new[] { "-f", file }]);
    }

    public static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault()
        ?? "no output";
}
