using System.Security.Cryptography;

namespace Harness.Targets.SshNet;

/// <summary>A public key as ssh sends it.</summary>
/// <param name="Type">"ssh-ed25519".</param>
/// <param name="Blob">The encoded key, its type included.</param>
internal sealed record PublicKey(string Type, byte[] Blob)
{
    /// <summary>As ssh-keygen -l prints it.</summary>
    public string Fingerprint => "SHA256:" + Convert.ToBase64String(SHA256.HashData(Blob)).TrimEnd('=');

    public bool IsSame(PublicKey other) => Blob.AsSpan().SequenceEqual(other.Blob);

    /// <summary>"ssh-ed25519 AAAA... comment"; null if it is not a public key.</summary>
    public static PublicKey? Parse(string text)
    {
        var fields = text.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 2 ? null : Parse(fields[0], fields[1]);
    }

    /// <summary>The type must match the one inside the key.</summary>
    public static PublicKey? Parse(string type, string base64)
    {
        var blob = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, blob, out int length))
            return null;
        Array.Resize(ref blob, length);
        return new SshReader(blob).TryText(out var named) && named == type ? new PublicKey(type, blob) : null;
    }

    public override string ToString() => $"{Type} {Fingerprint}";
}

/// <summary>The result of checking a host's key.</summary>
/// <param name="Failure">Null if it is trusted.</param>
/// <param name="Why">One line, for the user.</param>
internal sealed record HostKeyVerdict(TargetFailure? Failure, string Why)
{
    public static HostKeyVerdict Trusted { get; } = new(null, "");
}

/// <summary>The known keys of one host.</summary>
internal interface IHostKeys
{
    /// <summary>The types of the known keys: a host with several keys shows the preferred one.</summary>
    IReadOnlyList<string> Types { get; }

    /// <summary>Checks the key that a host has proved to have.</summary>
    HostKeyVerdict Judge(PublicKey shown);
}

/// <summary>
/// A host with one known key; no other is accepted: a guest with the key that was generated with its image.
/// </summary>
internal sealed class OneHostKey(PublicKey key, string where) : IHostKeys
{
    public IReadOnlyList<string> Types => [key.Type];

    public HostKeyVerdict Judge(PublicKey shown) =>
        shown.IsSame(key)
            ? HostKeyVerdict.Trusted
            : new(
                TargetFailure.HostKeyChanged,
                $"the host key of {where} is {shown}, and not the image's ({key}): another machine answers there, or the image is of other keys"
            );
}
