using System.CommandLine;
using Harness.Reports;
using Harness.Store;

namespace Harness.Cli.Verbs;

internal static class ReportVerb
{
    public static Command Create(VerbContext context)
    {
        var id = new Argument<string?>("RUN")
        {
            Description = "A run's id or a unique beginning of it; otherwise the newest.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command("report", "Prints a stored run; the exit code is the run's.") { id, db, json }
            .WithExamples("report", "report 2026-11-21 --db nightly.db", "report --json | jq 'select(.verdict == \"mismatch\")'");
        command.SetAction((parsed, _) => Task.FromResult(
            Print(parsed.GetValue(id), context.DbOf(parsed, db), parsed.GetValue(json), context.Console)));
        return command;
    }

    private static int Print(string? id, string path, bool json, HarnessConsole console)
    {
        var store = ResultStore.Open(path);
        var run = store.Run(id) ?? throw new UsageException(id is null ? $"{path} holds no run" : $"{path} holds no run '{id}'");
        return Actions.RunReport.Print(store, run, json, console);
    }
}
