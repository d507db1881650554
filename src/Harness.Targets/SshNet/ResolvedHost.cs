namespace Harness.Targets.SshNet;

/// <summary>All that is needed to log in to a host, with nothing left to look up.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="User">Who logs in.</param>
/// <param name="Keys">What proves it.</param>
/// <param name="HostKeys">What proves that it is the host.</param>
internal sealed record ResolvedHost(string Host, int Port, string User, KeySources Keys, IHostKeys HostKeys)
{
    /// <summary>What a user types after "ssh" to get there.</summary>
    public string Destination { get; init; } = Host;

    /// <summary>Limit for TCP, and for each step of the login, before TimeoutScale stretches it.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Limit for the login as a whole, jump hosts included, before TimeoutScale stretches it.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Time between two signs of lifecycle asked of a silent host.</summary>
    public TimeSpan AliveInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Hosts to go through, the nearest first.</summary>
    public IReadOnlyList<ResolvedHost> Jumps { get; init; } = [];

    /// <summary>Settings that are not acted on, and could be why a login fails.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>host:port, for messages.</summary>
    public string Where => Ssh.SshSettings.Where(Host, Port);

    /// <summary>
    /// A guest that the harness booted: a loopback port, its own key, its generated host key, and nothing else.
    /// </summary>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="user">Who logs in.</param>
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

/// <summary>Where the keys of a login come from.</summary>
/// <param name="Files">Private keys, in the order in which they are offered.</param>
/// <param name="Certificates">Certificates of them; one beside its key is found by its name.</param>
/// <param name="AgentSocket">An agent's; null for none.</param>
/// <param name="FilesOnly">Whether of the agent's keys only those are offered of which there is a file.</param>
internal sealed record KeySources(
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Certificates,
    string? AgentSocket,
    bool FilesOnly
)
{
    /// <summary>
    /// Whether the files were asked for: one that is missing is an error, and not one of many names that may be.
    /// </summary>
    public bool FilesAreAsked { get; init; }

    public static KeySources OneFile(string path) => new([path], [], null, FilesOnly: true) { FilesAreAsked = true };
}
