using System.CommandLine;
using Harness.Reports;
using Harness.Store;

namespace Harness.Cli.Verbs;

internal static class DbVerb
{
    public static Command Create(VerbContext context)
    {
        var file = new Argument<string>("FILE") { Description = "A database of results." };
        var check = new Command("check", "Verifies a database: the file itself, and that every planned case is accounted for.") { file }
            .WithExamples("db check results.db");
        check.SetAction((parsed, _) => Task.FromResult(
            Check(Path.GetFullPath(parsed.GetValue(file)!, context.Console.Directory), context.Console)));
        return new Command("db", "Looks after databases of results.") { check }.WithExamples("db check results.db");
    }

    private static int Check(string path, HarnessConsole console)
    {
        var found = ResultStore.Open(path).Check();
        var report = console.Report();
        foreach (string note in found.Notes)
            report.Line(("note: ", Ink.Doubtful), (note, Ink.Plain));
        foreach (string fault in found.Faults)
            report.Line(("fault: ", Ink.Bad), (fault, Ink.Plain));
        report.Line($"{path}: {found.Runs} runs, {found.Results} results, "
            + (found.Faults.Count == 0 ? "no faults" : $"{found.Faults.Count} faults"));
        return found.Faults.Count == 0 ? ExitCodes.Ok : ExitCodes.Usage;
    }
}
