namespace Harness.Chaos;

/// <summary>How ssh reaches a guest whatever the machine's own settings are.</summary>
internal static class GuestSsh
{
    /// <param name="key">The private key of the image's login.</param>
    /// <param name="port">The guest's, on the loopback.</param>
    public static string[] Options(string key, int port) =>
        [
            "-F",
            "none",
            "-i",
            key,
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-p",
            $"{port}",
        ];

    /// <summary>The same as a target of harness.json.</summary>
    /// <param name="key">The private key of the login.</param>
    /// <param name="port">The server's, on the loopback.</param>
    /// <param name="knownHosts">A file with the server's host key.</param>
    public static string Target(string key, int port, string knownHosts) =>
        $$"""{ "kind": "ssh", "destination": "root@127.0.0.1", "port": {{port}}, "identityFile": "{{key}}", "knownHostsFile": "{{knownHosts}}", "sshConfig": "none" }""";
}
