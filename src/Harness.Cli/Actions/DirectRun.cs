using Harness.Model;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Store;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

/// <summary>A run that a command makes of cases that it chose: with progress, and stored like any other.</summary>
internal static class DirectRun
{
    /// <param name="database">An absolute path.</param>
    /// <param name="parts">The targets, each with its cases.</param>
    /// <param name="use">How the hosts are used; its purpose is the command line.</param>
    /// <param name="policy">Judge every host by this one; null: each by its kernel's.</param>
    /// <param name="create">Makes the run of a store and of what is notified.</param>
    /// <param name="console">Receives the progress.</param>
    /// <param name="cancel">Stops the hosts, keeps what is finished.</param>
    public static async Task<(ResultStore Store, RunEnd End)> ExecuteAsync(
        string database,
        IReadOnlyList<(NamedTarget Target, IReadOnlyList<Case> Cases)> parts,
        HostUse use,
        Policy? policy,
        Func<ResultStore, IRunWatcher, Run> create,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        if (File.Exists(database))
            ResultStore.OpenOrCreate(database);
        var probe = ProbeFile.Embedded;
        await using var created = new EarlyStart(RunHosts.Create(probe, [.. parts.Select(p => p.Target)], use));
        await RunHosts.ConnectOnlyAsync(created.Hosts, use, cancel).ConfigureAwait(false);
        var store = ResultStore.OpenOrCreate(database);
        var model = new ProgressModel(TimeProvider.System);
        var progress = new RunProgress(
            model,
            [.. parts.Select(p => KeyValuePair.Create(p.Target.Name, p.Cases.Count))]
        );
        await using (ProgressDisplay.Start(model, console.Error, console.ErrorIsTerminal, TimeProvider.System))
            return (
                store,
                await create(store, progress)
                    .ExecuteAsync(
                        [.. created.Hosts.Zip(parts, (host, part) => host with { Cases = part.Cases })],
                        [],
                        policy,
                        new RequestedRun(use.Purpose, BuildVersion.Text),
                        probe.Hash,
                        cancel
                    )
                    .ConfigureAwait(false)
            );
    }
}
