using Harness.Reports;
using Harness.Site;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Writes the pages over all runs as files.</summary>
internal static class SiteAction
{
    public static async Task<int> ExecuteAsync(
        string directory,
        IReadOnlyList<string> files,
        bool everyCase,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        IReadOnlyList<ResultStore> stores = [.. files.Select(ResultStore.Open)];
        var progress = new CountedProgress(console, "pages");
        int pages;
        try
        {
            pages = await SiteFiles
                .WriteAsync(stores, directory, everyCase, RunReport.Known, progress.Report, cancel)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteFault.Of(directory, e);
        }
        finally
        {
            progress.Clear();
        }
        console.Error.WriteLine(
            Printable.Of($"{Path.Combine(directory, Address.Home.Path)} and {pages - 1} more pages")
        );
        return ExitCodes.Ok;
    }
}
