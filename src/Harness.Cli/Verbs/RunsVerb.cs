using System.CommandLine;
using Harness.Cases.Filter;
using Harness.Cli.Actions;
using Harness.Runs.Resuming;

namespace Harness.Cli.Verbs;

internal static class RunsVerb
{
    public static Command Create(VerbContext context)
    {
        var suite = new Option<string?>("--suite") { Description = "Only runs of this suite.", HelpName = "S" };
        var state = new Option<string?>("--state")
        {
            Description = $"Only runs in this state: {string.Join(", ", RunStanding.All)}.",
            HelpName = "STATE",
        };
        state.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } word && !RunStanding.All.Contains(word))
                result.AddError(
                    $"--state: '{word}' is not a state{NearestWord.Hint(word, RunStanding.All)} (allowed: {string.Join(", ", RunStanding.All)})"
                );
        });
        var limit = VerbContext.Limit($"At most this many runs; otherwise {RunsAction.UsualLimit}.");
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command("runs", "Lists the runs of a database, newest first, each with its state.")
        {
            suite,
            state,
            limit,
            db,
            json,
        }.WithExamples(
            "runs",
            "runs --state died --db nightly.db   # whose harness was killed; run --resume finishes them",
            "runs --suite nightly --limit 100",
            "runs --json | jq -r 'select(.exitCode == 1) | .id'"
        );
        command.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    RunsAction.Execute(
                        context.DbOf(parsed, db),
                        parsed.GetValue(suite),
                        parsed.GetValue(state),
                        parsed.GetValue(limit) ?? RunsAction.UsualLimit,
                        parsed.GetValue(json),
                        context.Console
                    )
                )
        );
        return command;
    }
}
