using System.Diagnostics;
using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Processes;
using Harness.Protocol;
using Harness.Runs;
using Harness.Runs.Facts;
using Harness.Targets.Deployment;
using GuestImages = Harness.Cli.Actions.Images;

namespace Harness.Bench;

/// <summary>Where the time of a case goes in the probe: every program of a filter on one host, step by step.</summary>
internal static class CaseProfile
{
    private const int Window = 16;

    private sealed record Row(string What, int Count, long Micros);

    /// <summary>
    /// Prints the table for one worker; the rate for one, and for as many as the probe starts; and both against a C
    /// program on the same kind of host.
    /// </summary>
    /// <param name="arguments">A QEMU target of harness.json, and a filter: "fwb" and "cover=yes" otherwise.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        string name = arguments.ElementAtOrDefault(0) ?? "fwb";
        var wanted = CasesAction.Select(arguments.ElementAtOrDefault(1) ?? "cover=yes");
        var configuration = ConfigurationFile.Load(ConfigurationFile.Find(Environment.CurrentDirectory)!);
        if (configuration.Find(name) is not { Target: QemuTargetConfiguration qemu } found)
            throw new ArgumentException($"there is no QEMU host '{name}'");
        var target = new NamedTarget(found.Name, qemu);

        await HostPhases.PrintAsync(target);
        var (known, alone) = await OnHostAsync(target, wanted, workers: 1);
        var (_, together) = await OnHostAsync(target, wanted, workers: null);
        Case[] cases = Runnable(wanted, known);
        double loop = await InLoopAsync(target, cases, known);
        Console.WriteLine($"| {cases.Length} cases on {found.Name} | ms a case | against C |");
        Console.WriteLine("|---|---|---|");
        foreach (
            var (what, whole) in (IEnumerable<(string, double)>)
                [("a C program, one after the other", loop), ("one worker", alone), ("all workers", together)]
        )
            Console.WriteLine($"| {what} | {whole / cases.Length:0.0} | {whole / loop:0.00} |");
        return 0;
    }

    private static Case[] Runnable(IReadOnlyList<Case> cases, HostProfile known) =>
        [.. cases.Where(c => CaseCompiler.NotRunnableReason(c, known.Abilities) is null)];

    private static async Task<(HostProfile Known, double Millis)> OnHostAsync(
        NamedTarget target,
        IReadOnlyList<Case> wanted,
        int? workers
    )
    {
        var use = new HostUse("bench", TimeSpan.Zero, Console.Error.WriteLine) { Workers = workers };
        await using var host = RunHosts.Makers(ProbeFile.Embedded, [target], use)[0].Make().Host;
        await using var session = new HostSession(host, TimeSpan.FromMinutes(1), _ => { });
        var known = await session.OpenAsync(CancellationToken.None);
        ProbeProgram[] programs =
        [
            .. Runnable(wanted, known)
                .Select(c => CaseCompiler.Compile(c, known.Abilities).Program with { Timed = workers == 1 }),
        ];
        var observations = new Observation[programs.Length];
        var clock = Stopwatch.StartNew();
        await session.RunAsync(programs, Window, (i, o) => observations[i] = o, CancellationToken.None);
        if (workers == 1)
            Print(programs, observations, clock.Elapsed);
        return (known, clock.Elapsed.TotalMilliseconds);
    }

    private static async Task<double> InLoopAsync(NamedTarget target, Case[] cases, HostProfile known)
    {
        var qemu = (QemuTargetConfiguration)target.Target;
        var store = GuestImages.Store();
        var machine = RunHosts.Machine(
            target.Name,
            qemu,
            store.Find(qemu.Track)!,
            store.Keys!,
            ProbeFile.Embedded,
            new ProcessRunner(),
            GuestImages.Snapshots()
        );
        await using var session = await machine.OpenAsync();
        return await CLoop.RunAsync(session.Connection, cases, known, PolicyCatalog.Newest);
    }

    private static void Print(ProbeProgram[] programs, Observation[] observations, TimeSpan whole)
    {
        long inProbe = observations.Sum(o => o.Micros);
        Row[] steps =
        [
            .. programs
                .Zip(observations)
                .SelectMany(p =>
                    (p.Second.StepMicros ?? []).Select(
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
