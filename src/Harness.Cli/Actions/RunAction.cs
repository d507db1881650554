using Harness.Model.Policies;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class RunAction
{
    public static async Task<int> ExecuteAsync(RunRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var cases = CasesAction.Select(request.Filter);
        var policy = PolicyNames.Find(request.Policy);
        // What is no database is told before hosts are made; a new one is made after, when nothing else can be wrong.
        if (File.Exists(request.Database))
            ResultStore.OpenOrCreate(request.Database);
        var (hosts, probeHash) = await RunHosts.CreateAsync(request.Targets, console, cancel).ConfigureAwait(false);
        var store = ResultStore.OpenOrCreate(request.Database);
        var model = new ProgressModel(TimeProvider.System);
        var progress = new RunProgress(model, [.. request.Targets.Select(t => t.Name)], cases.Count);
        RunEnd end;
        await using (ProgressDisplay.Start(model, console.Error, console.ErrorIsTerminal, TimeProvider.System))
            end = await new Run(store, progress).ExecuteAsync(hosts, cases, policy, request.CommandLine, probeHash, cancel).ConfigureAwait(false);
        return RunReport.Print(store, store.Run(end.Run)!, request.Json, console);
    }
}
