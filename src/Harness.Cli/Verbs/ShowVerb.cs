using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class ShowVerb
{
    public static Command Create(VerbContext context)
    {
        var id = new Argument<string>("RUN")
        {
            Description = $"The run: {StoredRuns.Words}; last by default.",
            DefaultValueFactory = _ => StoredRuns.Last,
        };
        var limit = VerbContext.Limit($"At most this many results of what failed; otherwise {ShowAction.UsualLimit}.");
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "show",
            "Prints a stored run in short: its state, its hosts, how many cases have which verdict, and what failed. 'report' prints it in full."
        )
        {
            id,
            limit,
            db,
            json,
        }.WithExamples("show", "show 2026-11-21 --db nightly.db", "show previous --json | jq .failed");
        command.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    ShowAction.Execute(
                        parsed.GetValue(id)!,
                        context.DbOf(parsed, db),
                        parsed.GetValue(limit),
                        parsed.GetValue(json),
                        context.Console
                    )
                )
        );
        return command;
    }
}
