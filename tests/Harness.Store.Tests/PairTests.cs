using Harness.Store.Comparing;
using Harness.Store.Keeping;

namespace Harness.Store.Tests;

/// <summary>Runs of pairs of targets with migrations.</summary>
public sealed class PairTests : StoreFixture
{
    private static readonly CaseRecord[] s_migrations =
    [
        new(
            "a0a0a0a0a0a0",
            "migration:anonymous:private",
            "migration anonymous:private",
            """{"backing":"anonymous"}"""
        ),
        new("b0b0b0b0b0b0", "migration:pfnmap:wb", "migration pfnmap:wb", """{"backing":"pfnmap"}"""),
        new("c0c0c0c0c0c0", "migration:pfnmap:nc", "migration pfnmap:nc", """{"backing":"pfnmap"}"""),
    ];

    private static readonly MigrationRecord s_moved = new(
        "resumed",
        null,
        "Normal-WB rwx",
        "Normal-WB rwx",
        null,
        null,
        3,
        "MIDR_EL1 EINVAL, CTR_EL0 EINVAL, TCR2_EL1 ENOENT",
        65_536,
        1_000,
        20,
        2_000
    );

    private static readonly MigrationRecord s_weakened = new(
        "resumed",
        null,
        "Normal-WB rwx",
        "Device-nGnRE rw",
        "no-silent-weakening",
        "device-unless-map-memory",
        0,
        null,
        4_096,
        1_500,
        30,
        2_500
    );

    private static HostRecord Side(string target, string release) =>
        new(
            target,
            HostKinds.Qemu,
            release,
            "#1",
            release + "-id",
            "FWB",
            "10.0.2",
            $"qemu -name {target}",
            release + "-boot",
            release + "-image",
            """{"vm":{"243":1}}""",
            """{"settled":{}}""",
            ["pte", "exit"],
            $"mainline-{release}",
            "QEMU TCG"
        );

    /// <summary>
    /// Two pairs and an ordinary host; the last migration of the second pair is lost before it began.
    /// </summary>
    private static async Task<(long There, long Back)> WriteAsync(
        ResultStore store,
        string id,
        int hours = 0,
        MigrationRecord? second = null
    )
    {
        var (a, b) = (Side("7.2/max/vhe", "7.2"), Side("6.12/a76/vhe", "6.12"));
        HostRecord[] planned =
        [
            HostRecord.Pair(new HostRecord(a.Target, a.Kind), new HostRecord(b.Target, b.Kind)),
            HostRecord.Pair(new(b.Target, b.Kind), new(a.Target, a.Kind)),
        ];
        var (writer, hosts) = await store.BeginRunAsync(
            ARun(id, Started.AddHours(hours)),
            [.. planned.Select(p => new PlannedHost(p, s_migrations))]
        );
        await using (writer)
        {
            for (int i = 0; i < 2; i++)
            {
                await writer.DescribeHostAsync(hosts[i], i == 0 ? HostRecord.Pair(a, b) : HostRecord.Pair(b, a));
                foreach (string policy in (string[])[a.Policy!, b.Policy!])
                    await writer.AddRulesAsync(
                        "model-1",
                        policy,
                        [new("map-normal", "map", "mmu.c", "memory is normal")]
                    );
                await writer.RecordAsync(
                    new ResultRecord(
                        hosts[i],
                        s_migrations[0].Id,
                        Verdicts.Match,
                        Rule: "normal-memory",
                        Evidence: ["pte"],
                        Path: [new("source", "map-normal"), new("destination", "map-normal")],
                        Attempts: [new("{}")]
                    )
                    {
                        Migration = s_moved,
                    }
                );
                await writer.RecordAsync(
                    new ResultRecord(
                        hosts[i],
                        s_migrations[1].Id,
                        Verdicts.Mismatch,
                        Culprits.Kernel,
                        "it weakens",
                        Attempts: [new("{}"), new("{}")]
                    )
                    {
                        Migration = second ?? s_weakened,
                    }
                );
                await writer.RecordAsync(
                    i == 0
                        ? new ResultRecord(hosts[i], s_migrations[2].Id, Verdicts.Match, Attempts: [new("{}")])
                        {
                            PredictedJson = """{"stage":"registration","errno":"EINVAL"}""",
                            Migration = new("registration", "EINVAL", Bytes: 12),
                        }
                        : new ResultRecord(
                            hosts[i],
                            s_migrations[2].Id,
                            Verdicts.Infrastructure,
                            Culprits.Infrastructure,
                            "the destination was lost"
                        )
                );
                await writer.FinishHostAsync(hosts[i], States.Finished);
            }
            await writer.FinishAsync(States.Finished);
        }
        return (hosts[0], hosts[1]);
    }

    [Test]
    public async Task A_run_of_pairs_is_read_as_it_was_written_pair_by_pair_in_the_order_planned()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var (there, back) = await WriteAsync(store, "move");
        var rows = store.Migrations("move");
        Assert.That(
            rows.Select(r => (r.Host, r.Source, r.Destination, r.CaseId, r.Verdict)),
            Is.EqualTo(
                new[]
                {
                    (there, "7.2/max/vhe", "6.12/a76/vhe", "a0a0a0a0a0a0", "match"),
                    (there, "7.2/max/vhe", "6.12/a76/vhe", "b0b0b0b0b0b0", "mismatch"),
                    (there, "7.2/max/vhe", "6.12/a76/vhe", "c0c0c0c0c0c0", "match"),
                    (back, "6.12/a76/vhe", "7.2/max/vhe", "a0a0a0a0a0a0", "match"),
                    (back, "6.12/a76/vhe", "7.2/max/vhe", "b0b0b0b0b0b0", "mismatch"),
                    (back, "6.12/a76/vhe", "7.2/max/vhe", "c0c0c0c0c0c0", "infrastructure"),
                }
            )
        );
        Assert.That(
            rows.Select(r => r.Migration),
            Is.EqualTo(
                new[]
                {
                    s_moved,
                    s_weakened,
                    new MigrationRecord("registration", "EINVAL", Bytes: 12),
                    s_moved,
                    s_weakened,
                    null,
                }
            )
        );
        Assert.That(
            (rows[1].Class, rows[1].Title, rows[1].Definition, rows[1].Culprit, rows[1].Reason, rows[0].Rule),
            Is.EqualTo(
                (
                    "migration:pfnmap:wb",
                    "migration pfnmap:wb",
                    """{"backing":"pfnmap"}""",
                    "kernel",
                    "it weakens",
                    "normal-memory"
                )
            )
        );
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(6));
    }

    [Test]
    public async Task A_pair_is_read_with_its_two_hosts_and_what_it_shows_is_made_of_them()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await WriteAsync(store, "move");
        var run = store.Run("move")!;
        Assert.That(
            run.Hosts.Select(h => h.Host.Target),
            Is.EqualTo(new[] { "7.2/max/vhe -> 6.12/a76/vhe", "6.12/a76/vhe -> 7.2/max/vhe" }),
            "its sides are no hosts with cases"
        );
        var pair = run.Hosts[0].Host;
        var (source, destination) = (pair.Sides!.Source, pair.Sides.Destination);
        Assert.That(
            (source with { Evidence = null }, destination with { Evidence = null }),
            Is.EqualTo(
                (
                    Side("7.2/max/vhe", "7.2") with
                    {
                        Evidence = null,
                    },
                    Side("6.12/a76/vhe", "6.12") with
                    {
                        Evidence = null,
                    }
                )
            )
        );
        Assert.That(
            pair with
            {
                Evidence = null,
                Sides = null,
            },
            Is.EqualTo(
                new HostRecord(
                    "7.2/max/vhe -> 6.12/a76/vhe",
                    "pair",
                    "7.2 -> 6.12",
                    "#1 -> #1",
                    "7.2-id -> 6.12-id",
                    "FWB -> FWB",
                    "10.0.2 -> 10.0.2",
                    "qemu -name 7.2/max/vhe -> qemu -name 6.12/a76/vhe",
                    "7.2-boot -> 6.12-boot",
                    "7.2-image -> 6.12-image",
                    """{"source":{"vm":{"243":1}},"destination":{"vm":{"243":1}}}""",
                    """{"source":{"settled":{}},"destination":{"settled":{}}}""",
                    null,
                    "mainline-7.2 -> mainline-6.12",
                    "QEMU TCG"
                )
            )
        );
        Assert.That(
            (source.Evidence, destination.Evidence, pair.Evidence),
            Is.EqualTo((new[] { "pte", "exit" }, new[] { "pte", "exit" }, new[] { "pte", "exit" }))
        );
    }

    [Test]
    public async Task Each_side_is_one_row_of_its_run_and_nothing_stored_is_joined_of_two()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await WriteAsync(store, "move");
        Assert.That(
            Lines(
                store,
                "SELECT target, kernel_release, cpu, state, planned FROM host WHERE kernel_release LIKE '7.2%'"
            ),
            Is.EqualTo(new[] { "7.2/max/vhe|7.2|FWB|finished|0" })
        );
        Assert.That(
            Lines(
                store,
                """
                SELECT p.source, s.kernel_release, p.destination, d.kernel_release, p.state, p.planned
                FROM host p JOIN host s ON s.id = p.source_host JOIN host d ON d.id = p.destination_host ORDER BY p.id
                """
            ),
            Is.EqualTo(
                new[] { "7.2/max/vhe|7.2|6.12/a76/vhe|6.12|finished|3", "6.12/a76/vhe|6.12|7.2/max/vhe|7.2|finished|3" }
            )
        );
        Assert.That(Joined(store), Is.Empty);
    }

    [TestCase(States.Finished, "finished|", "finished|")]
    [TestCase(States.Failed, "finished|", "failed|no power")]
    [TestCase(States.Interrupted, "interrupted|", "interrupted|no power")]
    public async Task The_sides_of_pairs_end_with_their_run_and_start_again_with_it(
        string state,
        string answered,
        string silent
    )
    {
        var store = ResultStore.OpenOrCreate(Database);
        var (a, b) = (Side("a", "7.2"), Side("b", "6.12"));
        await using (var writer = await store.BeginRunAsync(ARun("move")))
        {
            long pair = await writer.AddHostAsync(HostRecord.Pair(new("a", "qemu"), new("b", "qemu")));
            await writer.PlanAsync(pair, s_migrations);
            await writer.DescribeHostAsync(pair, HostRecord.Pair(a, state == States.Finished ? b : new("b", "qemu")));
            await writer.FinishHostAsync(pair, state);
            await writer.FinishAsync(state, "no power");
        }
        Assert.That(
            Lines(store, "SELECT state, reason FROM host WHERE kind <> 'pair' ORDER BY target"),
            Is.EqualTo(new[] { answered, silent })
        );
        if (state == States.Finished)
            return;
        await using (await store.ResumeRunAsync("move", "{}"))
            Assert.That(Lines(store, "SELECT state, reason FROM host ORDER BY id"), Is.All.EqualTo("planned|"));
    }

    [Test]
    public void A_pair_is_described_only_if_both_sides_are_known()
    {
        var lab = new HostRecord(
            "lab",
            HostKinds.Ssh,
            "6.12",
            BuildId: "aa",
            Capabilities: "{}",
            Platform: "a CPU",
            Evidence: ["trace", "exit"]
        );
        var half = HostRecord.Pair(Side("fwb", "7.2"), new HostRecord("lab", HostKinds.Ssh));
        var whole = HostRecord.Pair(Side("fwb", "7.2"), lab);
        Assert.That(
            (half.KernelRelease, half.BuildId, half.Capabilities, half.Platform, half.Policy),
            Is.EqualTo(((string?)null, (string?)null, (string?)null, (string?)null, (string?)null))
        );
        Assert.That(
            (whole.KernelRelease, whole.QemuVersion, whole.ImageHash, whole.Platform),
            Is.EqualTo(("7.2 -> 6.12", "10.0.2 -> none", "7.2-image -> none", "QEMU TCG -> a CPU"))
        );
        Assert.That(whole.Evidence, Is.EqualTo(new[] { "exit" }));
        Assert.That(HostRecord.Pair(lab, lab).Platform, Is.EqualTo("a CPU"));
    }

    [TestCase("target, kind", "'a -> b', 'pair'", "CHECK constraint failed")]
    [TestCase(
        "kind, source, destination, source_host, destination_host",
        "'pair', 'a', 'b', 1, NULL",
        "CHECK constraint failed"
    )]
    [TestCase(
        "target, kind, source, destination, source_host, destination_host",
        "'c', 'pair', 'a', 'b', 1, 2",
        "CHECK constraint failed"
    )]
    [TestCase(
        "kind, source, destination, source_host, destination_host, kernel_release",
        "'pair', 'a', 'b', 1, 2, '7.2'",
        "CHECK constraint failed"
    )]
    [TestCase("target, kind, source_host", "'c', 'qemu', 1", "CHECK constraint failed")]
    [TestCase("kind", "'qemu'", "constraint failed")]
    [TestCase(
        "kind, source, destination, source_host, destination_host",
        "'pair', 'a', 'b', 2, 1",
        "FOREIGN KEY constraint failed"
    )]
    [TestCase(
        "kind, source, destination, source_host, destination_host",
        "'pair', 'a', 'other', 1, 3",
        "FOREIGN KEY constraint failed"
    )]
    [TestCase("kind, source, destination, source_host, destination_host", "'pair', 'a', 'b', 1, 2", null)]
    public async Task A_pair_names_two_hosts_of_its_run_and_has_nothing_else(
        string columns,
        string values,
        string? refused
    )
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using (var writer = await store.BeginRunAsync(ARun("move")))
            foreach (string target in (string[])["a", "b"])
                await writer.AddHostAsync(new HostRecord(target, "qemu"));
        await using (var writer = await store.BeginRunAsync(ARun("another")))
            await writer.AddHostAsync(new HostRecord("other", "qemu"));
        string insert =
            $"PRAGMA foreign_keys = ON; INSERT INTO host (run, state, {columns}) VALUES ('move', 'planned', {values})";
        Assert.That(
            () => Tamper(insert),
            refused is null
                ? Throws.Nothing
                : Throws.TypeOf<Microsoft.Data.Sqlite.SqliteException>().With.Message.Contains(refused)
        );
    }

    [Test]
    public async Task Only_pairs_have_migrations_and_a_refused_one_leaves_no_verdict()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var writer = await store.BeginRunAsync(ARun());
        long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        long pair = await writer.AddHostAsync(HostRecord.Pair(new("fwb", "qemu"), new("fwb", "qemu")));
        await writer.PlanAsync(host, Cases(1));
        await writer.PlanAsync(pair, Cases(2));
        Assert.That(
            () => writer.RecordAsync(new ResultRecord(host, "case-000", Verdicts.Match) { Migration = s_moved }),
            Throws.TypeOf<StoreException>().With.Message.Contains("only what was asked of a pair")
        );
        // An errno without a stage is impossible.
        Assert.That(
            () =>
                writer.RecordAsync(
                    new ResultRecord(pair, "case-000", Verdicts.Match) { Migration = new(Errno: "EINVAL") }
                ),
            Throws.TypeOf<StoreException>().With.Message.Contains("CHECK constraint failed")
        );
        Assert.That(store.Results(writer.Run).Select(r => r.Verdict), Is.All.EqualTo(Verdicts.Planned));
        await writer.RecordAsync(new ResultRecord(pair, "case-000", Verdicts.Match) { Migration = s_moved });
        Assert.That(
            store.Migrations(writer.Run).Select(m => (m.Verdict, m.Migration)),
            Is.EqualTo(new[] { (Verdicts.Match, s_moved), (Verdicts.Planned, (MigrationRecord?)null) })
        );
        Assert.That(
            () => Tamper("UPDATE migration SET stage = 'first-run'"),
            Throws.TypeOf<Microsoft.Data.Sqlite.SqliteException>()
        );
    }

    [TestCase(
        "DELETE FROM migration WHERE result = (SELECT min(result) FROM migration)",
        "run move, host 7.2/max/vhe -> 6.12/a76/vhe: 1 migrations were judged, but their end is not stored"
    )]
    [TestCase(
        "DROP TRIGGER migration_is_final; UPDATE migration SET stage = NULL WHERE errno IS NULL AND violation IS NULL",
        "1 migrations were judged, but their end is not stored"
    )]
    [TestCase(
        "UPDATE host SET kind = 'qemu', target = name, source = NULL, destination = NULL, source_host = NULL, destination_host = NULL WHERE source = '7.2/max/vhe'",
        "run move, host 7.2/max/vhe -> 6.12/a76/vhe: 3 results have a migration, but the host is not a pair, or they have no verdict"
    )]
    [TestCase("DELETE FROM result WHERE id = 1", "migration row 1 refers to a missing result")]
    public async Task A_check_finds_what_does_not_fit(string damage, string fault)
    {
        var store = ResultStore.OpenOrCreate(Database);
        await WriteAsync(store, "move");
        Tamper(damage);
        Assert.That(store.Check().Faults, Has.Some.Contains(fault));
    }

    [Test]
    public async Task A_run_of_pairs_is_merged_recognized_and_pruned_with_all_it_holds()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var other = ResultStore.OpenOrCreate(Database + ".other");
        await WriteAsync(other, "move");
        Assert.That(store.Merge([other.Path]).Single().Result, Is.EqualTo(MergeResults.Taken));
        Assert.That(store.Migrations("move"), Is.EqualTo(other.Migrations("move")));
        Assert.That(store.Run("move")!.Hosts[0].Host.Source, Is.EqualTo("7.2/max/vhe"));
        Assert.That(store.Check().Faults, Is.Empty);
        Assert.That(store.Merge([other.Path]).Single().Result, Is.EqualTo(MergeResults.Same));

        await WriteAsync(store, "later", hours: 1);
        var plan = store.PlanPruning(Retention.Parse("1runs")!, Started.AddHours(2));
        Assert.That(store.Prune(plan).Runs, Is.EqualTo(1));
        Assert.That(
            store.Read(c => SqliteFile.Scalar(c, "SELECT count(*) FROM migration")),
            Is.EqualTo(5),
            "those of the run that is kept"
        );
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Runs").EqualTo(1));
    }

    [Test]
    public async Task A_run_that_moved_a_vm_otherwise_is_another_run()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var other = ResultStore.OpenOrCreate(Database + ".other");
        await WriteAsync(store, "move");
        File.Copy(Database, other.Path, overwrite: true);
        foreach (string leftover in Directory.GetFiles(Path.GetDirectoryName(Database)!, "results.db.other-*"))
            File.Delete(leftover);
        Tamper("DROP TRIGGER migration_is_final; UPDATE migration SET bytes = 0 WHERE result = 1");
        Assert.That(
            () => store.Merge([other.Path]),
            Throws.TypeOf<StoreException>().With.Message.Contains("run move already exists with other content")
        );
    }

    [Test]
    public async Task Pairs_are_counted_where_a_run_is_the_last_of_many_of_them()
    {
        var store = ResultStore.OpenOrCreate(Database);
        string[] names = ["a", "b"];
        await using (var writer = await store.BeginRunAsync(ARun("pairs")))
        {
            await FinishAsync(writer, new HostRecord("a", "qemu"));
            foreach (string from in names)
            foreach (string to in names)
                await FinishAsync(writer, HostRecord.Pair(new(from, "qemu"), new(to, "qemu")));
            await writer.FinishAsync(States.Finished);
        }
        await WriteAsync(store, "move", hours: 1);
        await WriteAsync(store, "again", hours: 2);
        await using (var writer = await store.BeginRunAsync(ARun("newest", Started.AddHours(3))))
            await writer.FinishAsync(States.Finished);
        Assert.That(
            store.PlanPruning(Retention.Parse("1")!, Started.AddHours(4)).Select(p => (p.Run, p.Why)),
            Is.EqualTo(
                new[]
                {
                    ("newest", "one of the newest 1"),
                    ("again", "the last finished run of 6.12/a76/vhe -> 7.2/max/vhe, 7.2/max/vhe -> 6.12/a76/vhe"),
                    ("move", "older than the newest 1"),
                    ("pairs", "the last finished run of a, 4 pairs of targets"),
                }
            )
        );

        static async Task FinishAsync(RunWriter writer, HostRecord record)
        {
            long host = await writer.AddHostAsync(record);
            await writer.PlanAsync(host, s_migrations[..1]);
            await writer.RecordAsync(new ResultRecord(host, s_migrations[0].Id, Verdicts.Skip));
            await writer.FinishHostAsync(host, States.Finished);
        }
    }

    /// <summary>
    /// A migration on a host is not a run of its cases: no later run is compared with it, and pruning doesn't keep it
    /// for that.
    /// </summary>
    [Test]
    public async Task What_is_only_a_side_of_pairs_is_no_earlier_host_and_no_last_run_of_its_target()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var fwb = Side("7.2/max/vhe", "7.2");
        await RunAsync("first", 0);
        await WriteAsync(store, "move", hours: 1);
        long last = await RunAsync("second", 2);
        Assert.That(
            PreviousHosts.Of(store, "second").Select(p => (p.Host, p.PreviousRun)),
            Is.EqualTo(new[] { (last, "first") })
        );

        await WriteAsync(store, "later", hours: 3);
        Assert.That(
            store.PlanPruning(Retention.Parse("1")!, Started.AddHours(4)).Select(p => (p.Run, p.Why)),
            Is.EqualTo(
                new[]
                {
                    ("later", "one of the newest 1"),
                    ("second", "the last finished run of 7.2/max/vhe"),
                    ("move", "older than the newest 1"),
                    ("first", "older than the newest 1"),
                }
            )
        );

        async Task<long> RunAsync(string id, int hours)
        {
            await using var writer = await store.BeginRunAsync(ARun(id, Started.AddHours(hours)));
            long host = await writer.AddHostAsync(fwb);
            await writer.PlanAsync(host, Cases(1));
            await writer.RecordAsync(new ResultRecord(host, "case-000", Verdicts.Match));
            await writer.FinishHostAsync(host, States.Finished);
            await writer.FinishAsync(States.Finished);
            return host;
        }
    }

    /// <summary>
    /// Written with the scripts of version 7: a run of two pairs, and one that was interrupted before any host
    /// responded.
    /// </summary>
    [Test]
    public void A_file_of_version_7_has_its_pairs_apart_with_the_same_verdicts()
    {
        Unpack("pairs-v7.db.gz");
        string[] queries =
        [
            "SELECT target, verdict, cases FROM verdict_count ORDER BY target, verdict",
            "SELECT run, target, kernel_release, case_id, verdict, rule FROM results ORDER BY result",
            "SELECT source, destination, source_kernel, destination_kernel, title, verdict, predicted, ended FROM migrations ORDER BY result",
            "SELECT target, case_id, verdict, kernel_release FROM latest_verdict ORDER BY target, case_id",
            "SELECT run, target, class, cases, kernel_release FROM class_matrix ORDER BY 1, 2, 3",
        ];
        var before = queries.Select(q => Lines(Database, q)).ToList();
        Assert.That(before.Select(b => b.Length), Is.All.GreaterThan(0));

        var store = ResultStore.Open(Database);
        Assert.That(queries.Select(q => Lines(store, q)), Is.EqualTo(before));
        Assert.That(store.Check().Faults, Is.Empty);
        Assert.That(Joined(store), Is.Empty);
        Assert.That(
            Lines(
                store,
                "SELECT run, target, kind, state, kernel_release, build_id, platform, qemu_version, capabilities, policy FROM host WHERE kind <> 'pair' ORDER BY run, target"
            ),
            Is.EqualTo(
                new[]
                {
                    "cut|fwb|ssh|interrupted||||||",
                    "cut|lab|ssh|interrupted||||||",
                    """move|fwb|qemu|finished|7.2.10|aa|QEMU TCG|10.0.2|{"vm":{"243":1}}|mainline-7.2""",
                    """move|lab|ssh|finished|6.12.118|bb|a CPU||{"vm":{}}|mainline-6.9""",
                }
            )
        );
        Assert.That(
            Lines(store, "SELECT DISTINCT policy FROM result WHERE policy IS NOT NULL ORDER BY policy"),
            Is.EqualTo(new[] { "mainline-6.9", "mainline-7.2" })
        );
        Assert.That(
            store.Run("move")!.Hosts.Select(h => (h.Host.Target, h.Host.KernelRelease, h.Host.Policy)),
            Is.EqualTo(
                new[]
                {
                    ("fwb -> lab", "7.2.10 -> 6.12.118", "mainline-7.2 -> mainline-6.9"),
                    ("lab -> fwb", "6.12.118 -> 7.2.10", "mainline-6.9 -> mainline-7.2"),
                }
            )
        );
    }

    private static string[] Lines(ResultStore store, string sql) => store.Read(connection => Lines(connection, sql));

    private static string[] Lines(string path, string sql)
    {
        using var connection = SqliteFile.Open(path, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
        return Lines(connection, sql);
    }

    private static string[] Lines(Microsoft.Data.Sqlite.SqliteConnection connection, string sql) =>
        [
            .. connection.Rows(sql, row =>
                string.Join(
                    '|',
                    Enumerable.Range(0, row.FieldCount).Select(i => row.IsDBNull(i) ? "" : row.GetString(i))
                )
            ),
        ];

    /// <summary>Every column of every table with an arrow in its text, with its first value.</summary>
    private static string[] Joined(ResultStore store) =>
        store.Read(connection =>
            (string[])
                [
                    .. connection
                        .Rows(
                            "SELECT t.name || '.' || c.name AS at, c.name AS column, t.name AS of FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
                            row => (At: row.Text("at"), Column: row.Text("column"), Of: row.Text("of"))
                        )
                        .SelectMany(c =>
                            Lines(connection, $"SELECT {c.Column} FROM {c.Of} WHERE {c.Column} LIKE '% -> %' LIMIT 1")
                                .Select(found => $"{c.At}: {found}")
                        ),
                ]
        );

    [Test]
    public async Task A_pair_is_compared_with_the_same_pair_of_an_earlier_run()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var first = await WriteAsync(store, "first");
        var second = await WriteAsync(store, "second", hours: 1);
        Assert.That(
            PreviousHosts.Of(store, "second"),
            Is.EqualTo(
                new[]
                {
                    new PreviousHost(second.There, first.There, "first"),
                    new PreviousHost(second.Back, first.Back, "first"),
                }
            )
        );
        Assert.That(
            store.Read(c =>
                c.Rows("SELECT host, previous FROM previous_same_kernel WHERE run = 'second' ORDER BY host", r =>
                    (r.Integer("host"), r.Integer("previous"))
                )
            ),
            Is.EqualTo(new[] { (second.There, first.There), (second.Back, first.Back) }),
            "the builds of both sides are the same"
        );
    }

    [Test]
    public async Task The_views_say_where_each_migration_ended_and_which_break_a_property()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await WriteAsync(store, "move");
        Assert.That(
            Lines(
                store,
                "SELECT source_kernel, destination_kernel, case_id, verdict, ended, bytes FROM migrations ORDER BY result"
            ),
            Is.EqualTo(
                new[]
                {
                    "7.2|6.12|a0a0a0a0a0a0|match|resumed|65536",
                    "7.2|6.12|b0b0b0b0b0b0|mismatch|resumed|4096",
                    "7.2|6.12|c0c0c0c0c0c0|match|registration EINVAL|12",
                    "6.12|7.2|a0a0a0a0a0a0|match|resumed|65536",
                    "6.12|7.2|b0b0b0b0b0b0|mismatch|resumed|4096",
                    "6.12|7.2|c0c0c0c0c0c0|infrastructure||",
                }
            )
        );
        Assert.That(
            Lines(
                store,
                "SELECT source, destination, violation, violation_rule, source_leaf, destination_leaf FROM migration_violation ORDER BY result"
            ),
            Is.EqualTo(
                new[]
                {
                    "7.2/max/vhe|6.12/a76/vhe|no-silent-weakening|device-unless-map-memory|Normal-WB rwx|Device-nGnRE rw",
                    "6.12/a76/vhe|7.2/max/vhe|no-silent-weakening|device-unless-map-memory|Normal-WB rwx|Device-nGnRE rw",
                }
            )
        );
        Assert.That(
            Lines(store, "SELECT target, class, cases FROM class_matrix ORDER BY target, class").First(),
            Is.EqualTo("6.12/a76/vhe -> 7.2/max/vhe|migration:anonymous:private|1")
        );
        Assert.That(Lines(store, "SELECT case_id FROM never_on_hardware ORDER BY case_id"), Has.Length.EqualTo(3));
        Assert.That(
            Lines(store, "SELECT DISTINCT rule, strength, results FROM rule_evidence"),
            Is.EqualTo(new[] { "map-normal|none|0" })
        );
    }
}
