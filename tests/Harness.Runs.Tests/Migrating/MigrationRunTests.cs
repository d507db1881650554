using Harness.Cases.Filter;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Outcomes;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Judging;
using Harness.Runs.Known;
using Harness.Runs.Migrating;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Runs.Tests.Migrating;

/// <summary>
/// Migrations between pairs of hosts, into a store: whatever the hosts do, every planned one has one verdict.
/// </summary>
public sealed class MigrationRunTests
{
    private static readonly Migration[] Two = [FakeVmm.Plain, FakeVmm.Plain with { PreCopy = true }];

    private static readonly FakeVmm Vmm = new(Seen.NormalRwxFwb);

    private string _folder = "";
    private List<FakeHost> _made = [];
    private int _mostUp;

    [SetUp]
    public void MakeFolder() =>
        (_folder, _made, _mostUp) = (Directory.CreateTempSubdirectory("harness-moves-").FullName, [], 0);

    [TearDown]
    public void RemoveFolder()
    {
        Assert.That(_made, Is.All.Matches<FakeHost>(h => h.Disposed), "every host that was made is given back");
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Watcher : IMigrationWatcher
    {
        public List<string> Told { get; } = [];

        public List<string> Verdicts { get; } = [];

        public void Phase(string target, string what)
        {
            lock (Told)
                Told.Add($"{target} {what}");
        }

        public void Verdict(string pair, MigrationVerdict verdict)
        {
            lock (Told)
                Verdicts.Add($"{pair} {verdict.Verdict.Kind}");
        }
    }

    private Func<RunHost> Host(
        string name,
        Func<ProbeProgram, FakeHost, Observation?>? answer = null,
        string? refuse = null
    ) =>
        () =>
        {
            FakeHost host = null!;
            host = new FakeHost
            {
                Name = name,
                Facts = FactsReaderTests.Plain(),
                Answer = p => answer is null || FakeVmm.IsQuestion(p) ? Vmm.Run(p) : answer(p, host),
                Refuse = _ => refuse is null ? null : new HostUnavailableException(refuse),
            };
            lock (_made)
            {
                _made.Add(host);
                _mostUp = Math.Max(_mostUp, _made.Count(h => !h.Disposed));
            }
            return new RunHost(host, "qemu");
        };

    private static HostMaker Maker(string name, Func<RunHost> make) => new(name, HostKinds.Qemu, make);

    private static MigrationPlan Plan(params (string Name, Func<RunHost> Make)[] hosts) =>
        new(
            [.. hosts.Select(h => Maker(h.Name, h.Make))],
            [.. from a in Enumerable.Range(0, hosts.Length) from b in Enumerable.Range(0, hosts.Length) select (a, b)]
        );

    private async Task<(RunSummary Run, IReadOnlyList<MigrationRow> Rows, Watcher Watcher)> RunAsync(
        MigrationPlan plan,
        int atOnce = int.MaxValue,
        int jobs = 2,
        IReadOnlyList<KnownDifference>? known = null,
        CancellationToken cancel = default
    )
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(_folder, "results.db"));
        var watcher = new Watcher();
        var end = await new MigrationRun(store, watcher)
        {
            HostsAtOnce = atOnce,
            Jobs = jobs,
            KnownDifferences = known ?? [],
        }.ExecuteAsync(
            plan,
            Two,
            null,
            new RequestedRun("harness migrate", "1.2.3+0123456789ab", "moves"),
            "probe",
            cancel
        );
        Assert.That(store.Check().Faults, Is.Empty);
        return (store.Run(end.Run)!, store.Migrations(end.Run), watcher);
    }

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(8)]
    public async Task Every_pair_makes_every_migration_once_and_no_more_hosts_are_up_than_allowed(int atOnce)
    {
        string[] names = ["a", "b", "c", "d", "e"];
        var (run, rows, watcher) = await RunAsync(Plan([.. names.Select(n => (n, Host(n)))]), atOnce);
        Assert.Multiple(() =>
        {
            Assert.That(run.State, Is.EqualTo(States.Finished));
            Assert.That(
                rows.Select(r => (r.Source, r.Destination, r.CaseId)),
                Is.EquivalentTo(from a in names from b in names from m in Two select (a, b, m.Id))
            );
            Assert.That(rows.Select(r => r.Verdict).Distinct(), Is.EqualTo(new[] { "match" }));
            Assert.That(watcher.Verdicts, Has.Count.EqualTo(50));
            Assert.That(_mostUp, Is.LessThanOrEqualTo(atOnce));
            Assert.That(
                run.Hosts,
                Is.All.Matches<HostSummary>(h =>
                    h.State == States.Finished && h.Host.Policy == "mainline-7.2.10 -> mainline-7.2.10"
                )
            );
        });
    }

    [Test]
    public async Task An_unavailable_host_fails_only_its_own_pairs()
    {
        var (run, rows, _) = await RunAsync(
            Plan(("a", Host("a")), ("dark", Host("dark", refuse: "nothing listens there")), ("c", Host("c"))),
            atOnce: 2
        );
        Assert.Multiple(() =>
        {
            Assert.That(run.State, Is.EqualTo(States.Failed));
            foreach (var row in rows)
            {
                bool dark = row.Source == "dark" || row.Destination == "dark";
                Assert.That(
                    (row.Verdict, row.Reason),
                    Is.EqualTo(dark ? ("infrastructure", "dark: nothing listens there") : ("match", (string?)null)),
                    $"{row.Source} {row.Destination}"
                );
            }
            Assert.That(
                run.Hosts.Select(h => h.State == States.Failed),
                Is.EqualTo(run.Hosts.Select(h => h.Host.Source == "dark" || h.Host.Destination == "dark"))
            );
        });
    }

    /// <summary>
    /// Fails at every program that the host ever gets: earlier results are kept, later ones are infrastructure.
    /// </summary>
    [Test]
    public async Task A_host_that_dies_at_any_moment_keeps_what_was_made_and_is_named_for_the_rest(
        [Range(1, 4)] int at,
        [Values] bool source
    )
    {
        int asked = 0;
        Observation? Dying(ProbeProgram program, FakeHost host)
        {
            if (++asked < at)
                return Vmm.Run(program);
            host.Lost = "QEMU was killed by signal 9";
            throw new LinkLostException("broken pipe");
        }
        var plan = new MigrationPlan(
            [Maker("a", Host("a", source ? Dying : null)), Maker("b", Host("b", source ? null : Dying))],
            [(0, 1)]
        );
        var (run, rows, _) = await RunAsync(plan, jobs: 1);
        string name = source ? "a" : "b";
        Assert.Multiple(() =>
        {
            Assert.That(run.State, Is.EqualTo(at <= 2 ? States.Failed : States.Finished));
            Assert.That(
                rows.Select(r => r.Verdict),
                Is.EqualTo(Enumerable.Range(1, 2).Select(i => i < at ? "match" : "infrastructure"))
            );
            Assert.That(
                rows.Where(r => r.Verdict == "infrastructure").Select(r => r.Reason),
                Is.All.EqualTo($"{name}: QEMU was killed by signal 9")
            );
        });
    }

    [Test]
    public async Task A_host_that_dies_while_facts_are_read_is_infrastructure_for_all_its_pairs()
    {
        RunHost Dying()
        {
            var host = new FakeHost
            {
                Name = "b",
                Facts = FactsReaderTests.Plain(),
                Answer = _ => throw new LinkLostException("broken pipe"),
            };
            _made.Add(host);
            return new RunHost(host, HostKinds.Qemu);
        }
        var (run, rows, _) = await RunAsync(
            new MigrationPlan([Maker("a", Host("a")), Maker("b", Dying)], [(0, 0), (0, 1), (1, 0)])
        );
        Assert.That(run.State, Is.EqualTo(States.Failed));
        Assert.That(
            rows.Select(r => (r.Verdict, r.Reason)),
            Is.EqualTo(
                new[]
                {
                    ("match", (string?)null),
                    ("infrastructure", "b: broken pipe"),
                    ("infrastructure", "b: broken pipe"),
                }.SelectMany(r => Enumerable.Repeat(r, 2))
            )
        );
    }

    [Test]
    public async Task A_probe_that_dies_once_costs_nothing()
    {
        int asked = 0;
        var (run, rows, _) = await RunAsync(
            Plan(("a", Host("a", (p, _) => ++asked == 3 ? throw new LinkLostException("died") : Vmm.Run(p))))
        );
        Assert.That(run.State, Is.EqualTo(States.Finished));
        Assert.That(rows.Select(r => r.Verdict), Is.EqualTo(new[] { "match", "match" }));
    }

    [Test]
    public async Task Cancelling_keeps_what_is_finished_and_leaves_the_rest_planned([Range(1, 9)] int at)
    {
        using var cancel = new CancellationTokenSource();
        int asked = 0;
        Observation? Answer(ProbeProgram program, FakeHost host)
        {
            if (Interlocked.Increment(ref asked) >= at)
                cancel.Cancel();
            return cancel.IsCancellationRequested ? null : Vmm.Run(program);
        }
        var (run, rows, watcher) = await RunAsync(
            Plan(("a", Host("a", Answer)), ("b", Host("b", Answer))),
            jobs: 1,
            cancel: cancel.Token
        );
        Assert.Multiple(() =>
        {
            Assert.That(run.State, Is.EqualTo(States.Interrupted));
            Assert.That(rows, Has.Count.EqualTo(8), "the whole plan is there");
            Assert.That(rows.Count(r => r.Verdict == "match"), Is.EqualTo((at - 1) / 2));
            Assert.That(rows.Count(r => r.Verdict == "planned"), Is.EqualTo(8 - (at - 1) / 2));
            Assert.That(watcher.Verdicts, Has.Count.EqualTo((at - 1) / 2));
        });
    }

    private async Task<(RunSummary Run, IReadOnlyList<MigrationRow> Rows)> ResumeAsync(
        params (string Name, Func<RunHost> Make)[] hosts
    )
    {
        var store = ResultStore.Open(Path.Combine(_folder, "results.db"));
        var left = MigrationResumption.Of(store, store.Run()!, "probe");
        var names = hosts.Select(h => h.Name).ToList();
        var plan = new MigrationPlan(
            [.. hosts.Select(h => Maker(h.Name, h.Make))],
            [
                .. left.Pairs.Select(p =>
                    (names.IndexOf(p.Stored.Host.Source!), names.IndexOf(p.Stored.Host.Destination!))
                ),
            ]
        );
        var end = await new MigrationRun(store, new Watcher()).ResumeAsync(left, plan, null, default);
        Assert.That(store.Check().Faults, Is.Empty);
        return (store.Run(end.Run)!, store.Migrations(end.Run));
    }

    /// <summary>
    /// Cancelled at any program of four pairs with two migrations each; then the rest is executed, and nothing twice.
    /// </summary>
    [Test]
    public async Task A_resumed_run_executes_only_cases_without_a_verdict([Values(1, 2, 5, 9, 14)] int at)
    {
        using var cancel = new CancellationTokenSource();
        int asked = 0;
        Observation? Answer(ProbeProgram program, FakeHost host)
        {
            if (Interlocked.Increment(ref asked) >= at)
                cancel.Cancel();
            return cancel.IsCancellationRequested ? null : Vmm.Run(program);
        }
        var (_, before, _) = await RunAsync(
            Plan(("a", Host("a", Answer)), ("b", Host("b", Answer))),
            jobs: 1,
            cancel: cancel.Token
        );
        int left = before.Count(r => r.Verdict == Verdicts.Planned);
        Assert.That(left, Is.EqualTo(8 - (at - 1) / 2));

        int programs = 0;
        Observation? Count(ProbeProgram program, FakeHost host)
        {
            Interlocked.Increment(ref programs);
            return Vmm.Run(program);
        }
        var (run, rows) = await ResumeAsync(("a", Host("a", Count)), ("b", Host("b", Count)));
        Assert.That(
            (run.State, run.Hosts.Select(h => h.State).Distinct().Single()),
            Is.EqualTo((States.Finished, States.Finished))
        );
        Assert.That(rows.Select(r => r.Verdict), Is.All.EqualTo(Verdicts.Match).And.Exactly(8).Items);
        Assert.That(
            programs,
            Is.EqualTo(2 * left),
            "two programs for each migration that was left, and none for the others"
        );
        Assert.That(
            rows.Where((r, i) => before[i].Verdict == Verdicts.Match),
            Is.EqualTo(before.Where(r => r.Verdict == Verdicts.Match))
        );
        var store = ResultStore.Open(Path.Combine(_folder, "results.db"));
        Assert.That(
            () => MigrationResumption.Of(store, run, "probe"),
            Throws.TypeOf<ResumeException>().With.Message.Contains("nothing to resume")
        );
        Assert.That(
            () => MigrationResumption.Of(store, run with { State = States.Failed, Hosts = [] }, "another"),
            Throws.TypeOf<ResumeException>()
        );
    }

    [Test]
    public async Task A_run_does_not_go_on_on_a_host_that_is_another()
    {
        using var cancel = new CancellationTokenSource();
        int asked = 0;
        Observation? Answer(ProbeProgram program, FakeHost host)
        {
            if (++asked > 2)
                cancel.Cancel();
            return cancel.IsCancellationRequested ? null : Vmm.Run(program);
        }
        await RunAsync(Plan(("a", Host("a", Answer))), jobs: 1, cancel: cancel.Token);
        var (run, rows) = await ResumeAsync(("a", () =>
            {
                var host = new FakeHost
                {
                    Name = "a",
                    Facts = FactsReaderTests.Poor(),
                    Answer = Vmm.Run,
                };
                _made.Add(host);
                return new RunHost(host, "qemu");
            }));
        Assert.That(run.State, Is.EqualTo(States.Failed));
        Assert.That(rows.Select(r => r.Verdict), Is.EqualTo(new[] { Verdicts.Match, Verdicts.Infrastructure }));
        Assert.That(rows[1].Reason, Does.StartWith("a: the host has changed since the run began: "));
    }

    private static KnownDifference Known(KnownSide side, string hosts, string? stage, string? until = null) =>
        new(
            "no-onward",
            "{}",
            CaseFilter.Parse("precopy=no", AllMigrations.FilterKeys),
            CaseFilter.Parse(hosts, KnownDifference.HostKeys),
            null,
            until,
            VerdictKind.Mismatch,
            new OutcomePattern { Stage = stage },
            Culprit.Kernel,
            "stores after a migration fail",
            "https://example.org/1"
        )
        {
            Side = side,
        };

    /// <summary>
    /// The destination "b" refuses every slot: of two migrations one is covered, and the other remains a mismatch.
    /// </summary>
    [TestCase(KnownSide.Destination, "target=b", "registration", null, Verdicts.Known)]
    [TestCase(KnownSide.Destination, "target=b", null, null, Verdicts.Known)]
    [TestCase(KnownSide.Source, "target=b", "registration", null, Verdicts.Mismatch)]
    [TestCase(KnownSide.Source, "target=a", "registration", null, Verdicts.Known)]
    [TestCase(KnownSide.Destination, "target=a", "registration", null, Verdicts.Mismatch)]
    [TestCase(KnownSide.Destination, "target=b", "onward", null, Verdicts.Mismatch)]
    [TestCase(KnownSide.Destination, "target=b", "registration", "6.1", Verdicts.Mismatch)]
    public async Task A_mismatch_that_a_known_difference_of_a_side_describes_is_known(
        KnownSide side,
        string hosts,
        string? stage,
        string? until,
        string verdict
    )
    {
        var refusing = new FakeVmm(Seen.NormalRwxFwb)
        {
            But = (step, _, would) => step is MemslotStep ? would with { Errno = FakeVmm.Einval } : would,
        };
        Func<RunHost>[] hostsMade = [Host("a"), Host("b", (p, _) => refusing.Run(p))];
        var plan = new MigrationPlan([Maker("a", hostsMade[0]), Maker("b", hostsMade[1])], [(0, 1)]);
        var (run, rows, _) = await RunAsync(plan, jobs: 1, known: [Known(side, hosts, stage, until)]);
        Assert.That(rows.Select(r => r.Verdict), Is.EqualTo(new[] { verdict, Verdicts.Mismatch }), rows[0].Reason);
        bool speaks = (side, hosts) is (KnownSide.Destination, "target=b") or (KnownSide.Source, "target=a");
        Assert.That(
            run.Hosts[0].Known.Select(k => (k.Name, k.Asked, k.Expired)),
            Is.EqualTo(speaks ? new[] { ("no-onward", 1, until is not null) } : [])
        );
        Assert.That(
            rows[0].Reason,
            until is null ? Does.Not.Contain("until") : Does.Contain($"known as 'no-onward' until {until}")
        );
    }

    [Test]
    public void A_mistake_of_the_harness_itself_is_not_swallowed_and_the_hosts_are_given_back() =>
        Assert.That(
            async () =>
                await RunAsync(Plan(("a", Host("a", (_, _) => throw new InvalidOperationException("a mistake"))))),
            Throws.InvalidOperationException.With.Message.EqualTo("a mistake")
        );

    [Test]
    public async Task Stored_evidence_has_no_page_content()
    {
        await RunAsync(Plan(("a", Host("a"))));
        var store = ResultStore.Open(Path.Combine(_folder, "results.db"));
        var row = store.Migrations(store.Run()!.Run.Id)[0];
        Assert.That(row.Migration, Is.Not.Null);
        Assert.That(row.Migration!.Bytes, Is.EqualTo(6));
    }
}
