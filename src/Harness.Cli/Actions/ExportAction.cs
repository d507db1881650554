using Harness.Reports.Exports;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class ExportAction
{
    private static readonly OrderedDictionary<string, Action<ResultStore, RunSummary, string, TextWriter>> Writers =
        new()
        {
            ["junit"] = (store, run, _, writer) => new JunitExport(store, writer).Write(run),
            ["ktap"] = (store, run, _, writer) => new KtapExport(store, writer).Write(run),
            ["kcidb"] = (store, run, origin, writer) => new KcidbExport(store, writer, origin).Write(run),
            ["csv"] = (store, run, _, writer) => new CsvExport(store, writer).Write(run),
        };

    public static IReadOnlyList<string> Formats => Writers.Keys;

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
        var write = Writers[format];
        if (output is null)
            write(store, found, origin, console.Out);
        else
            NewFile.ReplaceText(output, file => write(store, found, origin, file));
        return ExitCodes.Ok;
    }
}
