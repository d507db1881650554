using System.Diagnostics;
using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Protocol;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Targets.Deployment;

namespace Harness.Bench;

/// <summary>Where the time of a case goes in the probe: every program of a filter on one host, step by step.</summary>
internal static class CaseProfile
{
    private const int Window = 16;

    private sealed record Row(string What, int Count, long Micros);

    /// <summary>Prints the table for one worker, and the rate for one and for as many as the probe starts.</summary>
    /// <param name="arguments">A target of harness.json, and a filter: "fwb" and "cover=quick" otherwise.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        string name = arguments.ElementAtOrDefault(0) ?? "fwb";
        string filter = arguments.ElementAtOrDefault(1) ?? "cover=quick";
        var configuration = ConfigurationFile.Load(ConfigurationFile.Find(Environment.CurrentDirectory)!);
        var (found, target) = configuration.Find(name) ?? throw new ArgumentException($"there is no target '{name}'");
        var cases = CasesAction.Select(filter);
        foreach (int? workers in (int?[])[1, null])
        {
            var use = new LabUse("bench", TimeSpan.Zero, Console.Error.WriteLine) { Workers = workers };
            var host = RunHosts.Makers(ProbeFile.Embedded, [new NamedTarget(found, target)], use)[0].Make().Host;
            await using (host)
            await using (var session = new HostSession(host, TimeSpan.FromMinutes(1), _ => { }))
            {
                var known = await session.OpenAsync(CancellationToken.None);
                ProbeProgram[] programs =
                [
                    .. cases
                        .Where(c => CaseCompiler.NotRunnableReason(c, known.Abilities) is null)
                        .Select(c => CaseCompiler.Compile(c, known.Abilities).Program with { Timed = workers == 1 }),
                ];
                var observations = new Observation[programs.Length];
                var clock = Stopwatch.StartNew();
                await session.RunAsync(programs, Window, (i, o) => observations[i] = o, CancellationToken.None);
                double rate = programs.Length / clock.Elapsed.TotalSeconds;
                Console.WriteLine(
                    $"{programs.Length} cases on {found}, {(workers is null ? "all workers" : "one worker")}: {clock.Elapsed.TotalSeconds:0.0} s, {rate:0.0} cases/s"
                );
                if (workers == 1)
                    Print(programs, observations, clock.Elapsed);
            }
        }
        return 0;
    }

    private static void Print(ProbeProgram[] programs, Observation[] observations, TimeSpan whole)
    {
        long inProbe = observations.Sum(o => o.Micros);
        Row[] steps =
        [
            .. programs
                .Zip(observations)
                .SelectMany(p =>
                    p.Second.StepMicros!.Select(
                        (micros, i) =>
                            (What: i < p.Second.Steps.Count ? p.First.Steps[i].Op : "close all", Micros: (long)micros)
                    )
                )
                .GroupBy(s => s.What)
                .Select(g => new Row(g.Key, g.Count(), g.Sum(s => s.Micros)))
                .OrderByDescending(r => r.Micros),
        ];
        Row[] rows =
        [
            .. steps,
            new Row("log and trace before and after", programs.Length, inProbe - steps.Sum(s => s.Micros)),
            new Row("messages, and between", programs.Length, (long)whole.TotalMicroseconds - inProbe),
        ];
        Console.WriteLine("| step | times a case | microseconds each | ms a case |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var row in rows)
            Console.WriteLine(
                $"| {row.What} | {(double)row.Count / programs.Length:0.0} | {row.Micros / row.Count} | {row.Micros / 1000.0 / programs.Length:0.00} |"
            );
        Console.WriteLine($"| in all | | | {whole.TotalMilliseconds / programs.Length:0.00} |");
    }
}
