using System.CommandLine;
using Harness.Cases.Filter;
using Harness.Cli.Actions;
using Harness.Runs.Peers;

namespace Harness.Cli.Verbs;

internal static class PeersVerb
{
    public static Command Create(VerbContext context)
    {
        var target = new Option<string[]>("--target")
        {
            Description = "A target of harness.json to run the programs on, may be given again.",
            HelpName = "T",
        };
        var test = new Option<string[]>("--test")
        {
            Description =
                "Only this program, may be given again: 'dirty_log_test' with all its arguments, 'dirty_log_test:ring' with one kind. Otherwise all.",
            HelpName = "NAME",
        };
        var list = new Option<bool>("--list")
        {
            Description = "List the programs, what they assert, and how many cases assert the same; run nothing.",
        };
        var refresh = new Option<bool>("--refresh")
        {
            Description = "Look for a newer kernel source in Debian's archive, instead of using the compiled programs.",
        };
        var cold = VerbContext.Cold();
        var wait = VerbContext.Wait();
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "peers",
            "Runs the kernel's own selftests about memory on hosts, after the cases that assert the same, and compares. The run is stored."
        )
        {
            target,
            test,
            list,
            refresh,
            cold,
            wait,
            db,
            json,
        }.WithExamples(
            "peers --target fwb-6.12",
            "peers --target fwb --target nofwb --test dirty_log_test --test arm64/page_fault_test",
            "peers --target 7.3/max/vhe --json",
            "peers --list"
        );
        command.Validators.Add(result =>
        {
            if (result.GetValue(target) is not { Length: > 0 } && !result.GetValue(list))
                result.AddError("peers needs --target T, or --list");
        });
        command.SetAction(
            (parsed, cancel) =>
            {
                string[] names = parsed.GetValue(test) ?? [];
                IReadOnlyList<PeerProgram> programs =
                    names.Length == 0
                        ? PeerCatalog.All
                        : [.. PeerCatalog.All.Intersect(names.SelectMany(Find).ToHashSet())];
                if (parsed.GetValue(list))
                    return Task.FromResult(PeersAction.List(programs, parsed.GetValue(json), context.Console));
                var configuration = context.Load(parsed);
                var known = context.Known(parsed);
                return context.Actions.Peers(
                    new PeersRequest(
                        [.. parsed.GetValue(target)!.Distinct().Select(t => VerbContext.Target(configuration, t))],
                        programs,
                        parsed.GetValue(refresh),
                        context.DbOf(parsed, db),
                        new RunOptions(parsed.GetValue(json)) { Cold = parsed.GetValue(cold), Known = () => known },
                        context.CommandLine,
                        VerbContext.WaitOf(parsed.GetValue(wait))
                    ),
                    context.Console,
                    cancel
                );
            }
        );
        return command;
    }

    private static IReadOnlyList<PeerProgram> Find(string name) =>
        PeerCatalog.Named(name) is { Count: > 0 } found
            ? found
            : throw new UsageException(
                $"unknown program '{name}'{NearestWord.Hint(name, PeerCatalog.All.Select(p => p.Name))} ({Hint.Program} peers --list lists them)"
            );
}
