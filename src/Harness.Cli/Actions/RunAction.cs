using System.Diagnostics;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class RunAction
{
    public static async Task<int> ExecuteAsync(RunRequest request, HarnessConsole console, CancellationToken cancel)
    {
        string FilterOf(NamedTarget target) => target.Filter ?? request.Filter ?? "";
        var byFilter = request.Targets.Select(FilterOf).Distinct().ToDictionary(f => f, CasesAction.Select);
        IReadOnlyList<Case> CasesOf(NamedTarget target) => byFilter[FilterOf(target)];
        var policy = PolicyNames.Find(request.Policy);
        // What is no database is told before hosts are made; a new one is made after, when nothing else can be wrong.
        if (File.Exists(request.Database))
            ResultStore.OpenOrCreate(request.Database);
        var (made, probeHash) = await RunHosts.CreateAsync(
            request.Targets, LabUse.For(request.CommandLine, console, request.Wait), cancel, request.Kernel).ConfigureAwait(false);
        RunHost[] hosts = [.. made.Zip(request.Targets, (host, target) => host with { Cases = CasesOf(target) })];
        var store = ResultStore.OpenOrCreate(request.Database);
        var model = new ProgressModel(TimeProvider.System);
        var progress = new RunProgress(model, [.. request.Targets.Select(t => KeyValuePair.Create(t.Name, CasesOf(t).Count))]);
        var queue = MachineRoom.OfThisMachine().Queue(request.Jobs);
        var clock = Stopwatch.StartNew();
        RunEnd end;
        RunCost cost;
        await using (var memory = MemoryWatch.Start())
        {
            await using (ProgressDisplay.Start(model, console.Error, console.ErrorIsTerminal, TimeProvider.System))
                end = await new Run(store, progress) { Queue = queue }
                    .ExecuteAsync(hosts, [], policy, request.CommandLine, probeHash, cancel).ConfigureAwait(false);
            cost = new RunCost(clock.Elapsed, queue.Most, queue.Jobs, memory.Peak, memory.PeakChildren);
        }
        int code = RunReport.Print(store, store.Run(end.Run)!, request.Json, console);
        RunReport.PrintCost(cost, request.Json, console);
        return code;
    }
}
