using System.Text;
using Harness.Reports.Exports;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class ExportAction
{
    public static readonly IReadOnlyList<string> Formats = ["junit", "ktap", "kcidb", "csv"];

    /// <param name="output">An absolute path, or null for the console.</param>
    public static int Execute(string run, string format, string origin, string? output, string database, HarnessConsole console)
    {
        var store = ResultStore.Open(database);
        var found = StoredRuns.Find(store, run);
        if (output is null)
        {
            Write(store, found, format, origin, console.Out);
            return ExitCodes.Ok;
        }
        // Whoever waits for the file never sees half of it.
        string half = output + ".tmp";
        try
        {
            using (var file = new StreamWriter(half, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" })
                Write(store, found, format, origin, file);
            File.Move(half, output, overwrite: true);
        }
        catch
        {
            File.Delete(half);
            throw;
        }
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
