using System.CommandLine;
using System.Globalization;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Targets.Deployment;

namespace Harness.Cli.Verbs;

internal static class TargetsVerb
{
    public static Command Create(VerbContext context)
    {
        var check = Check(context);
        var prepare = Prepare(context);
        var command = new Command("targets", "Lists the targets of harness.json.") { check, prepare }.WithExamples(
            "targets",
            "targets check fwb"
        );
        command.SetAction((parsed, _) => Task.FromResult(List(context.Load(parsed), context.Console)));
        return command;
    }

    private static Command Prepare(VerbContext context)
    {
        var name = new Argument<string>("T") { Description = "A target of harness.json of kind ssh." };
        var memory = Range(
            "--memory",
            "Memory that the host's kernel doesn't know (mem= or memmap= on its command line), for the module to export."
        );
        var hotplug = Range(
            "--hotplug",
            "More such memory, whole memory blocks, which the module adds to the kernel's and removes again."
        );
        var dax = Range(
            "--dax",
            "More such memory, whole blocks, of which a device-dax device is made; what is in it is overwritten."
        );
        var undo = new Option<bool>("--undo") { Description = "Unload the module." };
        var prepare = new Command(
            "prepare",
            "Builds the exporter module on a lab host, against its kernel's headers, and loads it until the next boot."
        )
        {
            name,
            memory,
            hotplug,
            dax,
            undo,
        }.WithExamples("targets prepare gh200", "targets prepare gh200 --undo");
        prepare.SetAction(
            (parsed, cancel) =>
                context.Actions.PrepareTarget(
                    new PrepareRequest(
                        VerbContext.Target(context.Load(parsed), parsed.GetValue(name)!),
                        new ExporterMemory(parsed.GetValue(memory), parsed.GetValue(hotplug), parsed.GetValue(dax)),
                        parsed.GetValue(undo)
                    ),
                    context.Console,
                    cancel
                )
        );
        return prepare;
    }

    private static Option<(ulong, ulong)?> Range(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "BASE,SIZE",
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (
                    text.Split(',') is [var first, var second]
                    && Number(first) is { } start
                    && Number(second) is > 0 and var size
                )
                    return (start, size);
                result.AddError($"{name}: '{text}' is not BASE,SIZE (example: 0xA0000000,0x10000000)");
                return null;
            },
        };

    private static ulong? Number(string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong hex)
                ? hex
                : null
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
                ? number
                : null;

    private static Command Check(VerbContext context)
    {
        var name = new Argument<string>("T") { Description = "A target of harness.json." };
        var suite = new Option<string?>("--suite")
        {
            Description =
                $"The suite with the cases that are counted; by default '{RunVerb.DefaultSuite}'. It need not have this target.",
            HelpName = "S",
        };
        var filter = VerbContext.Filter();
        var facts = new Option<bool>("--facts")
        {
            Description = "Print the host's facts, as the probe read them, too.",
        };
        var json = VerbContext.Json();
        var check = new Command(
            "check",
            "Connects to a target, or boots it, and prints whether it is ready: how many cases it can run, and what is missing with its cost and the command that mends it."
        )
        {
            name,
            suite,
            filter,
            facts,
            json,
        }.WithExamples("targets check fwb", "targets check gh200 --suite nightly", "targets check gh200 --facts");
        check.SetAction(
            (parsed, cancel) =>
            {
                var configuration = context.Load(parsed);
                var target = VerbContext.Target(configuration, parsed.GetValue(name)!);
                string? given = parsed.GetValue(filter);
                var counted =
                    parsed.GetValue(suite) is { } named ? VerbContext.SuiteToRun(configuration, named)
                    : given is null ? configuration.Suites.GetValueOrDefault(RunVerb.DefaultSuite)
                    : null;
                var own = counted is null
                    ? null
                    : configuration.HostsOf(counted).FirstOrDefault(h => h.Name == target.Name);
                return context.Actions.CheckTarget(
                    new CheckRequest(
                        target,
                        counted is null ? null : parsed.GetValue(suite) ?? RunVerb.DefaultSuite,
                        given ?? own?.Filter ?? counted?.Filter,
                        counted?.Policy
                    )
                    {
                        Facts = parsed.GetValue(facts),
                        Json = parsed.GetValue(json),
                    },
                    context.Console,
                    cancel
                );
            }
        );
        return check;
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
