using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Reports;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

internal static class CheckTargetAction
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    public static async Task<int> ExecuteAsync(NamedTarget target, HarnessConsole console, CancellationToken cancel)
    {
        var use = HostUse.For($"harness targets check {target.Name}", console);
        var hosts = RunHosts.Create(ProbeFile.Embedded, [target], use);
        await using var host = hosts[0].Host;
        await RunHosts.ConnectOnlyAsync(hosts, use, cancel).ConfigureAwait(false);
        Fields facts;
        try
        {
            await using var link = await host.StartProbeAsync(
                    phase => console.Complain($"{target.Name}: {phase}"),
                    cancel
                )
                .ConfigureAwait(false);
            facts = await new Dispatcher(link, window: 1, Processes.TimeoutScale.Scale(Grace))
                .FactsAsync(host.PciDevices, cancel)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is HostUnavailableException or LinkLostException)
        {
            console.Complain(host.Lost ?? e.Message);
            return ExitCodes.Infrastructure;
        }

        var report = console.Report();
        report.Line(target.Name, TextTone.Strong);
        foreach (var (name, value) in facts)
            Print(report, name, value, 1);
        try
        {
            var profile = FactsReader.Read(facts);
            Settled(report, profile);
            var choice = ReleaseCatalog.Choose(profile.Release, profile.Build);
            string policy = choice.Policy is null
                ? $"unknown ({choice.Reason}): name one with --policy"
                : $"{choice.Policy.Name}, release {choice.Release} {choice.Standing.ToString().ToLowerInvariant()}"
                    + (choice.Unverified ? $" ({choice.Reason}; the nearest is {choice.Nearest})" : "");
            report.Line($"To the model: {profile.Describe()}; policy {policy}.");
            if (profile.NoKvmReason is { } why)
                console.Complain($"target '{target.Name}': {why}");
            return profile.NoKvmReason is null && !profile.Facts.Any(f => f.IsContradicted)
                ? ExitCodes.Ok
                : ExitCodes.Infrastructure;
        }
        catch (UnusableFactsException e)
        {
            console.Complain($"target '{target.Name}': {e.Message}");
            return ExitCodes.Infrastructure;
        }
    }

    private static void Settled(ReportWriter report, HostProfile profile)
    {
        report.Line("Facts, with their sources:");
        foreach (var fact in profile.Facts)
            report.Line(
                (
                    $"  {fact}",
                    fact.IsContradicted ? TextTone.Bad
                    : fact.Value is null ? TextTone.Doubtful
                    : TextTone.Plain
                )
            );
    }

    private static void Print(ReportWriter report, string name, object? value, int depth)
    {
        string indent = new(' ', depth * 2);
        switch (value)
        {
            case Fields inner:
                report.Line($"{indent}{name}:");
                foreach (var (key, of) in inner)
                    Print(report, key, of, depth + 1);
                break;
            case IReadOnlyList<object?> list:
                report.Line($"{indent}{name}:");
                foreach (object? item in list)
                    if (item is Fields part)
                        Print(report, "one", part, depth + 1);
                    else
                        report.Line($"{indent}  {item}");
                break;
            default:
                bool register =
                    name.EndsWith("_el0", StringComparison.Ordinal) || name.EndsWith("_el1", StringComparison.Ordinal);
                report.Line($"{indent}{name}: {(register && value is long bits ? $"0x{bits:x16}" : value ?? "none")}");
                break;
        }
    }
}
