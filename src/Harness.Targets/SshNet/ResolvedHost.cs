namespace Harness.Targets.SshNet;

/// <summary>Everything that is needed to log in to a host, fully resolved.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="User">The login.</param>
/// <param name="Keys">Authenticate the login.</param>
/// <param name="HostKeys">Authenticate the host.</param>
internal sealed record ResolvedHost(string Host, int Port, string User, KeySources Keys, IHostKeys HostKeys)
{
    /// <summary>The argument that a user would pass to ssh.</summary>
    public string Destination { get; init; } = Host;

    /// <summary>The command with which a user tries the login, if no password is needed.</summary>
    public string ByHand { get; init; } = $"ssh -o BatchMode=yes {Host}";

    /// <summary>Limit for TCP, and for each step of the login, before scaling by TimeoutScale.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Limit for the whole login, including jump hosts, before scaling by TimeoutScale.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Time between two keep-alives to a silent host.</summary>
    public TimeSpan AliveInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Jump hosts, the nearest first.</summary>
    public IReadOnlyList<ResolvedHost> Jumps { get; init; } = [];

    /// <summary>Settings that are ignored, and could be why a login fails.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>host:port, for messages.</summary>
    public string Where => Ssh.SshSettings.Where(Host, Port);

    /// <summary>A guest that the harness booted: a loopback port, its own key, its generated host key.</summary>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="user">The login.</param>
    /// <param name="loginKeyPath">The private key's file.</param>
    /// <param name="hostPublicKey">"ssh-ed25519 AAAA...", as generated with the image.</param>
    public static ResolvedHost Guest(int port, string user, string loginKeyPath, string hostPublicKey)
    {
        const string loopback = "127.0.0.1";
        var key = PublicKey.Parse(hostPublicKey)
            ?? throw new ArgumentException(
                "not a public key of the form 'type base64 [comment]'",
                nameof(hostPublicKey)
            );
        return new(
            loopback,
            port,
            user,
            KeySources.OneFile(loginKeyPath),
            new OneHostKey(key, Ssh.SshSettings.Where(loopback, port))
        );
    }
}

/// <summary>The sources of a login's keys.</summary>
/// <param name="Files">Private keys, in the order in which they are offered.</param>
/// <param name="Certificates">Their certificates; one beside its key is found by its name.</param>
/// <param name="AgentSocket">An agent's; null for none.</param>
/// <param name="FilesOnly">Whether only those of the agent's keys are offered that also exist as files.</param>
internal sealed record KeySources(
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Certificates,
    string? AgentSocket,
    bool FilesOnly
)
{
    /// <summary>
    /// Whether the files were configured: a missing one is then an error, and not one of several default names.
    /// </summary>
    public bool FilesAreAsked { get; init; }

    public static KeySources OneFile(string path) => new([path], [], null, FilesOnly: true) { FilesAreAsked = true };
}
