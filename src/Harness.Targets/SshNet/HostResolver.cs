using System.Globalization;
using Harness.Processes;
using Harness.Targets.Ssh;

namespace Harness.Targets.SshNet;

/// <summary>
/// Determines how to log in to a lab host: by the output of ssh -G if ssh is installed, else by the destination as
/// written.
/// </summary>
/// <param name="runner">Starts ssh -G.</param>
/// <param name="target">The target's name, for messages.</param>
/// <param name="options">The options in the target's configuration.</param>
internal sealed class HostResolver(IProcessRunner runner, string target, SshOptions options)
{
    /// <summary>Limits a cycle of jump hosts.</summary>
    private const int MostJumps = 8;

    private const string Advice = "set \"transport\": \"openssh\" for this target, or remove the setting";
    private static readonly string[] UsualKeys = ["id_rsa", "id_ecdsa", "id_ed25519"];

    /// <exception cref="TargetException">
    /// The configuration is invalid, or needs something that only OpenSSH supports.
    /// </exception>
    public async Task<ResolvedHost> ResolveAsync(CancellationToken cancel)
    {
        SshSettings settings;
        try
        {
            settings = await SshSettings
                .AskAsync(runner, target, options, options.Preflight(), cancel)
                .ConfigureAwait(false);
        }
        catch (ProgramNotFoundException e)
        {
            return options.ConfigFile is null or "none"
                ? WithoutSsh()
                : throw new TargetException(
                    TargetFailure.ProgramMissing,
                    target,
                    $"only ssh can read {options.ConfigFile}: {e.Message}",
                    inner: e
                );
        }
        var jumps = new List<ResolvedHost>();
        await AddJumpsAsync(jumps, settings, 0, cancel).ConfigureAwait(false);
        return Resolved(settings, options, isJump: false) with { Jumps = jumps };
    }

    /// <summary>
    /// The hosts in between, the nearest first. Each is reached through the one before, the first by its own
    /// ssh_config.
    /// </summary>
    private async Task AddJumpsAsync(
        List<ResolvedHost> jumps,
        SshSettings settings,
        int depth,
        CancellationToken cancel
    )
    {
        if (settings["proxyjump"] is not { } list)
            return;
        if (depth == MostJumps)
            throw Refused($"the jump hosts of {options.Destination} have no end: correct ProxyJump in your ssh_config");
        bool first = true;
        foreach (var hop in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var place = Parse(hop) with { ConfigFile = options.ConfigFile, Program = options.Program };
            var answer = await SshSettings
                .AskAsync(runner, target, place, place.JumpPreflight(alone: !first), cancel)
                .ConfigureAwait(false);
            if (first)
                await AddJumpsAsync(jumps, answer, depth + 1, cancel).ConfigureAwait(false);
            jumps.Add(Resolved(answer, place, isJump: true));
            first = false;
        }
    }

    private ResolvedHost Resolved(SshSettings settings, SshOptions of, bool isJump)
    {
        if (UnsupportedSettings.First(settings) is { } name)
            throw Refused($"the ssh_config sets {name} for {of.Destination}, which only OpenSSH can follow: {Advice}");
        var host = settings["hostname"] ?? of.Destination;
        int port = int.TryParse(settings["port"], CultureInfo.InvariantCulture, out int number) ? number : 22;
        var user = settings["user"] ?? Environment.UserName;
        var tokens = new PathTokens(host, settings["hostkeyalias"], Parse(of.Destination).Destination, port, user);
        var policy = isJump
            ? settings["stricthostkeychecking"] == "accept-new"
                ? HostKeyPolicy.AcceptNew
                : HostKeyPolicy.Strict
            : of.HostKeys;
        var sources = new KnownHosts.Sources(
            of.KnownHostsFile is { } file ? [file] : Paths(settings["userknownhostsfile"]?.Split(' '), tokens),
            of.KnownHostsFile is not null ? [] : Paths(settings["globalknownhostsfile"]?.Split(' '), tokens),
            policy
        )
        {
            Alias = settings["hostkeyalias"],
            Hashed = settings["hashknownhosts"] == "yes",
        };
        var keys = new KeySources(
            of.IdentityFile is { } key ? [key] : Paths(settings.All("identityfile"), tokens),
            Paths(settings.All("certificatefile"), tokens),
            Agent(settings, tokens),
            settings["identitiesonly"] == "yes"
        )
        {
            FilesAreAsked = of.IdentityFile is not null,
        };
        return Host(of, host, port, user, keys, sources) with { Notes = UnsupportedSettings.Notes(settings) };
    }

    private ResolvedHost WithoutSsh()
    {
        var place = Parse(options.Destination);
        var home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh");
        var sources = options.KnownHostsFile is { } file
            ? new KnownHosts.Sources([file], [], options.HostKeys)
            : new KnownHosts.Sources(
                [Path.Combine(home, "known_hosts"), Path.Combine(home, "known_hosts2")],
                ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
                options.HostKeys
            );
        var keys = options.IdentityFile is { } key
            ? KeySources.OneFile(key)
            : new KeySources(
                [.. UsualKeys.Select(k => Path.Combine(home, k))],
                [],
                SocketOf("SSH_AUTH_SOCK"),
                FilesOnly: false
            );
        return Host(
            options,
            place.Destination,
            options.Port ?? place.Port ?? 22,
            options.User ?? place.User ?? Environment.UserName,
            keys,
            sources with
            {
                Alias = options.HostKeyAlias,
            }
        );
    }

    private ResolvedHost Host(
        SshOptions of,
        string host,
        int port,
        string user,
        KeySources keys,
        KnownHosts.Sources sources
    )
    {
        var where = SshSettings.Where(host, port);
        var known = new KnownHosts(where, host, port, sources with { ByHand = of.ByHand() });
        if (known.OnlyByAuthority is { } line)
            throw Refused(
                $"of {where} only the authority that certifies it is recorded ({line} has @cert-authority), which only "
                    + $"OpenSSH can follow: set \"transport\": \"openssh\" for this target, or record the host's own key"
            );
        return new ResolvedHost(host, port, user, keys, known)
        {
            Destination = of.Destination,
            ByHand = of.ByHand("BatchMode=yes"),
            ConnectTimeout = options.ConnectTimeout,
            LoginTimeout = options.LoginTimeout,
            AliveInterval = options.AliveInterval,
        };
    }

    private List<string> Paths(IEnumerable<string>? paths, PathTokens tokens) =>
        [
            .. (paths ?? [])
                .Where(p => p.Length > 0)
                .Select(p =>
                    tokens.Expand(p)
                    ?? throw Refused(
                        $"the path {p} of your ssh_config contains a token that only OpenSSH can expand: {Advice}"
                    )
                ),
        ];

    private string? Agent(SshSettings settings, PathTokens tokens) =>
        settings.Raw("identityagent") switch
        {
            "none" => null,
            null or "SSH_AUTH_SOCK" => SocketOf("SSH_AUTH_SOCK"),
            ['$', not '{', ..] and var variable => SocketOf(variable[1..]),
            var path => Paths([path], tokens)[0],
        };

    private static string? SocketOf(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? path : null;

    /// <summary>[user@]host[:port]; an IPv6 address with a port is in brackets.</summary>
    private static SshOptions Parse(string text)
    {
        int at = text.LastIndexOf('@');
        var (user, place) = at < 0 ? (null, text) : (text[..at], text[(at + 1)..]);
        int? port = null;
        int colon = place.LastIndexOf(':');
        if (
            colon > 0
            && (place.IndexOf(':', StringComparison.Ordinal) == colon || place[colon - 1] == ']')
            && int.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        )
            (place, port) = (place[..colon], number);
        return new SshOptions(place.Trim('[', ']')) { User = user, Port = port };
    }

    private TargetException Refused(string why) => new(TargetFailure.Configuration, target, why);
}
