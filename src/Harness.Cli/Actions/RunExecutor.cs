using System.Diagnostics;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Executes any run: progress during the run; then its report, and its resource usage.</summary>
internal static class RunExecutor
{
    /// <param name="store">Receives the results.</param>
    /// <param name="model">The displayed progress.</param>
    /// <param name="json">Report as JSON lines.</param>
    /// <param name="console">The output.</param>
    /// <param name="conduct">Executes it.</param>
    /// <param name="machines">
    /// Called at the end: the maximum number of concurrent QEMU hosts, and the allowed number.
    /// </param>
    /// <returns>How it ended, as stored, and its exit code.</returns>
    public static async Task<(RunEnd End, RunSummary Run, int Code)> ExecuteAsync(
        ResultStore store,
        ProgressModel model,
        bool json,
        HarnessConsole console,
        Func<Task<RunEnd>> conduct,
        Func<(int AtOnce, int Allowed)> machines
    )
    {
        var clock = Stopwatch.StartNew();
        RunEnd end;
        RunCost cost;
        await using (var memory = MemoryWatch.Start())
        {
            await using (ProgressDisplay.Start(model, console.Error, console.ErrorIsTerminal, TimeProvider.System))
                end = await conduct().ConfigureAwait(false);
            var (atOnce, allowed) = machines();
            cost = new RunCost(clock.Elapsed, atOnce, allowed, memory.Peak, memory.PeakChildren);
        }
        var run = store.Run(end.Run)!;
        int code = RunReport.Print(store, run, json, console);
        RunReport.PrintCost(cost, json, console);
        return (end, run, code);
    }
}
