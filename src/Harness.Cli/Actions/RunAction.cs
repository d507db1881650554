using Harness.Model;
using Harness.Reports.Notices;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Runs.Known;
using Harness.Runs.Resuming;
using Harness.Runs.Scheduling;
using Harness.Store;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

internal static class RunAction
{
    public static Task<int> ExecuteAsync(RunRequest request, HarnessConsole console, CancellationToken cancel) =>
        ExecuteAsync(request, console, RunHosts.Create, cancel);

    /// <param name="request">What to run.</param>
    /// <param name="console">The output.</param>
    /// <param name="create">Creates the hosts.</param>
    /// <param name="cancel">Stops them.</param>
    internal static async Task<int> ExecuteAsync(
        RunRequest request,
        HarnessConsole console,
        HostCreation create,
        CancellationToken cancel
    )
    {
        // The parser handles Ctrl+C from the time that the action first returns to it: before there is a QEMU to stop.
        await Task.Yield();
        var queue = HostScheduler.OfThisMachine().Queue(request.How.Jobs);
        var probe = ProbeFile.Embedded;
        var use = HostUse.For(request.CommandLine, console, request.Wait, request.How);
        var notes = request.Kernel is null ? null : Images.Store().Examine(request.Kernel);
        var byFilter = new Dictionary<string, IReadOnlyList<Case>>();
        IReadOnlyList<Case> CasesOf(NamedTarget target)
        {
            string filter = target.Filter ?? request.Filter ?? "";
            return byFilter.TryGetValue(filter, out var there) ? there : byFilter[filter] = CasesAction.Select(filter);
        }

        // Which hosts a shard has depends on all cases.
        var shard = request.Shard is null ? null : RequestedHosts.Of(request, CasesOf);
        await using var created = new EarlyStart(create(probe, shard?.Targets ?? request.Targets, use, request.Kernel));
        // QEMU starts while the rest of the request is checked.
        created.Begin(queue);
        var requested = shard ?? RequestedHosts.Of(request, CasesOf);
        var policy = PolicyNames.Find(request.Policy);
        var known = request.How.Known();
        if (notes is not null)
            LocalKernelReport.Print(request.Kernel!, notes, [.. byFilter.Values.SelectMany(c => c)], console);
        if (request.ForGit && policy is null)
            console.Complain(
                $"{GitBisectCodes.Option} without --policy: each commit is judged by the policy of its own version, which may change between commits (--policy NAME judges all by one)"
            );
        // An invalid database is reported before a host is connected; a new one is created after, when nothing else can
        // be wrong.
        if (File.Exists(request.Database))
            ResultStore.OpenOrCreate(request.Database);
        await RunHosts.ConnectOnlyAsync(created.Hosts, use, cancel).ConfigureAwait(false);
        RunHost[] hosts = [.. created.Hosts.Zip(requested.Cases, (host, cases) => host with { Cases = cases })];
        var store = ResultStore.OpenOrCreate(request.Database);
        var asked = new RequestedRun(request.CommandLine, BuildVersion.Text, request.Suite, RunPlan.Text(request))
        {
            Shard = requested.Record,
        };
        return await ConductAsync(
                store,
                request.How,
                queue,
                known,
                [.. requested.Targets.Zip(requested.Cases, (t, c) => KeyValuePair.Create(t.Name, c.Count))],
                run => run.ExecuteAsync(hosts, [], policy, asked, probe.Hash, cancel),
                console,
                request.ForGit
            )
            .ConfigureAwait(false);
    }

    /// <summary>Resumes a run that did not finish.</summary>
    public static async Task<int> ResumeAsync(ResumeRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var store = ResultStore.Open(request.Database);
        var stored = StoredRuns.Find(store, request.Run);
        if (stored.Hosts.Any(h => h.Host.Sides is not null))
            return await MigrateAction.ResumeAsync(store, stored, request, console, cancel).ConfigureAwait(false);
        var policy = PolicyNames.Find(stored.Run.Policy);
        var probe = ProbeFile.Embedded;
        var left = Resumption.Of(store, stored, probe.Hash);
        var plan = RunPlan.Of(stored);
        NamedTarget[] targets = [.. left.Hosts.Select(h => plan.Target(h.Stored.Host.Target))];
        var known = request.How.Known();
        var use = HostUse.For(request.CommandLine, console, request.Wait, request.How);
        await using var created = new EarlyStart(RunHosts.Create(probe, targets, use, plan.Kernel));
        await RunHosts.ConnectOnlyAsync(created.Hosts, use, cancel).ConfigureAwait(false);
        return await ConductAsync(
                store,
                request.How,
                HostScheduler.OfThisMachine().Queue(request.How.Jobs),
                known,
                [.. left.Hosts.Select(h => KeyValuePair.Create(h.Stored.Host.Target, h.Left.Count))],
                run => run.ResumeAsync(left, created.Hosts, policy, cancel),
                console
            )
            .ConfigureAwait(false);
    }

    private static async Task<int> ConductAsync(
        ResultStore store,
        RunOptions how,
        HostQueue queue,
        IReadOnlyList<KnownDifference> known,
        IReadOnlyList<KeyValuePair<string, int>> cases,
        Func<Run, Task<RunEnd>> conduct,
        HarnessConsole console,
        bool forGit = false
    )
    {
        var model = new ProgressModel(TimeProvider.System);
        IRunWatcher progress = new RunProgress(model, cases);
        if (how.Signals)
            progress = new LavaSignals(progress, console.Out);
        var (end, run, code) = await RunExecutor
            .ExecuteAsync(
                store,
                model,
                how.Json,
                console,
                () => conduct(new Run(store, progress) { Queue = queue, KnownDifferences = known }),
                () => (queue.Most, queue.Jobs)
            )
            .ConfigureAwait(false);
        code = FailOn.Code(how.FailOn, code, store, run);
        if (end.Interrupted)
            console.Complain(
                $"the rest can be run later: {Hint.Command($"run --resume {end.Run}", store.Path, console.Directory)}"
            );
        if (
            how.Notify is { } command
            && await Notification
                .HandAsync(command, NightlyMessage.Of(store, run).ToString(), end.Run, store.Path, code)
                .ConfigureAwait(false)
                is { } trouble
        )
        {
            console.Complain($"--notify: the summary was not handed over: {trouble} ({command})");
            code = code == ExitCodes.Ok ? ExitCodes.Infrastructure : code;
        }
        if (!forGit)
            return code;
        var (forIt, why) = GitBisectCodes.Of(run);
        console.Error.WriteLine(Reports.Printable.Of($"harness: git bisect: {forIt}, {why}"));
        return forIt;
    }
}
