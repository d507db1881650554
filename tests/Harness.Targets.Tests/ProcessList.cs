using System.Text;
using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

internal static class ProcessList
{
    /// <summary>The running processes with a path on their command line.</summary>
    public static IReadOnlyList<string> NamedBy(string path) =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(d => int.TryParse(Path.GetFileName(d), out var pid) ? ProcessIdentity.Of(pid) : null)
                .OfType<ProcessIdentity>()
                .Select(p => string.Join(' ', p.CommandLine()))
                .Where(line => line.Contains(path, StringComparison.Ordinal)),
        ];

    /// <summary>Waits for a condition, and fails if it does not become true.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeoutScale.Scale(TimeSpan.FromSeconds(20)))
                throw new AssertionException("it did not come about in 20 s");
            await Task.Delay(20);
        }
    }

    public static async Task<string?> TextAsync(this ILineChannel channel) =>
        await channel.ReceiveAsync() is { } line ? Encoding.UTF8.GetString(line) : null;

    public static Task SendTextAsync(this ILineChannel channel, string line) =>
        channel.SendAsync(Encoding.UTF8.GetBytes(line));
}
