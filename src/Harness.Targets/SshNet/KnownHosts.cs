using Harness.Targets.Ssh;

namespace Harness.Targets.SshNet;

/// <summary>The recorded keys of one host, checked as OpenSSH does.</summary>
internal sealed class KnownHosts : IHostKeys
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);
    private const int Tries = 100;

    private readonly string _where;
    private readonly string _name;
    private readonly Sources _sources;
    private readonly IReadOnlyList<KnownHostsLine> _lines;
    private readonly IReadOnlyList<KnownHostsLine> _withoutPort;
    private PublicKey? _trusted;

    /// <param name="where">The host, for messages.</param>
    /// <param name="host">Its name as ssh resolved it.</param>
    /// <param name="port">Its port.</param>
    /// <param name="sources">The files with recorded keys.</param>
    public KnownHosts(string where, string host, int port, Sources sources)
    {
        _where = where;
        _sources = sources;
        _name = sources.Alias?.ToLowerInvariant() ?? KnownHostsFile.NameOf(host, port);
        _lines = Find(_name);
        // As in OpenSSH: a key that is recorded for the name alone is accepted for a port without any record.
        _withoutPort = sources.Alias is null && port != 22 ? Find(KnownHostsFile.NameOf(host, 22)) : [];
    }

    /// <summary>The files with recorded keys, and the policy for unknown hosts.</summary>
    /// <param name="User">Files of the user; the first is written to.</param>
    /// <param name="Global">Files of the system.</param>
    internal sealed record Sources(IReadOnlyList<string> User, IReadOnlyList<string> Global, HostKeyPolicy Policy)
    {
        /// <summary>The name that is used instead of the host's.</summary>
        public string? Alias { get; init; }

        /// <summary>The command with which a user logs in by hand.</summary>
        public string? ByHand { get; init; }

        /// <summary>Whether names are written hashed.</summary>
        public bool Hashed { get; init; }
    }

    public IReadOnlyList<string> Types =>
        [
            .. _lines
                .Concat(_withoutPort)
                .Where(l => l.Marker == KnownHostsMarker.Key)
                .Select(l => l.Key.Type)
                .Distinct(),
        ];

    /// <summary>
    /// The place of a line by which an authority certifies the host, if there is no other record for it; else null.
    /// </summary>
    public string? OnlyByAuthority =>
        _lines.Any(l => l.Marker == KnownHostsMarker.Key)
            ? null
            : _lines.FirstOrDefault(l => l.Marker == KnownHostsMarker.CertAuthority)?.Place;

    public HostKeyVerdict Judge(PublicKey shown)
    {
        if (_trusted?.IsSame(shown) == true)
            return HostKeyVerdict.Trusted;
        var verdict = Judge(shown, _lines) ?? OfNew(shown);
        if (verdict.Failure is null)
            _trusted = shown;
        return verdict;
    }

    /// <returns>Null if nothing is recorded.</returns>
    private HostKeyVerdict? Judge(PublicKey shown, IReadOnlyList<KnownHostsLine> lines)
    {
        if (lines.FirstOrDefault(l => l.Marker == KnownHostsMarker.Revoked && l.Key.IsSame(shown)) is { } revoked)
            return new(
                TargetFailure.HostKeyChanged,
                $"the host key of {_where} ({shown}) is revoked in {revoked.Place}: give the host a new one"
            );
        var keys = lines.Where(l => l.Marker == KnownHostsMarker.Key).ToList();
        if (keys.Exists(l => l.Key.IsSame(shown)))
            return HostKeyVerdict.Trusted;
        if (keys.Count == 0)
            return null;
        var recorded = keys.Find(l => l.Key.Type == shown.Type) ?? keys[0];
        return new(
            TargetFailure.HostKeyChanged,
            $"the host key of {_where} is not the recorded one: it is {shown}, and {recorded.Place} has {recorded.Key}; if the "
                + $"host was reinstalled, remove the old key with ssh-keygen -R '{_name}' -f {recorded.File}; otherwise someone may be in between"
        );
    }

    private HostKeyVerdict OfNew(PublicKey shown)
    {
        if (Judge(shown, _withoutPort) is { } verdict && (verdict.Failure is null || IsRevoked(shown)))
            return verdict;
        if (_sources.Policy != HostKeyPolicy.AcceptNew)
            return new(
                TargetFailure.HostKeyUnknown,
                $"no host key is recorded for {_where}, which shows {shown}: log in once by hand{(_sources.ByHand is { } ssh ? $" ({ssh})" : "")}, or allow accept-new"
            );
        if (_sources.User.Count == 0)
            return new(
                TargetFailure.HostKeyUnknown,
                $"no host key is recorded for {_where}, and there is no file to record it in: set a known_hosts file"
            );
        return Record(_sources.User[0], shown);
    }

    private bool IsRevoked(PublicKey shown) =>
        _withoutPort.Any(l => l.Marker == KnownHostsMarker.Revoked && l.Key.IsSame(shown));

    private List<KnownHostsLine> Find(string name) =>
        [.. KnownHostsFile.Find([.. _sources.User, .. _sources.Global], name)];

    /// <summary>Records the key, under a lock: another harness may be about to record the same host's key.</summary>
    private HostKeyVerdict Record(string file, PublicKey shown)
    {
        try
        {
            if (Path.GetDirectoryName(file) is { Length: > 0 } folder)
                Directory.CreateDirectory(
                    folder,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
            using var stream = Open(file);
            if (Judge(shown, KnownHostsFile.Find(stream, file, _name)) is { } meanwhile)
                return meanwhile;
            if (stream.CanSeek && stream.Length > 0)
            {
                stream.Seek(-1, SeekOrigin.End);
                if (stream.ReadByte() != '\n')
                    stream.WriteByte((byte)'\n');
            }
            stream.Write(
                System.Text.Encoding.UTF8.GetBytes(KnownHostsFile.LineOf(_name, shown, _sources.Hashed) + "\n")
            );
            return HostKeyVerdict.Trusted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(
                TargetFailure.Configuration,
                $"the host key of {_where} can't be recorded in {file}: {e.Message}"
            );
        }
    }

    private static FileStream Open(string file)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None, // flock(2).
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        for (int left = Tries; ; left--)
        {
            try
            {
                return new FileStream(file, options);
            }
            catch (IOException) when (left > 1)
            {
                Thread.Sleep(BetweenTries);
            }
        }
    }
}
