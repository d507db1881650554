using System.Globalization;

namespace Harness.Chaos;

/// <summary>The TCP ports that a process of this machine listens at, from /proc.</summary>
internal static class ListeningPorts
{
    private const string Listening = "0A";

    public static IReadOnlyList<int> Of(int pid)
    {
        var sockets = Directory
            .EnumerateFiles($"/proc/{pid}/fd")
            .Select(f => new FileInfo(f).LinkTarget ?? "")
            .Where(t => t.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(t => t["socket:[".Length..^1])
            .ToHashSet();
        // "sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ...", addresses as hexadecimal.
        return
        [
            .. File.ReadLines("/proc/net/tcp")
                .Skip(1)
                .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(w => w[3] == Listening && sockets.Contains(w[9]))
                .Select(w => int.Parse(w[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        ];
    }
}
