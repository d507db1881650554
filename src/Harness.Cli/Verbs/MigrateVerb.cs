using System.CommandLine;
using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Cases.Migrations;
using Harness.Cli.Actions;
using Harness.Model;
using Harness.Model.Migrations;

namespace Harness.Cli.Verbs;

internal static class MigrateVerb
{
    private const string Quick = "quick=yes";

    public static Command Create(VerbContext context)
    {
        var what = new Argument<string?>("CASE")
        {
            Description =
                "A case, whose memory and slot the VM gets, or a migration: an id, its beginning, or a key. By default those that match the filter.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var from = new Option<string?>("--from")
        {
            Description = "The target that the VM leaves: a name of harness.json, or TRACK/CPU/MODE.",
            HelpName = "T",
        };
        var to = new Option<string?>("--to")
        {
            Description = "The destination target; may be the same.",
            HelpName = "T",
        };
        var suite = new Option<string?>("--suite")
        {
            Description = "All pairs of a suite's hosts, each with itself included.",
            HelpName = "S",
        };
        var filter = new Option<string?>("--filter")
        {
            Description =
                $"Only matching migrations, as for harness cases; --list has them. By default the suite's filter, or '{Quick}'.",
            HelpName = "EXPR",
        };
        var list = new Option<bool>("--list") { Description = "List the matching migrations without running them." };
        var preCopy = new Option<bool>("--pre-copy")
        {
            Description = "Memory travels while the guest runs, by the dirty log.",
        };
        var asks = new Option<bool>("--ask")
        {
            Description = "The VMM compares the capabilities that it relied on before it creates anything.",
        };
        var all = new Option<bool>("--all-registers")
        {
            Description = "The VMM requires every register; by default refused ones are reported.",
        };
        var ipa = new Option<int>("--ipa")
        {
            Description = "The VM's IPA size in bits, 32 to 52; by default KVM's 40.",
            HelpName = "BITS",
        };
        var policy = new Option<string?>("--policy")
        {
            Description = "Judge both hosts by this policy; by default each by that of its kernel.",
            HelpName = "P",
        };
        var jobs = VerbContext.Jobs();
        jobs.Description = "Concurrent migrations; by default one per processor.";
        var wait = VerbContext.Wait();
        var cold = VerbContext.Cold();
        var failOn = FailOn.Create();
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "migrate",
            "Migrates VMs between live hosts, and reports where the migration ended and whether that is allowed."
        )
        {
            what,
            from,
            to,
            suite,
            filter,
            list,
            preCopy,
            asks,
            all,
            ipa,
            policy,
            jobs,
            wait,
            cold,
            failOn,
            db,
            json,
        }.WithExamples(
            "migrate --from fwb --to nofwb                                # the quick set",
            "migrate f247a6ff73a2 --from 7.2/max/vhe --to 6.12/a76/vhe    # the memory of a case",
            "migrate f247a6ff73a2 --from fwb --to nofwb --ask             # by a VMM that checks capabilities first",
            "migrate --from fwb --to nofwb --filter 'precopy=yes'",
            "migrate --suite migration                                    # every host to every host",
            "migrate --from gh200 --to altra --filter '*' --wait 10m",
            "migrate --list --filter 'backing=pfnmap'"
        );
        command.Validators.Add(result =>
        {
            bool pair = result.GetValue(from) is not null || result.GetValue(to) is not null;
            if (result.GetValue(list))
                return;
            if (
                pair == (result.GetValue(suite) is not null)
                || (pair && (result.GetValue(from) is null || result.GetValue(to) is null))
            )
                result.AddError("migrate needs --from and --to, or --suite");
            if (result.GetValue(what) is not null && result.GetValue(filter) is not null)
                result.AddError("--filter: CASE already selects the migration");
            if (
                result.GetValue(what) is null
                && (
                    result.GetValue(preCopy)
                    || result.GetValue(asks)
                    || result.GetValue(all)
                    || result.GetValue(ipa) != 0
                )
            )
                result.AddError(
                    "--pre-copy, --ask, --all-registers and --ipa are for a CASE (of those that fit a filter: precopy=, asks=, registers=, ipa=)"
                );
        });
        command.SetAction(
            (parsed, cancel) =>
            {
                Migration NetworkPath(Migration m) =>
                    m with
                    {
                        PreCopy = m.PreCopy || parsed.GetValue(preCopy),
                        ChecksCapabilities = m.ChecksCapabilities || parsed.GetValue(asks),
                        AllRegisters = m.AllRegisters || parsed.GetValue(all),
                        IpaBits = parsed.GetValue(ipa) is not 0 and var bits ? bits : m.IpaBits,
                    };
                if (parsed.GetValue(list))
                    return Task.FromResult(List(parsed.GetValue(filter), parsed.GetValue(json), context.Console));
                var configuration = context.Load(parsed);
                var chosen = parsed.GetValue(suite) is { } name
                    ? VerbContext.SuiteToMigrate(configuration, name)
                    : null;
                NamedTarget[] targets = chosen is not null
                    ? [.. configuration.HostsOf(chosen).Select(h => new NamedTarget(h.Name, h.Target))]
                    :
                    [
                        VerbContext.Target(configuration, parsed.GetValue(from)!),
                        VerbContext.Target(configuration, parsed.GetValue(to)!),
                    ];
                bool same = chosen is null && targets[0].Name == targets[1].Name;
                var migrations = parsed.GetValue(what) is { } named
                    ? [Buildable(NetworkPath(Find(named)))]
                    : MigrateAction.Select(parsed.GetValue(filter) ?? chosen?.Filter ?? Quick);
                var known = context.Known(parsed);
                return context.Actions.Migrate(
                    new MigrateRequest(
                        same ? targets[..1] : targets,
                        chosen is null
                            ? [(0, same ? 0 : 1)]
                            :
                            [
                                .. Enumerable
                                    .Range(0, targets.Length)
                                    .SelectMany(a => Enumerable.Range(0, targets.Length).Select(b => (a, b))),
                            ],
                        migrations,
                        parsed.GetValue(policy) ?? chosen?.Policy,
                        context.DbOf(parsed, db),
                        new RunOptions(parsed.GetValue(json))
                        {
                            Jobs = parsed.GetValue(jobs),
                            Cold = parsed.GetValue(cold),
                            FailOn = parsed.GetValue(failOn),
                            Known = () => known,
                        },
                        context.CommandLine
                    )
                    {
                        Suite = parsed.GetValue(suite),
                        Wait = VerbContext.WaitOf(parsed.GetValue(wait)),
                    },
                    context.Console,
                    cancel
                );
            }
        );
        return command;
    }

    private static int List(string? filter, bool json, HarnessConsole console)
    {
        foreach (var m in MigrateAction.Select(filter))
            if (json)
                JsonLine.Write(console.Out, AllMigrations.Attributes(m));
            else
                console.Report().Line($"{m.Id}  {m.Key}");
        return ExitCodes.Ok;
    }

    private static Migration Find(string name) =>
        Known(name) switch
        {
            AccessCase c => Migration.Of(c),
            { } other => throw new UsageException(
                $"this migration is not supported: only a plain slot can be moved, of a guest with its MMU off ({other.Key})"
            ),
            null => AllMigrations.Find(name)
                ?? throw new UsageException(
                    $"no case or migration, or more than one, begins with '{name}' ({Hint.Program} cases and {Hint.Program} migrate --list have them)"
                ),
        };

    private static Case? Known(string name) =>
        AllCases.Find(name)
        ?? (AllMigrations.Find(name) is null && DescribedCases.IsDescription(name) ? CasesAction.Find(name) : null);

    private static Migration Buildable(Migration m) =>
        m.UnsupportedReason is { } why
            ? throw new UsageException($"this migration is not supported: {why} ({m.Key})")
            : m;
}
