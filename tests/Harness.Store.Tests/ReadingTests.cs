namespace Harness.Store.Tests;

public sealed class ReadingTests : StoreFixture
{
    [Test]
    public async Task A_run_is_found_by_a_unique_beginning_of_its_id_and_the_newest_by_none()
    {
        var store = ResultStore.OpenOrCreate(Database);
        foreach (var (id, hours) in new[] { ("2026-11-21T04-12-33Z-ab12", 0), ("2026-11-22T04-12-33Z-cd34", 24) })
            await using (await store.BeginRunAsync(ARun(id, Started.AddHours(hours)))) { }
        Assert.Multiple(() =>
        {
            Assert.That(store.Run("2026-11-21")!.Run.Id, Does.EndWith("ab12"));
            Assert.That(store.Run()!.Run.Id, Does.EndWith("cd34"));
            Assert.That(store.Run("1999"), Is.Null);
            Assert.That(
                () => store.Run("2026"),
                Throws.TypeOf<StoreException>().With.Message.Contains("2 runs begin with '2026'")
            );
            Assert.That(store.Runs().Select(r => r.Run.Id[^4..]), Is.EqualTo(new[] { "cd34", "ab12" }));
        });
    }

    [Test]
    public async Task Results_in_brief_are_reported_in_the_order_planned_with_their_strongest_evidence()
    {
        var store = ResultStore.OpenOrCreate(Database);
        long id;
        await using (var writer = await store.BeginRunAsync(ARun()))
        {
            id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(id, Cases(3));
            await writer.RecordAsync(new ResultRecord(id, "case-001", Verdicts.Match, Evidence: ["pte", "errno"]));
            await writer.RecordAsync(new ResultRecord(id, "case-000", Verdicts.Match, Evidence: ["errno"]));
        }

        var told = new List<(string, string?)>();
        store.EachResult(id, r => told.Add((r.CaseId, r.Strongest)));

        Assert.That(told, Is.EqualTo(new[] { ("case-000", "errno"), ("case-001", "pte"), ("case-002", null) }));
    }

    [TestCase("DELETE FROM result WHERE case_id = 'case-001'", "2 cases were planned, 1 are stored")]
    [TestCase("UPDATE host SET state = 'finished'", "finished, but 2 cases have no verdict")]
    [TestCase("UPDATE result SET attempts = 3 WHERE case_id = 'case-000'", "3 attempts were made, 0 are stored")]
    [TestCase(
        "UPDATE result SET ordinal = 7 WHERE case_id = 'case-001'",
        "2 cases are stored, but the last is number 7"
    )]
    [TestCase("UPDATE result SET stored_utc = '2026' WHERE case_id = 'case-001'", "have a time but no verdict")]
    [TestCase("UPDATE host SET finished_utc = '2026'", "when it ended does not agree")]
    [TestCase("UPDATE host SET first_result_utc = '2026'", "first_result_utc is not the time of a verdict")]
    [TestCase("UPDATE host SET first_result_utc = NULL", "first_result_utc is not the time of a verdict")]
    [TestCase("UPDATE run SET finished_utc = NULL", "is failed, but has no end")]
    [TestCase(
        "UPDATE run SET state = 'finished'; DELETE FROM result; UPDATE host SET planned = 0",
        "is finished, but its host fwb is planned"
    )]
    [TestCase(
        "UPDATE latest_result SET result = 77",
        "the latest verdict on case case-002 on fwb differs from latest_result"
    )]
    [TestCase("UPDATE rule_step SET rule = 'other'", "the steps of rule path 1 differ from rule_step")]
    [TestCase(
        "UPDATE host SET state = 'finished', finished_utc = '2026'; UPDATE known_difference SET met = 0",
        "known as 'k', which has another count"
    )]
    [TestCase("DELETE FROM test_case WHERE id = 'case-000'", "result row 1 refers to a missing test_case")]
    public async Task The_check_finds_what_is_missing(string damage, string fault)
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using (var writer = await store.BeginRunAsync(ARun()))
        {
            long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(id, Cases(2));
            if (AsksForVerdicts(damage))
            {
                await writer.PlanAsync(id, Cases(4).Skip(2).ToList());
                await writer.RecordAsync(
                    new ResultRecord(id, "case-002", Verdicts.Match, Path: [new("registration", "r")])
                );
                await writer.RecordAsync(new ResultRecord(id, "case-003", Verdicts.Known, Known: "k"));
                await writer.AddKnownAsync(
                    id,
                    [new KnownDifferenceRecord("k", "{}", Culprits.Kernel, "r", null, false, 1, 1)]
                );
            }
        }
        Assert.That(store.Check().Faults, Is.Empty);
        Tamper(damage);
        Assert.That(store.Check().Faults, Has.Exactly(1).Contains(fault));
    }

    [Test]
    public async Task A_clock_that_was_set_back_during_a_run_is_no_fault()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using (var writer = await store.BeginRunAsync(ARun()))
        {
            long id = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(id, Cases(2));
            await writer.RecordAsync(new ResultRecord(id, "case-000", Verdicts.Match));
            await Task.Delay(5);
            await writer.RecordAsync(new ResultRecord(id, "case-001", Verdicts.Match));
        }
        // As if the first verdict had been stored at the time that is later now.
        Tamper(
            "UPDATE host SET first_result_utc = (SELECT stored_utc FROM result WHERE case_id = 'case-001' AND stored_utc > first_result_utc)"
        );
        Assert.That(store.Check().Faults, Is.Empty);
    }

    private static bool AsksForVerdicts(string damage) =>
        new[] { "tally", "latest", "rule_step", "known", "first_result" }.Any(w =>
            damage.Contains(w, StringComparison.Ordinal)
        );

    [Test]
    public async Task The_views_answer_from_the_newest_run_with_a_verdict()
    {
        var store = ResultStore.OpenOrCreate(Database);
        foreach (
            var (id, hours, verdict) in new[]
            {
                ("old", 0, Verdicts.Match),
                ("new", 1, Verdicts.Mismatch),
                ("newest", 2, null),
            }
        )
        {
            await using var writer = await store.BeginRunAsync(ARun(id, Started.AddHours(hours)));
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(host, Cases(1));
            if (verdict is not null)
                await writer.RecordAsync(
                    new ResultRecord(host, "case-000", verdict, Rule: "r", Evidence: ["pte", "errno"])
                );
        }
        using var connection = SqliteFile.Open(Database, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
        Assert.Multiple(() =>
        {
            Assert.That(
                connection.Rows("SELECT * FROM latest_verdict", r => (r.Text("run"), r.Text("verdict"))),
                Is.EqualTo(new[] { ("new", "mismatch") })
            );
            Assert.That(connection.Rows("SELECT * FROM mismatch", r => r.Text("run")), Is.EqualTo(new[] { "new" }));
            Assert.That(connection.Rows("SELECT * FROM verdict_count", r => r.Integer("cases")).Sum(), Is.EqualTo(3));
        });
    }

    [Test]
    public void The_words_of_the_schema_are_the_words_of_the_code()
    {
        ResultStore.OpenOrCreate(Database);
        using var connection = SqliteFile.Open(Database, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
        string schema = string.Join(
            '\n',
            connection.Rows("SELECT sql FROM sqlite_schema WHERE type = 'table'", r => r.Text("sql"))
        );
        string[] Words(string column) =>
            [
                .. System
                    .Text.RegularExpressions.Regex.Match(schema, column + @" IN \(([^)]*)\)")
                    .Groups[1]
                    .Value.Split(',')
                    .Select(w => w.Trim().Trim('\'')),
            ];
        Assert.That(
            connection.Rows("SELECT word FROM verdict ORDER BY ordinal", r => r.Text("word")),
            Is.EqualTo(Verdicts.All)
        );
        Assert.That(Words("culprit"), Is.EquivalentTo(Culprits.All));
        Assert.That(Words("state"), Is.EquivalentTo(States.All));
    }
}
