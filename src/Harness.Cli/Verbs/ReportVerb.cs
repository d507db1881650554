using System.CommandLine;
using Harness.Cli.Actions;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Cli.Verbs;

internal static class ReportVerb
{
    public static Command Create(VerbContext context)
    {
        var id = new Argument<string>("RUN")
        {
            Description = $"The run: {StoredRuns.Words}; last by default.",
            DefaultValueFactory = _ => StoredRuns.Last,
        };
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var html = new Option<string?>("--html")
        {
            Description = "Writes the report as one self-contained HTML file, instead of printing it.",
            HelpName = "FILE",
        };
        var failOn = FailOn.Create();
        var command = new Command("report", "Prints a stored run; the exit code is the run's.")
        {
            id,
            db,
            json,
            html,
            failOn,
        }.WithExamples(
            "report",
            "report 2026-11-21 --db nightly.db",
            "report --html report.html",
            "report --json | jq 'select(.verdict == \"mismatch\")'"
        );
        command.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    Print(
                        parsed.GetValue(id)!,
                        context.DbOf(parsed, db),
                        parsed.GetValue(json),
                        parsed.GetValue(html),
                        parsed.GetValue(failOn),
                        context.Console
                    )
                )
        );
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(html) is not null)
                result.AddError("--html and --json: one of them");
        });
        return command;
    }

    private static int Print(string id, string path, bool json, string? html, string? failOn, HarnessConsole console)
    {
        var store = ResultStore.Open(path);
        var run = StoredRuns.Find(store, id);
        if (RunStanding.Of(run) is { State: RunStanding.Died, Reason: var why })
            console.Complain(
                $"run {run.Run.Id} died: {why} ({Hint.Command($"run --resume {run.Run.Id}", path, console.Directory)} runs the rest)"
            );
        int code = html is not null
            ? RunReport.WriteHtml(store, run, Path.GetFullPath(html, console.Directory), console)
            : RunReport.Print(store, run, json, console);
        return FailOn.Code(failOn, code, store, run);
    }
}
