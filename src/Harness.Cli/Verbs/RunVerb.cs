using System.CommandLine;
using Harness.Cli.Actions;
using Harness.Configuration;

namespace Harness.Cli.Verbs;

internal static class RunVerb
{
    private const string DefaultSuite = "default";

    public static Command Create(VerbContext context)
    {
        var targets = new Option<string[]>("--target")
        {
            Description = "A target of harness.json; may be given more than once. Otherwise those of the suite.",
            HelpName = "T",
            DefaultValueFactory = _ => [],
        };
        var suite = new Option<string?>("--suite") { Description = $"A suite of harness.json; otherwise '{DefaultSuite}'.", HelpName = "S" };
        var filter = VerbContext.Filter();
        var policy = new Option<string?>("--policy")
        {
            Description = "Judge every host under this policy; otherwise each under that of its kernel.",
            HelpName = "P",
        };
        var jobs = new Option<int?>("--jobs")
        {
            Description = "QEMU hosts at once; otherwise one a processor, as far as memory allows.",
            HelpName = "N",
        };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
                result.AddError("--jobs: 1 or more");
        });
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command("run", "Runs cases on targets, judges, stores and prints the verdicts.")
        {
            targets, suite, filter, policy, jobs, db, json,
        }.WithExamples(
            "run                                          # the default suite",
            "run --target gh200                           # its cases on another host",
            "run --target gh200 --filter '*'              # every case",
            "run --target fwb --filter 'backing=pfnmap & access!=exec'",
            "run --target fwb --policy mainline-6.9       # hold a newer kernel to an older policy",
            "run --suite all --db nightly.db --json > nightly.jsonl");
        command.SetAction((parsed, cancel) =>
        {
            var configuration = context.Load(parsed);
            string[] named = parsed.GetValue(targets)!;
            // All cases on one host are hours; who wants them says so by a filter.
            var chosen = parsed.GetValue(suite) is { } name ? Suite(configuration, name)
                : named.Length == 0 ? Suite(configuration, DefaultSuite)
                : configuration.Suites.GetValueOrDefault(DefaultSuite);
            return context.Actions.Run(new RunRequest(
                [.. (named.Length > 0 ? named.Distinct() : chosen!.Targets).Select(t => VerbContext.Target(configuration, t))],
                parsed.GetValue(filter) ?? chosen?.Filter, parsed.GetValue(policy) ?? chosen?.Policy,
                context.DbOf(parsed, db), parsed.GetValue(json), context.CommandLine)
            {
                Jobs = parsed.GetValue(jobs),
            }, context.Console, cancel);
        });
        return command;
    }

    private static SuiteConfiguration Suite(HarnessConfiguration configuration, string name) =>
        configuration.Suites.TryGetValue(name, out var suite)
            ? suite
            : throw new UsageException($"unknown suite '{name}' (allowed: {string.Join(", ", configuration.Suites.Keys)})");
}
