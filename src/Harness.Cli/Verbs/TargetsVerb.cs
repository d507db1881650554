using System.CommandLine;
using System.Globalization;
using Harness.Cli.Configuration;

namespace Harness.Cli.Verbs;

internal static class TargetsVerb
{
    public static Command Create(VerbContext context)
    {
        var name = new Argument<string>("T") { Description = "A target of harness.json." };
        var check = new Command("check", "Connects to a target, or boots it, and prints its host facts.")
        {
            name,
        }.WithExamples("targets check fwb");
        check.SetAction(
            (parsed, cancel) =>
                context.Actions.CheckTarget(
                    VerbContext.Target(context.Load(parsed), parsed.GetValue(name)!),
                    context.Console,
                    cancel
                )
        );
        var command = new Command("targets", "Lists the targets of harness.json.") { check }.WithExamples(
            "targets",
            "targets check fwb"
        );
        command.SetAction((parsed, _) => Task.FromResult(List(context.Load(parsed), context.Console)));
        return command;
    }

    private static int List(HarnessConfiguration configuration, HarnessConsole console)
    {
        var report = console.Report();
        int width = configuration.Targets.Keys.Max(k => k.Length);
        foreach (var (name, target) in configuration.Targets)
            report.Line($"{name.PadRight(width)}  {Describe(target)}");
        foreach (var (name, suite) in configuration.Suites)
            report.Line($"suite {name}: {(suite.Pairs ? "pairs of " : "")}{Hosts(configuration, suite)}");
        return ExitCodes.Ok;
    }

    /// <summary>By name; for a matrix as many as fit on a line.</summary>
    private static string Hosts(HarnessConfiguration configuration, SuiteConfiguration suite)
    {
        const int most = 8;
        var names = configuration.HostsOf(suite).Select(h => h.Name).ToList();
        return names.Count <= most
            ? string.Join(", ", names)
            : $"{names.Count} hosts: {string.Join(", ", names.Take(most))}, ...";
    }

    private static string Describe(TargetConfiguration target) =>
        target switch
        {
            QemuTargetConfiguration q => string.Create(
                CultureInfo.InvariantCulture,
                $"qemu  kernel {q.Track}, cpu {q.Cpu}, {q.Cpus} CPUs, {q.MemoryMiB} MiB"
            ),
            SshTargetConfiguration s => $"ssh   {s.Destination}"
                + (s.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $" port {port}") : ""),
            PoolTargetConfiguration p => $"pool  {string.Join(", ", p.Machines.Select(m => m.Value.Destination))}",
            _ => throw new InvalidOperationException($"a target of kind {target.GetType().Name}"),
        };
}
