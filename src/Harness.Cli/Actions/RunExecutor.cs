using System.Diagnostics;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>What every run is conducted by: progress while it goes; then its report, and what it cost.</summary>
internal static class RunExecutor
{
    /// <param name="store">Where it goes.</param>
    /// <param name="model">What is shown meanwhile.</param>
    /// <param name="json">Report as JSON lines.</param>
    /// <param name="console">Where it is told.</param>
    /// <param name="conduct">Executes it.</param>
    /// <param name="machines">Asked when it has ended: how many QEMU hosts there were at once, and how many there might
    /// have been.</param>
    /// <returns>How it ended, as it is stored, and its exit code.</returns>
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
