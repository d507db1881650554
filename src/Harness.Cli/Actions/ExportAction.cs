using Harness.Reports.Exports;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class ExportAction
{
    public static readonly IReadOnlyList<string> Formats = ["junit", "ktap", "kcidb", "csv"];

    /// <param name="output">An absolute path, or null for the console.</param>
    public static int Execute(
        string run,
        string format,
        string origin,
        string? output,
        string database,
        HarnessConsole console
    )
    {
        var store = ResultStore.Open(database);
        var found = StoredRuns.Find(store, run);
        if (output is null)
            Write(store, found, format, origin, console.Out);
        else
            NewFile.ReplaceText(output, file => Write(store, found, format, origin, file));
        return ExitCodes.Ok;
    }

    private static void Write(ResultStore store, RunSummary run, string format, string origin, TextWriter writer)
    {
        switch (format)
        {
            case "junit":
                new JunitExport(store, writer).Write(run);
                break;
            case "ktap":
                new KtapExport(store, writer).Write(run);
                break;
            case "kcidb":
                new KcidbExport(store, writer, origin).Write(run);
                break;
            default:
                new CsvExport(store, writer).Write(run);
                break;
        }
    }
}
