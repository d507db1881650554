using System.Diagnostics;
using Harness.Cli.Actions;
using Harness.Runs;
using Harness.Targets.Deployment;

namespace Harness.Bench;

/// <summary>Where the time goes from a host's start to its facts, restored and booted.</summary>
internal static class HostPhases
{
    public static async Task PrintAsync(NamedTarget target)
    {
        // The first one makes a snapshot where there is none.
        await PhasesAsync(target, cold: false);
        foreach (bool cold in (bool[])[false, true])
        {
            Console.WriteLine($"| {target.Name}, {(cold ? "booted" : "restored")} | ms |");
            Console.WriteLine("|---|---|");
            foreach (var (phase, millis) in await PhasesAsync(target, cold))
                Console.WriteLine($"| {phase} | {millis:0} |");
            Console.WriteLine();
        }
    }

    /// <summary>Each phase with the time until the next one begins.</summary>
    private static async Task<List<(string Phase, double Millis)>> PhasesAsync(NamedTarget target, bool cold)
    {
        var begun = new List<(string Phase, long At)> { ("preparing", Stopwatch.GetTimestamp()) };
        var use = new HostUse("bench", TimeSpan.Zero, Console.Error.WriteLine) { Cold = cold };
        await using var host = RunHosts.Makers(ProbeFile.Embedded, [target], use)[0].Make().Host;
        await using (
            var session = new HostSession(host, TimeSpan.FromMinutes(1), phase =>
                begun.Add((phase, Stopwatch.GetTimestamp()))
            )
        )
            await session.OpenAsync(CancellationToken.None);
        return
        [
            .. begun.Zip(begun.Skip(1), (a, b) => (a.Phase, Stopwatch.GetElapsedTime(a.At, b.At).TotalMilliseconds)),
            ("in all", Stopwatch.GetElapsedTime(begun[0].At, begun[^1].At).TotalMilliseconds),
        ];
    }
}
