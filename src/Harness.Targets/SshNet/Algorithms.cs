using Renci.SshNet;

namespace Harness.Targets.SshNet;

/// <summary>
/// The algorithms offered to a host: those of current OpenSSH, without SHA-1, CBC and compression; and no host
/// certificates, since certificate authorities are not supported here.
/// </summary>
internal static class Algorithms
{
    private static readonly string[] OfRsa = ["rsa-sha2-512", "rsa-sha2-256"];

    /// <param name="info">Of a connection that has not begun.</param>
    /// <param name="types">Types of the recorded host keys, which are preferred.</param>
    public static void Restrict(ConnectionInfo info, IReadOnlyList<string> types)
    {
        Remove(info.KeyExchangeAlgorithms, n => n.EndsWith("sha1", StringComparison.Ordinal));
        Remove(info.Encryptions, n => n.EndsWith("-cbc", StringComparison.Ordinal));
        Remove(info.HmacAlgorithms, n => n.StartsWith("hmac-sha1", StringComparison.Ordinal));
        Remove(info.CompressionAlgorithms, n => n != "none");
        Remove(info.HostKeyAlgorithms, n => n == "ssh-rsa" || n.Contains("-cert-", StringComparison.Ordinal));
        // As in OpenSSH: the cipher that is fast without CPU instructions for it, as on an emulated host.
        info.Encryptions.SetPosition("chacha20-poly1305@openssh.com", 0);
        int first = 0;
        foreach (var name in types.SelectMany(t => t == "ssh-rsa" ? OfRsa : [t]))
            if (info.HostKeyAlgorithms.ContainsKey(name))
                info.HostKeyAlgorithms.SetPosition(name, first++);
    }

    /// <summary>A signature over SHA-1, which no current host accepts.</summary>
    public static bool IsWeakLogin(string name) => name is "ssh-rsa" or "ssh-rsa-cert-v01@openssh.com";

    private static void Remove<T>(IOrderedDictionary<string, T> from, Predicate<string> which)
    {
        foreach (var name in from.Keys.Where(n => which(n)).ToList())
            from.Remove(name, out _);
    }
}
