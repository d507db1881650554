using System.Globalization;
using Harness.Findings;
using Harness.Reports;
using Harness.Reports.Html;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class RunReport
{
    /// <summary>The findings that the program carries.</summary>
    public static KnownFindings Known { get; } = new(StoredFindings.That);

    /// <summary>Prints a stored run, and returns its exit code.</summary>
    public static int Print(ResultStore store, RunSummary run, bool json, HarnessConsole console)
    {
        if (json)
            new JsonReport(store, console.Out) { Findings = Known }.Write(run);
        else
            new ConsoleReport(store, console.Report()) { Findings = Known }.Write(run);
        return RunExit.Of(run);
    }

    /// <summary>Writes a stored run as one HTML file, completely or not at all, and returns its exit code.</summary>
    /// <exception cref="UsageException">The file can't be written.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public static int WriteHtml(ResultStore store, RunSummary run, string file, HarnessConsole console)
    {
        if (!Directory.Exists(Path.GetDirectoryName(file)))
            throw new UsageException($"--html {file}: there is no such directory");
        try
        {
            NewFile.ReplaceText(file, to => new HtmlReport(store) { Findings = Known }.Write(run, to));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteFault.Of($"--html {file}", e);
        }
        console.Error.WriteLine(Printable.Of(file));
        return RunExit.Of(run);
    }

    /// <summary>Prints the resources that a run used: the last line.</summary>
    public static void PrintCost(RunCost cost, bool json, HarnessConsole console)
    {
        if (json)
        {
            JsonLine.Write(
                console.Out,
                new
                {
                    type = "cost",
                    seconds = Math.Round(cost.Time.TotalSeconds, 1),
                    cost.Jobs,
                    cost.AtOnce,
                    cost.PeakBytes,
                    cost.PeakChildrenBytes,
                }
            );
            return;
        }
        string hosts =
            cost.AtOnce == 0
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"; {cost.AtOnce} QEMU host{(cost.AtOnce == 1 ? "" : "s")} at once ({cost.Jobs} allowed)"
                );
        console
            .Report()
            .Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"took {Math.Floor(cost.Time.TotalMinutes):0} min {cost.Time.Seconds} s{hosts}; peak memory {MiB(cost.PeakBytes)} MiB, {MiB(cost.PeakChildrenBytes)} MiB of it by child processes"
                )
            );
    }

    private static long MiB(long bytes) => bytes >> 20;
}
