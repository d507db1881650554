using System.Globalization;

namespace Harness.Targets.SshNet;

/// <summary>Faults of servers that a client can get around, known by the version that they tell.</summary>
/// <param name="ChannelLimit">Most bytes that one channel may carry; null for no limit.</param>
/// <param name="OneAtATime">Whether no command may begin while another may end.</param>
internal sealed record ServerFaults(long? ChannelLimit, bool OneAtATime)
{
    /// <summary>
    /// Before 2025.89, dropbear counts at most 500,000,000 bytes of a channel's window, and SSH.NET opens it once for 2
    /// GiB: after that many bytes the channel stalls for good.
    /// </summary>
    internal const long StallingLimit = 400_000_000;

    private const string Dropbear = "SSH-2.0-dropbear";
    private static readonly ServerFaults None = new(null, false);

    /// <summary>
    /// Before 2024.86, dropbear closes a channel that is open but whose command has not begun, when another command
    /// ends at that moment.
    /// </summary>
    private const decimal ClosesNewChannels = 2024.86m;

    private const decimal Stalls = 2025.89m;

    /// <param name="version">What the server says first: "SSH-2.0-dropbear_2022.83".</param>
    public static ServerFaults Of(string? version)
    {
        if (version?.StartsWith(Dropbear, StringComparison.OrdinalIgnoreCase) != true)
            return None;
        var number = version[Dropbear.Length..].TrimStart('_').Split(' ', '-')[0];
        // One that does not tell its version may be any.
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var year))
            year = 0;
        return new(year < Stalls ? StallingLimit : null, year < ClosesNewChannels);
    }
}
