using System.Globalization;

namespace Harness.Targets.SshNet;

/// <summary>Server bugs that a client can work around, by the server's version.</summary>
/// <param name="ChannelLimit">The maximum number of bytes on one channel; null for no limit.</param>
/// <param name="OneAtATime">Whether no command may start while another may end.</param>
internal sealed record ServerFaults(long? ChannelLimit, bool OneAtATime)
{
    /// <summary>
    /// Before 2025.89, dropbear counts at most 500,000,000 bytes of a channel's window, and SSH.NET opens it once for 2
    /// GiB: after that many bytes the channel stalls forever.
    /// </summary>
    internal const long StallingLimit = 400_000_000;

    private const string Dropbear = "SSH-2.0-dropbear";
    private static readonly ServerFaults None = new(null, false);

    /// <summary>
    /// Before 2024.86, dropbear closes a channel that is open but has not started its command, when another command
    /// ends at that moment.
    /// </summary>
    private const decimal ClosesNewChannels = 2024.86m;

    private const decimal Stalls = 2025.89m;

    /// <param name="version">The server's banner: "SSH-2.0-dropbear_2022.83".</param>
    public static ServerFaults Of(string? version)
    {
        if (version?.StartsWith(Dropbear, StringComparison.OrdinalIgnoreCase) != true)
            return None;
        var number = version[Dropbear.Length..].TrimStart('_').Split(' ', '-')[0];
        // Without a version it may be any.
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var year))
            year = 0;
        return new(year < Stalls ? StallingLimit : null, year < ClosesNewChannels);
    }
}
