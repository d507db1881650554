using Harness.Cases;
using Harness.Model;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Scheduling;
using Harness.Store;
using Microsoft.Data.Sqlite;

namespace Harness.Runs.Tests;

/// <summary>A run over several hosts: a problem of one does not affect the others.</summary>
public sealed class RunTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("harness-runs-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_models_hash_is_the_identifier_of_its_assembly()
    {
        Assert.That(Run.ModelHash, Does.Match("^[0-9a-f]{32}$"));
        Assert.That(
            Guid.Parse(Run.ModelHash),
            Is.EqualTo(typeof(Policy).Module.ModuleVersionId).And.Not.EqualTo(Guid.Empty)
        );
    }

    private sealed class Nobody : IRunWatcher
    {
        public List<string> Told { get; } = [];

        public void Phase(string target, string what)
        {
            lock (Told)
                Told.Add($"{target} {what}");
        }

        public void Host(string target, HostProfile profile, Policy policy) { }

        public void Verdict(string target, Case c, Verdict verdict) { }
    }

    /// <summary>A host that is refused when its turn has come, or before.</summary>
    private static DeferredProbeHost Refused(
        string name,
        string? before = null,
        string atStart = "no boot",
        Action? starting = null
    ) => new(name, (_, _) => before is not null
                ? throw new HostUnavailableException(before)
                : Task.FromResult<IProbeHost>(
                    new FakeHost
                    {
                        Answer = _ => null,
                        Refuse = _ =>
                        {
                            starting?.Invoke();
                            return new HostUnavailableException(atStart);
                        },
                    }
                ));

    private async Task<(RunSummary Run, ILookup<string, ResultRow> Results, Nobody Watcher)> RunAsync(
        HostQueue queue,
        params RunHost[] hosts
    )
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(_folder, "results.db"));
        var watcher = new Nobody();
        var end = await new Run(store, watcher) { Queue = queue }.ExecuteAsync(
            hosts,
            [.. CaseSpace.Buildable.Take(3)],
            null,
            new RequestedRun("harness run", "1.2.3+0123456789ab"),
            "probe",
            default
        );
        return (store.Run(end.Run)!, store.Results(end.Run).ToLookup(r => r.Target), watcher);
    }

    [Test]
    public async Task An_unavailable_host_is_infrastructure_with_its_reason_and_the_others_run()
    {
        int started = 0;
        var (run, results, _) = await RunAsync(
            HostQueue.Unlimited(),
            new RunHost(Refused("gone", before: "track 6.16 has left the archive"), "qemu"),
            new RunHost(Refused("dark", starting: () => started++), "ssh")
        );

        Assert.That(started, Is.EqualTo(1));
        Assert.That(
            results["gone"].Select(r => (r.Verdict, r.Reason)),
            Is.All.EqualTo(("infrastructure", "track 6.16 has left the archive"))
        );
        Assert.That(results["dark"].Select(r => (r.Verdict, r.Reason)), Is.All.EqualTo(("infrastructure", "no boot")));
        Assert.That(results["gone"].Count() + results["dark"].Count(), Is.EqualTo(6));
        Assert.That(run.State, Is.EqualTo(States.Failed));
        Assert.That(
            run.Hosts.Select(h => h.Reason),
            Is.EqualTo(new[] { "track 6.16 has left the archive", "no boot" })
        );
        Assert.That(run.Run.HarnessVersion, Is.EqualTo("1.2.3+0123456789ab"), "it says which harness conducted it");
    }

    [Test]
    public async Task Each_host_runs_its_own_cases_where_it_has_some()
    {
        var (_, results, _) = await RunAsync(
            HostQueue.Unlimited(),
            new RunHost(Refused("all"), "qemu"),
            new RunHost(Refused("some"), "qemu") { Cases = [CaseSpace.Buildable[7]] }
        );

        Assert.That(results["all"].Count(), Is.EqualTo(3));
        Assert.That(results["some"].Select(r => r.CaseId), Is.EqualTo(new[] { CaseSpace.Buildable[7].Id }));
    }

    [Test]
    public async Task Hosts_start_in_the_order_of_how_long_they_will_take()
    {
        var cases = CaseSpace.Buildable;
        var started = new List<string>();
        RunHost Host(string name, int count) =>
            new(Refused(name, starting: () => started.Add(name)), "qemu")
            {
                Need = new HostNeed(1, 1),
                Cases = [.. cases.Take(count)],
            };
        await RunAsync(HostQueue.Unlimited(), Host("slow", 1), Host("quick", 1));
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "results.db")}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                UPDATE host SET state = 'finished', started_utc = '2026-01-01T00:00:00.000Z',
                  finished_utc = iif(target = 'slow', '2026-01-01T00:01:00.000Z', '2026-01-01T00:00:01.000Z')
                """;
            command.ExecuteNonQuery();
        }
        started.Clear();
        // 60 s, 4 s, and as many cases at 30.5 s: 61 s.
        await RunAsync(new HostQueue(1, 1000), Host("quick", 4), Host("slow", 1), Host("new", 2));
        Assert.That(started, Is.EqualTo(["new", "slow", "quick"]));
    }

    /// <summary>A host that signals when it is started, and fails on request.</summary>
    private sealed class Gated(string name) : IProbeHost
    {
        public TaskCompletionSource Started { get; } = new();

        public TaskCompletionSource Let { get; } = new();

        public string Name => name;

        public string? Lost => null;

        public KernelReport? Crash => null;

        public int? Workers => 1;

        public IReadOnlyDictionary<string, string> Platform { get; } = new Dictionary<string, string>();

        public async Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel)
        {
            Started.SetResult();
            await Let.Task;
            throw new HostUnavailableException("it was only a test");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Test]
    public async Task A_host_waits_for_its_turn_and_starts_when_the_one_before_is_done()
    {
        Gated one = new("one"),
            two = new("two");
        var queue = new HostQueue(1, 1000);
        RunHost Host(Gated host) => new(host, "qemu") { Need = new HostNeed(1, 100) };
        var run = RunAsync(queue, Host(one), Host(two));
        await one.Started.Task;
        var early = two.Started.Task.IsCompleted;
        one.Let.SetResult();
        await two.Started.Task;
        two.Let.SetResult();
        var (summary, _, watcher) = await run;

        Assert.That(early, Is.False);
        Assert.That(queue.Most, Is.EqualTo(1));
        Assert.That(summary.Hosts, Has.Count.EqualTo(2).And.All.Matches<HostSummary>(h => h.State == States.Failed));
        Assert.That(watcher.Told, Does.Contain("two waiting").And.Contains("two lost"));
    }
}
