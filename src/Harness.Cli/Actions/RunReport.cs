using Harness.Reports;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class RunReport
{
    /// <summary>Prints a stored run, and returns its exit code.</summary>
    public static int Print(ResultStore store, RunSummary run, bool json, HarnessConsole console)
    {
        if (json)
            new JsonReport(store, console.Out).Write(run);
        else
            new ConsoleReport(store, console.Report()).Write(run);
        return ExitCodes.Of(run);
    }
}
