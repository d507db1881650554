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
}
