using System.Buffers.Text;
using System.Text;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Security;

namespace Harness.Targets.SshNet;

/// <summary>The keys of one login, ready to be offered.</summary>
internal sealed class LoginKeys : IDisposable
{
    private const UnixFileMode OfOthers =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private readonly List<IPrivateKeySource> _offered = [];
    private readonly List<PrivateKeyFile> _opened = [];
    private readonly List<string> _notes = [];

    private LoginKeys() { }

    /// <summary>In the order in which they are offered.</summary>
    public IReadOnlyList<IPrivateKeySource> Offered => _offered;

    /// <summary>Why some keys are not offered.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <exception cref="LoginKeyException">
    /// A configured file can't be used, or there are only unusable files.
    /// </exception>
    public static LoginKeys Open(KeySources sources)
    {
        var keys = new LoginKeys();
        try
        {
            var agent = sources.AgentSocket is { } socket ? new AgentClient(socket) : null;
            keys.Add(sources, agent);
            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var key in _opened)
            key.Dispose();
    }

    private void Add(KeySources sources, AgentClient? agent)
    {
        var files = sources.Files.Select(f => KeyFile.Read(f, sources.FilesAreAsked)).OfType<KeyFile>().ToList();
        var held = Held(agent);
        // As in OpenSSH: the agent's keys that also exist as files, its others, then the files that it does not have.
        var ofFiles = held.Where(h => files.Exists(f => f.IsOf(h.Key))).ToList();
        foreach (var key in ofFiles.Concat(sources.FilesOnly ? [] : held.Except(ofFiles)))
            _offered.Add(new AgentKey(agent!, key.Key, _notes.Add));
        foreach (var file in files.Where(f => !held.Any(h => f.IsOf(h.Key))))
            Add(file, sources);
        if (_offered.Count == 0 && _notes.Count > 0)
            throw new LoginKeyException(string.Join("; ", _notes));
    }

    private List<AgentIdentity> Held(AgentClient? agent)
    {
        try
        {
            return [.. agent?.Identities() ?? []];
        }
        catch (IOException e)
        {
            _notes.Add($"the agent at {agent!.Socket} does not answer ({e.Message})");
            return [];
        }
    }

    private void Add(KeyFile file, KeySources sources)
    {
        if (Unusable(file) is { } reason)
        {
            _notes.Add(reason);
            if (sources.FilesAreAsked)
                throw new LoginKeyException(reason);
            return;
        }
        try
        {
            var key = Opened(file, sources.Certificates);
            _opened.Add(key);
            _offered.Add(new StrongKey(key));
        }
        catch (Exception e) when (e is SshException or NotSupportedException or FormatException or ArgumentException)
        {
            var reason2 = $"{file.Path} is not a key that can be used: {Plain.Text(e.Message)}";
            _notes.Add(reason2);
            if (sources.FilesAreAsked)
                throw new LoginKeyException(reason2);
        }
    }

    private static string? Unusable(KeyFile file)
    {
        if (file.IsEncrypted)
            return $"{file.Path} is encrypted: load it into an agent (ssh-add), or set \"transport\": \"openssh\"";
        if (file.Key?.Type.StartsWith("sk-", StringComparison.Ordinal) == true)
            return $"{file.Path} is a key in hardware ({file.Key.Type}): load it into an agent (ssh-add), or set \"transport\": \"openssh\"";
        // As in OpenSSH, which ignores such a file.
        return (File.GetUnixFileMode(file.Path) & OfOthers) != 0
            ? $"{file.Path} can be read by others: chmod 600 it"
            : null;
    }

    private static PrivateKeyFile Opened(KeyFile file, IReadOnlyList<string> certificates)
    {
        foreach (var certificate in certificates.Prepend(file.Path + "-cert.pub").Where(File.Exists))
        {
            try
            {
                return new PrivateKeyFile(file.Path, null, certificate);
            }
            catch (ArgumentException)
            {
                // The file of another key.
            }
        }
        return new PrivateKeyFile(file.Path);
    }

    /// <summary>Without signatures over SHA-1.</summary>
    private sealed class StrongKey(PrivateKeyFile key) : IPrivateKeySource
    {
        public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms =>
            [.. key.HostKeyAlgorithms.Where(a => !Algorithms.IsWeakLogin(a.Name))];
    }
}

/// <summary>The keys for a login can't be used; the message has the reason in one line.</summary>
internal sealed class LoginKeyException(string message) : Exception(message);

/// <summary>The parts of a private key file that can be read without its passphrase.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Key">
/// The public key; null if the file's format hides it, and there is no public key file beside it.
/// </param>
/// <param name="IsEncrypted">Whether it has a passphrase.</param>
internal sealed record KeyFile(string Path, PublicKey? Key, bool IsEncrypted)
{
    private static readonly byte[] Magic = [.. "openssh-key-v1"u8, 0];

    /// <param name="path">Of the private key; if only the public one exists, it names a key in an agent.</param>
    /// <param name="asked">Whether it must exist.</param>
    /// <returns>Null if there is none.</returns>
    public static KeyFile? Read(string path, bool asked)
    {
        try
        {
            if (!File.Exists(path) && !File.Exists(path + ".pub"))
                return asked ? throw new LoginKeyException($"the key {path} does not exist") : null;
            var text = File.Exists(path) ? File.ReadAllText(path) : "";
            var beside = PublicKey.Parse(text)
                ?? (File.Exists(path + ".pub") ? PublicKey.Parse(File.ReadAllText(path + ".pub")) : null);
            return Body(text) is { } body
                ? Read(path, body, beside)
                : new(path, beside, text.Contains("ENCRYPTED", StringComparison.Ordinal) || text.Length == 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return asked ? throw new LoginKeyException($"the key {path} can't be read: {e.Message}") : null;
        }
    }

    public bool IsOf(PublicKey key) => Key?.IsSame(key) == true;

    private static KeyFile Read(string path, byte[] body, PublicKey? beside)
    {
        var reader = new SshReader(body.AsMemory(Magic.Length));
        return
            reader.TryText(out var cipher)
            && reader.TryText(out _)
            && reader.TryBytes(out _)
            && reader.TryNumber(out _)
            && reader.TryBytes(out var blob)
            && new SshReader(blob).TryText(out var type)
            ? new(path, new PublicKey(type, blob.ToArray()), cipher != "none")
            : new(path, beside, false);
    }

    private static byte[]? Body(string text)
    {
        const string begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
        int start = text.IndexOf(begin, StringComparison.Ordinal);
        int end = start < 0 ? -1 : text.IndexOf("-----END", start, StringComparison.Ordinal);
        if (end < 0)
            return null;
        var base64 = Encoding.ASCII.GetBytes(
            string.Concat(text[(start + begin.Length)..end].Where(c => !char.IsWhiteSpace(c)))
        );
        var body = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        return
            Base64.DecodeFromUtf8(base64, body, out _, out int length) == System.Buffers.OperationStatus.Done
            && body.AsSpan(0, length).StartsWith(Magic)
            ? body[..length]
            : null;
    }
}
