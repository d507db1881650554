using System.Globalization;
using Harness.Processes;

namespace Harness.Targets.Ssh;

/// <summary>What to do with host keys.</summary>
public enum HostKeyPolicy
{
    /// <summary>Only hosts with a recorded key.</summary>
    Strict,

    /// <summary>Record the key of a host seen for the first time; refuse a changed one.</summary>
    AcceptNew,
}

/// <summary>
/// How to log in to a host with OpenSSH. Everything that concerns security or the bytes on the channel is set
/// explicitly, so that a user's ssh_config can only choose the route to the host.
/// </summary>
/// <param name="Destination">The argument of ssh: [user@]host, or an alias of the ssh_config.</param>
public sealed record SshOptions(string Destination)
{
    /// <summary>The ssh client: a name in PATH, or a path.</summary>
    public string Program { get; init; } = "ssh";

    /// <summary>Null: the ssh_config's, or 22.</summary>
    public int? Port { get; init; }

    /// <summary>Null: the destination's, the ssh_config's, or the local user.</summary>
    public string? User { get; init; }

    /// <summary>Null: the user's own and the system's; "none": no configuration file at all.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Null: the user's agent, keys and certificates. A path: this key alone.</summary>
    public string? IdentityFile { get; init; }

    public HostKeyPolicy HostKeys { get; init; } = HostKeyPolicy.Strict;

    /// <summary>Null: the user's and the system's.</summary>
    public string? KnownHostsFile { get; init; }

    /// <summary>The name under which the host key is recorded, if it is not the host's.</summary>
    public string? HostKeyAlias { get; init; }

    /// <summary>Limit for TCP and the first handshake, before scaling by <see cref="TimeoutScale"/>.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Limit for the whole login, before scaling by <see cref="TimeoutScale"/>: jump hosts, agents, hardware keys.
    /// </summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// Time between two keep-alives to a silent host; after three without a response it counts as lost.
    /// </summary>
    public TimeSpan AliveInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A guest that the harness booted: on a loopback port, no configuration file, its own key, its generated host key.
    /// </summary>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="loginKeyPath">The private key's file; only its owner may be able to read it.</param>
    /// <param name="hostPublicKey">"ssh-ed25519 AAAA...", as generated with the image.</param>
    /// <param name="knownHostsPath">Where to write the known_hosts file.</param>
    public static SshOptions ForGuest(int port, string loginKeyPath, string hostPublicKey, string knownHostsPath)
    {
        const string alias = "harness-guest";
        var fields = hostPublicKey.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length < 2)
            throw new ArgumentException("not a public key of the form 'type base64 [comment]'", nameof(hostPublicKey));
        File.WriteAllText(knownHostsPath, $"{alias} {fields[0]} {fields[1]}\n");
        return new("127.0.0.1")
        {
            Port = port,
            User = "root",
            ConfigFile = "none",
            IdentityFile = loginKeyPath,
            KnownHostsFile = knownHostsPath,
            HostKeyAlias = alias,
        };
    }

    /// <summary>
    /// Arguments that print ssh's resolved settings for a jump host; only the route and the ssh_config are ours to set.
    /// </summary>
    /// <param name="alone">Whether it is reached directly, whatever the ssh_config says.</param>
    internal IReadOnlyList<string> JumpPreflight(bool alone) =>
        ["-G", .. Place(), .. alone ? new[] { "-o", "ProxyJump=none" } : [], "-o", "BatchMode=yes", "--", Destination];

    /// <summary>The command with which a user tries the same login by hand.</summary>
    /// <param name="settings">More of ssh's, "BatchMode=yes".</param>
    public string ByHand(params string[] settings)
    {
        List<string> all = ["ssh", .. Place()];
        if (IdentityFile is not null)
            all.AddRange(["-i", IdentityFile]);
        if (KnownHostsFile is not null)
            all.AddRange(["-o", $"UserKnownHostsFile={KnownHostsFile}"]);
        return ShellQuote.Join([.. all, .. settings.SelectMany(s => (string[])["-o", s]), Destination]);
    }

    private List<string> Place()
    {
        var all = new List<string>();
        if (ConfigFile is not null)
            all.AddRange(["-F", ConfigFile]);
        if (Port is { } port)
            all.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        if (User is not null)
            all.AddRange(["-l", User]);
        return all;
    }

    /// <summary>The options of the master, except those that make it one.</summary>
    internal IReadOnlyList<string> Connection()
    {
        var all = Place();
        if (IdentityFile is not null)
            all.AddRange(["-i", Expandable(IdentityFile), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]);
        if (KnownHostsFile is not null)
            all.AddRange([
                "-o",
                $"UserKnownHostsFile=\"{Expandable(KnownHostsFile)}\"",
                "-o",
                "GlobalKnownHostsFile=none",
            ]);
        if (HostKeyAlias is not null)
            all.AddRange(["-o", $"HostKeyAlias={HostKeyAlias}"]);
        all.AddRange(
            Settings([
                ("StrictHostKeyChecking", HostKeys == HostKeyPolicy.AcceptNew ? "accept-new" : "yes"),
                ("UpdateHostKeys", "no"),
                ("BatchMode", "yes"),
                ("PasswordAuthentication", "no"),
                ("KbdInteractiveAuthentication", "no"),
                ("ConnectTimeout", Seconds(ConnectTimeout)),
                // Debian's BatchMode would set 300 s silently.
                ("ServerAliveInterval", Seconds(AliveInterval)),
                ("ServerAliveCountMax", "3"),
                ("ClearAllForwardings", "yes"),
                ("ForwardAgent", "no"),
                ("ForwardX11", "no"),
                ("Tunnel", "no"),
                ("PermitLocalCommand", "no"),
                ("RemoteCommand", "none"),
                ("RequestTTY", "no"),
                ("EscapeChar", "none"),
                ("ControlPersist", "no"),
                ("LogLevel", "INFO"), // Errors are distinguished by ssh's messages.
            ])
        );
        return all;
    }

    /// <summary>The foreground master's arguments.</summary>
    internal IReadOnlyList<string> Master(string socket, string log) =>
        ["-M", "-N", "-S", Percent(socket), "-E", log, .. Connection(), "--", Destination];

    /// <summary>Arguments that print ssh's resolved settings, without connecting.</summary>
    internal IReadOnlyList<string> Preflight() => ["-G", .. Connection(), "--", Destination];

    /// <summary>
    /// One session over a master. Without the master it fails at once, since it has no other route to the host.
    /// </summary>
    internal static IReadOnlyList<string> Session(string socket, string command) =>
        [
            "-F",
            "none",
            "-S",
            Percent(socket),
            .. Settings([
                ("ControlMaster", "no"),
                ("BatchMode", "yes"),
                ("ProxyCommand", "false"),
                ("EscapeChar", "none"),
                ("LogLevel", "ERROR"),
            ]),
            "-T",
            "-p",
            "9",
            "--",
            "none",
            command,
        ];

    internal static IReadOnlyList<string> Check(string socket) =>
        ["-F", "none", "-S", Percent(socket), "-O", "check", "--", "none"];

    /// <summary>Predictable messages, and no password prompts.</summary>
    internal static IReadOnlyDictionary<string, string?> Environment { get; } =
        new Dictionary<string, string?> { ["LC_ALL"] = "C", ["SSH_ASKPASS_REQUIRE"] = "never" };

    private static IEnumerable<string> Settings(IEnumerable<(string Name, string Value)> settings) =>
        settings.SelectMany(s => new[] { "-o", $"{s.Name}={s.Value}" });

    private static string Seconds(TimeSpan time) =>
        Math.Max(1, (int)Math.Ceiling(TimeoutScale.Scale(time).TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static string Percent(string path) => path.Replace("%", "%%", StringComparison.Ordinal);

    // ssh_config(5): these paths expand %-tokens, which can be doubled, and ${VARIABLE}, which can't be escaped.
    private static string Expandable(string path) =>
        path.Contains("${", StringComparison.Ordinal) || path.Contains('"', StringComparison.Ordinal)
            ? throw new ArgumentException($"ssh cannot be given the path {path}: it holds ${{ or a quote", nameof(path))
            : Percent(path);
}
