using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class CompareVerb
{
    public static Command Create(VerbContext context)
    {
        var a = new Argument<string>("A")
        {
            Description = $"The run before: {StoredRuns.Words}; previous by default.",
            DefaultValueFactory = _ => StoredRuns.Previous,
        };
        var b = new Argument<string>("B")
        {
            Description = "The run after; last by default.",
            DefaultValueFactory = _ => StoredRuns.Last,
        };
        var db = VerbContext.Db();
        var all = new Option<bool>("--all") { Description = "Every case that changed, instead of a few of each kind." };
        var json = VerbContext.Json();
        var command = new Command(
            "compare",
            "Prints the changes between two stored runs, host by host and case by case: regressions first. Runs of "
                + "another model, probe or policy or with other capabilities are not comparable: the header lists the differences, and "
                + "for each changed verdict it is shown whether the kernel or the prediction changed."
        )
        {
            a,
            b,
            db,
            all,
            json,
        }.WithExamples(
            "compare   # the newest run with the one before",
            "compare 2026-11-20 2026-11-21 --db nightly.db",
            "compare previous last --json | jq 'select(.type == \"change\" and .kind == \"regression\")'"
        );
        command.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    CompareAction.Execute(
                        parsed.GetValue(a)!,
                        parsed.GetValue(b)!,
                        context.DbOf(parsed, db),
                        parsed.GetValue(all),
                        parsed.GetValue(json),
                        context.Console
                    )
                )
        );
        return command;
    }
}
