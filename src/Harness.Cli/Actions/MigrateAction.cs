using Harness.Cases.Filter;
using Harness.Cases.Migrations;
using Harness.Cli.Configuration;
using Harness.Model.Migrations;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Runs.Migrating;
using Harness.Runs.Resuming;
using Harness.Runs.Scheduling;
using Harness.Store;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

internal static class MigrateAction
{
    public static async Task<int> ExecuteAsync(MigrateRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var policy = PolicyNames.Find(request.Policy);
        if (File.Exists(request.Database))
            ResultStore.OpenOrCreate(request.Database);
        var probe = ProbeFile.Embedded;
        var use = HostUse.For(request.CommandLine, console, request.Wait, request.How);
        var hosts = RunHosts.Makers(probe, request.Targets, use);
        var store = ResultStore.OpenOrCreate(request.Database);
        var plan = new MigrationPlan(hosts, request.Pairs);
        var asked = new RequestedRun(
            request.CommandLine,
            BuildVersion.Text,
            request.Suite,
            RunPlan.Text(request.Targets, null)
        );
        return await ConductAsync(
                store,
                request.Targets,
                request.Pairs.Count * request.Migrations.Count,
                request.How,
                console,
                run => run.ExecuteAsync(plan, request.Migrations, policy, asked, probe.Hash, cancel)
            )
            .ConfigureAwait(false);
    }

    /// <summary>Resumes a run of migrations that did not finish.</summary>
    public static async Task<int> ResumeAsync(
        ResultStore store,
        RunSummary stored,
        ResumeRequest request,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        var policy = PolicyNames.Find(stored.Run.Policy);
        var probe = ProbeFile.Embedded;
        var left = MigrationResumption.Of(store, stored, probe.Hash);
        var asked = RunPlan.Of(stored);
        string[] names =
        [
            .. left.Pairs.SelectMany(p => new[] { p.Stored.Host.Source!, p.Stored.Host.Destination! }).Distinct(),
        ];
        NamedTarget[] targets = [.. names.Select(asked.Target)];
        var hosts = RunHosts.Makers(
            probe,
            targets,
            HostUse.For(request.CommandLine, console, request.Wait, request.How)
        );
        var plan = new MigrationPlan(
            hosts,
            [
                .. left.Pairs.Select(p =>
                    (Array.IndexOf(names, p.Stored.Host.Source), Array.IndexOf(names, p.Stored.Host.Destination))
                ),
            ]
        );
        return await ConductAsync(store, targets, left.Pairs.Sum(p => p.Left.Count), request.How, console, run =>
                run.ResumeAsync(left, plan, policy, cancel)
            )
            .ConfigureAwait(false);
    }

    private static async Task<int> ConductAsync(
        ResultStore store,
        IReadOnlyList<NamedTarget> targets,
        int migrations,
        RunOptions how,
        HarnessConsole console,
        Func<MigrationRun, Task<RunEnd>> conduct
    )
    {
        var model = new ProgressModel(TimeProvider.System);
        var room = HostScheduler.OfThisMachine();
        int atOnce = HostsAtOnce(targets, room);
        var progress = new MigrationProgress(model, targets, migrations);
        var run = new MigrationRun(store, progress)
        {
            HostsAtOnce = atOnce,
            Jobs = how.Jobs ?? Math.Max(1, room.Processors),
            KnownDifferences = how.Known(),
        };
        var (end, migrated, code) = await RunExecutor
            .ExecuteAsync(
                store,
                model,
                how.Json,
                console,
                () => conduct(run),
                () => (Math.Min(atOnce, targets.Count), atOnce)
            )
            .ConfigureAwait(false);
        if (end.Interrupted)
            console.Complain(
                $"the rest can be executed later: {Hint.Command($"run --resume {end.Run}", store.Path, console.Directory)}"
            );
        return FailOn.Code(how.FailOn, code, store, migrated);
    }

    /// <summary>The migrations that match a filter.</summary>
    /// <exception cref="FilterException">It is invalid.</exception>
    /// <exception cref="UsageException">None matches.</exception>
    public static IReadOnlyList<Migration> Select(string? filter)
    {
        var accepted = CaseFilter.Parse(filter, AllMigrations.FilterKeys);
        Migration[] some = [.. AllMigrations.Migrations.Where(m => accepted.Accepts(AllMigrations.Attributes(m)))];
        return some.Length > 0
            ? some
            : throw new UsageException(
                $"no migration fits the filter '{filter}' ({Hint.Program} migrate --list lists them)"
            );
    }

    /// <summary>
    /// Every host may be up at once, as far as memory allows: an idle one needs hardly anything else.
    /// </summary>
    private static int HostsAtOnce(IReadOnlyList<NamedTarget> targets, HostScheduler room)
    {
        int most = targets
            .Select(t => t.Target)
            .OfType<QemuTargetConfiguration>()
            .Select(q => q.MemoryMiB + HostScheduler.MiBOfEmulator)
            .DefaultIfEmpty(1)
            .Max();
        return (int)Math.Max(2, Math.Min(targets.Count, room.QueueMemoryMiB / most));
    }
}
