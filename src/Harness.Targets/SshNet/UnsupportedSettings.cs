using Harness.Targets.Ssh;

namespace Harness.Targets.SshNet;

/// <summary>Settings of an ssh_config that only OpenSSH supports: none is silently ignored.</summary>
internal static class UnsupportedSettings
{
    // The name, and the values that have no effect; null: "none" or absent.
    private static readonly (string Name, string[]? Idle)[] Refused =
    [
        ("ProxyCommand", null),
        ("KnownHostsCommand", null),
        ("PKCS11Provider", null),
        ("SecurityKeyProvider", ["internal", "$SSH_SK_PROVIDER"]),
        ("RevokedHostKeys", null),
        ("VerifyHostKeyDNS", ["false", "no"]),
        ("PubkeyAuthentication", ["true", "yes", "unbound", "host-bound"]),
        ("AddressFamily", ["any"]),
        ("BindAddress", null),
        ("BindInterface", null),
        ("RekeyLimit", ["0 0", "default none"]),
    ];

    /// <summary>The first that is set: "ProxyCommand"; null if none is.</summary>
    public static string? First(SshSettings settings)
    {
        foreach (var (name, idle) in Refused)
            if (
                settings[name.ToLowerInvariant()] is { } value
                && idle?.Contains(value, StringComparer.OrdinalIgnoreCase) != true
            )
                return name;
        return null;
    }

    /// <summary>What is not tried, and could be how others log in.</summary>
    public static IReadOnlyList<string> Notes(SshSettings settings) =>
        settings["gssapiauthentication"] == "yes"
            ? ["GSSAPI, which your ssh_config allows, is not tried (\"transport\": \"openssh\" does)"]
            : [];
}
