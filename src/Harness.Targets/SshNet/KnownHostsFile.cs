using System.Security.Cryptography;
using System.Text;

namespace Harness.Targets.SshNet;

/// <summary>The marker of a line in known_hosts.</summary>
internal enum KnownHostsMarker
{
    Key,
    Revoked,
    CertAuthority,
}

/// <summary>A line of known_hosts that matches a host.</summary>
internal sealed record KnownHostsLine(KnownHostsMarker Marker, PublicKey Key, string File, int Number)
{
    /// <summary>FILE:LINE.</summary>
    public string Place => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{File}:{Number}");
}

/// <summary>Reads known_hosts as sshd(8) describes it: names, patterns, negation, hashed names, markers.</summary>
internal static class KnownHostsFile
{
    private const string HashMagic = "|1|";

    /// <summary>The lines for a host, in the order of files and lines. Files that don't exist are empty.</summary>
    /// <param name="files">Paths.</param>
    /// <param name="name">As written in the files: "host", "[host]:2222".</param>
    public static IReadOnlyList<KnownHostsLine> Find(IEnumerable<string> files, string name)
    {
        var found = new List<KnownHostsLine>();
        foreach (var file in files)
        {
            try
            {
                // Without a .NET file lock: a writer may hold one.
                using var stream = new FileStream(
                    file,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete
                );
                found.AddRange(Find(stream, file, name));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // As in OpenSSH: an unreadable file counts as empty.
            }
        }
        return found;
    }

    /// <summary>The lines of an opened file, which remains open.</summary>
    public static IReadOnlyList<KnownHostsLine> Find(Stream stream, string file, string name)
    {
        var found = new List<KnownHostsLine>();
        var lower = name.ToLowerInvariant();
        using var reader = new StreamReader(stream, leaveOpen: true);
        for (int number = 1; reader.ReadLine() is { } line; number++)
            if (Parse(line, lower) is var (marker, key))
                found.Add(new KnownHostsLine(marker, key, file, number));
        return found;
    }

    /// <summary>The name of a host in the file.</summary>
    public static string NameOf(string host, int port) => (port == 22 ? host : $"[{host}]:{port}").ToLowerInvariant();

    /// <summary>A line to record a key with.</summary>
    public static string LineOf(string name, PublicKey key, bool hashed) =>
        $"{(hashed ? Hash(name, RandomNumberGenerator.GetBytes(SHA1.HashSizeInBytes)) : name)} {key.Type} {Convert.ToBase64String(key.Blob)}";

    private static (KnownHostsMarker Marker, PublicKey Key)? Parse(string line, string name)
    {
        var rest = line.TrimStart(' ', '\t');
        if (rest.Length == 0 || rest[0] == '#')
            return null;
        var marker = KnownHostsMarker.Key;
        if (rest[0] == '@')
        {
            KnownHostsMarker? named = Word(ref rest) switch
            {
                "@revoked" => KnownHostsMarker.Revoked,
                "@cert-authority" => KnownHostsMarker.CertAuthority,
                _ => null,
            };
            if (named is null)
                return null;
            marker = named.Value;
        }
        var names = Word(ref rest);
        if (!Names(names, name))
            return null;
        var key = PublicKey.Parse(Word(ref rest), Word(ref rest));
        return key is null ? null : (marker, key);
    }

    private static string Word(ref string rest)
    {
        int end = rest.AsSpan().IndexOfAny(' ', '\t');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? "" : rest[end..].TrimStart(' ', '\t');
        return word;
    }

    private static bool Names(string names, string name)
    {
        if (names.StartsWith('|'))
            return names.Split('|') is [_, "1", var salt, _]
                && TryBytes(salt, out var bytes)
                && names == Hash(name, bytes);
        bool found = false;
        foreach (var pattern in names.ToLowerInvariant().Split(','))
        {
            if (pattern.StartsWith('!'))
            {
                if (Fits(name, pattern.AsSpan(1)))
                    return false;
            }
            else
            {
                found |= Fits(name, pattern);
            }
        }
        return found;
    }

    /// <summary>* matches any text, ? one character.</summary>
    private static bool Fits(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        int at = 0,
            inside = 0,
            star = -1,
            resume = 0;
        while (at < name.Length)
        {
            if (inside < pattern.Length && pattern[inside] == '*')
            {
                star = inside++;
                resume = at;
            }
            else if (inside < pattern.Length && (pattern[inside] == '?' || pattern[inside] == name[at]))
            {
                inside++;
                at++;
            }
            else if (star >= 0)
            {
                inside = star + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }
        while (inside < pattern.Length && pattern[inside] == '*')
            inside++;
        return inside == pattern.Length;
    }

    // The file format uses SHA-1 to hide names, not for security.
#pragma warning disable CA5350
    private static string Hash(string name, byte[] salt) =>
        $"{HashMagic}{Convert.ToBase64String(salt)}|{Convert.ToBase64String(HMACSHA1.HashData(salt, Encoding.UTF8.GetBytes(name)))}";
#pragma warning restore CA5350

    private static bool TryBytes(string base64, out byte[] bytes)
    {
        bytes = new byte[base64.Length];
        bool read = Convert.TryFromBase64String(base64, bytes, out int length);
        Array.Resize(ref bytes, length);
        return read;
    }
}
