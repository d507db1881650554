using Harness.Cases.Filter;
using Harness.Cases.Migrations;
using Harness.Cli.Configuration;
using Harness.Model.Migrations;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Runs.Migrating;
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
        var use = LabUse.For(request.CommandLine, console, request.Wait);
        var hosts = RunHosts.Makers(probe, request.Targets, use);
        var store = ResultStore.OpenOrCreate(request.Database);
        var plan = new MigrationPlan(hosts, request.Pairs);

        var model = new ProgressModel(TimeProvider.System);
        var room = HostScheduler.OfThisMachine();
        int atOnce = HostsAtOnce(request.Targets, room);
        var progress = new MigrationProgress(model, request.Targets, request.Pairs.Count * request.Migrations.Count);
        var run = new MigrationRun(store, progress) { HostsAtOnce = atOnce, Jobs = request.How.Jobs ?? Math.Max(1, room.Processors) };
        var asked = new RequestedRun(request.CommandLine, BuildVersion.Text, request.Suite);
        var (_, _, code) = await RunExecutor.ExecuteAsync(store, model, request.How.Json, console,
            () => run.ExecuteAsync(plan, request.Migrations, policy, asked, probe.Hash, cancel),
            () => (Math.Min(atOnce, request.Targets.Count), atOnce)).ConfigureAwait(false);
        return code;
    }

    /// <summary>The migrations that fit a filter.</summary>
    /// <exception cref="FilterException">It can't be read.</exception>
    /// <exception cref="UsageException">None fits.</exception>
    public static IReadOnlyList<Migration> Select(string? filter)
    {
        var accepted = CaseFilter.Parse(filter, [.. AllMigrations.Attributes(AllMigrations.Migrations[0]).Keys]);
        Migration[] some = [.. AllMigrations.Migrations.Where(m => accepted.Accepts(AllMigrations.Attributes(m)))];
        return some.Length > 0 ? some : throw new UsageException($"no migration fits the filter '{filter}' (harness migrate --list lists them)");
    }

    /// <summary>Every host may be up at once, as far as there is memory for them: an idle one costs hardly anything else.</summary>
    private static int HostsAtOnce(IReadOnlyList<NamedTarget> targets, HostScheduler room)
    {
        int most = targets.Select(t => t.Target).OfType<QemuTargetConfiguration>().Select(q => q.MemoryMiB + HostScheduler.MiBOfEmulator).DefaultIfEmpty(1).Max();
        return (int)Math.Max(2, Math.Min(targets.Count, room.QueueMemoryMiB / most));
    }
}
