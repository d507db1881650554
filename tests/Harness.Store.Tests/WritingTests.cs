namespace Harness.Store.Tests;

public sealed class WritingTests : StoreFixture
{
    [Test]
    public async Task A_run_comes_back_as_it_was_stored()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var host = new HostRecord(
            "fwb",
            "qemu",
            "7.2.0",
            "#1 SMP",
            "beef",
            "FWB, DIC",
            "10.0.2",
            "qemu -M virt",
            "boot-1",
            "image-1",
            """{"KVM_CAP_ARM_MTE":0}""",
            """{"fwb":true}""",
            ["pte", "trace"],
            "mainline-7.2"
        );
        var result = new ResultRecord(
            0,
            "case-001",
            Verdicts.Mismatch,
            Culprits.Kernel,
            "one [reason]",
            "mainline-7.2",
            "device-is-not-executable",
            "user_mem_abort, 7.2",
            "mapped wb",
            "mapped nc",
            ["pte", "errno"],
            1234,
            [new("""{"a":1}"""), new("""{"a":2}""")]
        );
        await using (var writer = await store.BeginRunAsync(ARun()))
        {
            long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.DescribeHostAsync(id, host);
            await writer.PlanAsync(id, Cases(3));
            await writer.RecordAsync(result with { Host = id });
            await writer.RecordAsync(new ResultRecord(id, "case-000", Verdicts.Match, Evidence: ["trace"]));
            await writer.RecordAsync(
                new ResultRecord(id, "case-002", Verdicts.Skip, Culprits.Platform, "needs hardware")
            );
            await writer.FinishHostAsync(id, States.Finished);
            await writer.FinishAsync(States.Finished);
        }

        var run = ResultStore.Open(Database).Run()!;
        var row = store.Results(run.Run.Id, Verdicts.Mismatch).Single();
        Assert.Multiple(() =>
        {
            Assert.That(run.Run, Is.EqualTo(ARun()));
            Assert.That(run.State, Is.EqualTo(States.Finished));
            Assert.That(run.FinishedUtc, Is.Not.Null);
            Assert.That(run.Hosts[0].Host with { Evidence = null }, Is.EqualTo(host with { Evidence = null }));
            Assert.That(run.Hosts[0].Host.Evidence, Is.EqualTo(host.Evidence));
            Assert.That(run.Hosts[0].Planned, Is.EqualTo(3));
            Assert.That(
                run.Hosts[0].Verdicts,
                Is.EquivalentTo(
                    new Dictionary<string, int>
                    {
                        ["match"] = 1,
                        ["mismatch"] = 1,
                        ["skip"] = 1,
                    }
                )
            );
            Assert.That(run.Hosts[0].MatchEvidence, Is.EquivalentTo(new Dictionary<string, int> { ["trace"] = 1 }));
            Assert.That(
                run.Hosts[0].SkipReasons,
                Is.EquivalentTo(new Dictionary<string, int> { ["needs hardware"] = 1 })
            );
            Assert.That(
                (
                    row.Title,
                    row.Rule,
                    row.RuleSource,
                    row.Predicted,
                    row.Observed,
                    row.Reason,
                    row.Attempts,
                    row.DurationMicros,
                    row.Ordinal
                ),
                Is.EqualTo(
                    (
                        "case number 1",
                        result.Rule,
                        result.RuleSource,
                        result.Predicted,
                        result.Observed,
                        result.Reason,
                        2,
                        1234L,
                        1
                    )
                )
            );
            Assert.That(row.Evidence, Is.EqualTo(result.Evidence));
            Assert.That(store.Observations(row.Host, row.CaseId), Is.EqualTo(new[] { """{"a":1}""", """{"a":2}""" }));
            Assert.That(
                store.Check(),
                Has.Property("Faults").Empty.And.Property("Notes").Empty.And.Property("Results").EqualTo(3)
            );
        });
    }

    [TestCase(
        """[{"step":"registration","type":"accepted"},{"step":"access","of":"read","type":"mapped","memory":"Normal-WB","level":2}]""",
        "mapped",
        "Normal-WB",
        2L,
        null,
        null
    )]
    [TestCase("""[{"step":"registration","type":"refused","errno":"EINVAL"}]""", "refused", null, null, "EINVAL", null)]
    [TestCase("""{"stage":"first-access","errno":"EFAULT"}""", null, null, null, "EFAULT", "first-access")]
    [TestCase(null, null, null, null, null, null)]
    public async Task Outcome_is_stored_as_JSON_and_its_last_part_has_columns(
        string? observed,
        string? type,
        string? memory,
        long? level,
        string? errno,
        string? stage
    )
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using (var writer = await store.BeginRunAsync(ARun()))
        {
            long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(id, Cases(1));
            await writer.RecordAsync(
                new ResultRecord(id, "case-000", Verdicts.Match)
                {
                    PredictedJson = "[]",
                    ObservedJson = observed,
                    DescriptorsJson = "[]",
                }
            );
        }

        var row = store.Results(ARun().Id).Single();
        Assert.That(
            (row.PredictedJson, row.ObservedJson, row.DescriptorsJson),
            Is.EqualTo(((string?)"[]", observed, (string?)"[]"))
        );
        var columns = store
            .Read(connection =>
                connection.Rows(
                    "SELECT observed_type, observed_memory, observed_level, observed_errno, observed_stage FROM results",
                    r =>
                        (
                            r.TextOrNull("observed_type"),
                            r.TextOrNull("observed_memory"),
                            r.IsDBNull(2) ? (long?)null : r.GetInt64(2),
                            r.TextOrNull("observed_errno"),
                            r.TextOrNull("observed_stage")
                        )
                )
            )
            .Single();
        Assert.That(columns, Is.EqualTo((type, memory, level, errno, stage)));
    }

    [Test]
    public async Task Every_planned_case_has_a_row_before_it_has_a_verdict()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var writer = await store.BeginRunAsync(ARun());
        long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        await writer.PlanAsync(id, Cases(2));
        await writer.PlanAsync(id, [new CaseRecord("later", "backing", "one more", "{}")]);
        Assert.That(
            store.Results(writer.Run).Select(r => (r.Ordinal, r.Verdict)),
            Is.EqualTo(new[] { (0, "planned"), (1, "planned"), (2, "planned") })
        );
    }

    [Test]
    public async Task A_verdict_is_final()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var writer = await store.BeginRunAsync(ARun());
        long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        await writer.PlanAsync(id, Cases(1));
        await writer.RecordAsync(new ResultRecord(id, "case-000", Verdicts.Match));
        Assert.That(
            async () => await writer.RecordAsync(new ResultRecord(id, "case-000", Verdicts.Mismatch)),
            Throws.TypeOf<StoreException>().With.Message.Contains("has its verdict already")
        );
        Assert.That(store.Results(writer.Run).Single().Verdict, Is.EqualTo(Verdicts.Match));
    }

    [Test]
    public async Task A_record_that_is_refused_takes_no_other_with_it()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var writer = await store.BeginRunAsync(ARun());
        long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        await writer.PlanAsync(id, Cases(20));
        var writes = Cases(20)
            .Select(c =>
                writer.RecordAsync(new ResultRecord(id, c.Id, c.Id == "case-007" ? "nonsense" : Verdicts.Match))
            )
            .Append(writer.RecordAsync(new ResultRecord(id, "never-planned", Verdicts.Match)))
            .ToList();
        Assert.That(async () => await Task.WhenAll(writes), Throws.TypeOf<StoreException>());
        Assert.That(writes.Count(w => w.IsFaulted), Is.EqualTo(2));
        Assert.That(store.Results(writer.Run, Verdicts.Match), Has.Count.EqualTo(19));
        Assert.That(store.Results(writer.Run, Verdicts.Planned).Single().CaseId, Is.EqualTo("case-007"));
    }

    [Test]
    public async Task A_plan_is_stored_wholly_or_not_at_all()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var writer = await store.BeginRunAsync(ARun());
        long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        Assert.That(
            async () => await writer.PlanAsync(id, [.. Cases(3), .. Cases(1)]),
            Throws.TypeOf<StoreException>()
        );
        Assert.That(store.Results(writer.Run), Is.Empty);
        Assert.That(store.Check().Faults, Is.Empty);
    }

    [Test]
    public async Task A_full_disk_is_one_typed_error_and_keeps_what_was_stored()
    {
        var store = ResultStore.OpenOrCreate(Database, pageLimit: 60);
        await using (var writer = await store.BeginRunAsync(ARun()))
        {
            long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(id, Cases(100));
            int stored = 0;
            Assert.That(
                async () =>
                {
                    foreach (var c in Cases(100))
                    {
                        await writer.RecordAsync(
                            new ResultRecord(id, c.Id, Verdicts.Match, Attempts: [new(new string('x', 4000))])
                        );
                        stored++;
                    }
                },
                Throws.TypeOf<StoreFullException>().With.Message.Contains("disk is full")
            );
            Assert.That(stored, Is.GreaterThan(0));
            Assert.That(store.Results(writer.Run, Verdicts.Match), Has.Count.EqualTo(stored));
            Assert.That(async () => await writer.FinishAsync(States.Failed), Throws.TypeOf<StoreFullException>());
        }
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Notes").Count.EqualTo(1));
    }

    [Test]
    public async Task A_run_that_is_left_without_an_end_is_failed()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using (await store.BeginRunAsync(ARun())) { }
        Assert.That(store.Run()!.State, Is.EqualTo(States.Failed));
    }

    [Test]
    public async Task Two_runs_write_to_one_file_at_once()
    {
        var store = ResultStore.OpenOrCreate(Database);
        async Task Write(string id)
        {
            await using var writer = await ResultStore.OpenOrCreate(Database).BeginRunAsync(ARun(id));
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(host, Cases(50));
            foreach (var c in Cases(50))
                await writer.RecordAsync(new ResultRecord(host, c.Id, Verdicts.Match));
            await writer.FinishHostAsync(host, States.Finished);
            await writer.FinishAsync(States.Finished);
        }
        await Task.WhenAll(Write("one"), Write("two"));
        Assert.That(store.Runs().Select(r => r.Hosts[0].Verdicts["match"]), Is.EqualTo(new[] { 50, 50 }));
        Assert.That(store.Check().Faults, Is.Empty);
    }

    [Test]
    public async Task The_same_run_id_twice_is_refused()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using (await store.BeginRunAsync(ARun())) { }
        Assert.That(async () => await store.BeginRunAsync(ARun()), Throws.TypeOf<StoreException>());
    }
}
