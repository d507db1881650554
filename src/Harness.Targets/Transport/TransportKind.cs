namespace Harness.Targets.Transport;

/// <summary>The transport for commands to a lab host.</summary>
public enum TransportKind
{
    /// <summary>SSH.NET, within this process.</summary>
    SshNet,

    /// <summary>The user's OpenSSH client.</summary>
    OpenSsh,
}
