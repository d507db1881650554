namespace Harness.Store.Tests;

/// <summary>
/// Files written by "harness run", with two hosts under QEMU: version 4 of 2026-11-28 with 16 cases each, written by
/// another SQLite, the system's of Debian 12 (3.40); and version 5 of 2026-11-29 with 150 cases each.
/// </summary>
public sealed class WrittenBeforeTests : StoreFixture
{
    private const string Run = "2026-11-28T22-28-50Z-fc26";

    [SetUp]
    public void UnpackVersion4() => Unpack("2026-11-28.db.gz");

    [Test]
    public void It_is_read_with_all_it_holds()
    {
        var store = ResultStore.Open(Database);
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(32));
        var run = store.Run()!;
        Assert.That((run.Run.Id, run.Run.HarnessVersion, run.State), Is.EqualTo((Run, "1.0.0", States.Finished)));
        Assert.That(
            run.Hosts.Select(h =>
                (h.Host.Target, h.Verdicts[Verdicts.Match], h.MatchEvidence["pte"], h.MatchEvidence["errno"])
            ),
            Is.EqualTo(new[] { ("fwb", 16, 11, 5), ("nofwb", 16, 11, 5) })
        );
        var first = store.Results(Run)[0];
        Assert.That(
            (first.CaseId, first.Rule, first.Observed, first.StoredUtc),
            Is.EqualTo(
                (
                    "fd23db769a3b",
                    "dic-executable",
                    "registered; read: mapped Normal-WB r-x",
                    new DateTimeOffset(2026, 11, 28, 22, 30, 15, 424, TimeSpan.Zero)
                )
            )
        );
        Assert.That(
            first.Path.Select(s => s.Rule),
            Is.EqualTo(
                new[] { "accept", "host-pte-writable", "driver-page-read", "writable", "normal", "dic-executable" }
            )
        );
        Assert.That(
            store.Observations(first.Host, first.CaseId).Single(),
            Does.StartWith("{\"case\":\"fd23db769a3b\"").And.Length.EqualTo(1522)
        );
    }

    [Test]
    public void A_file_of_version_5_is_read_with_the_verdicts_that_it_was_written_with()
    {
        Unpack("2026-11-29.db.gz");
        const string results =
            "SELECT host || ' ' || case_id || ' ' || verdict || ' ' || strongest || ' ' || path AS text FROM result ORDER BY id";
        const string counts =
            "SELECT target || ' ' || verdict || ' ' || cases AS text FROM verdict_count ORDER BY host, verdict";
        const string evidence =
            "SELECT policy || ' ' || rule || ' ' || strength || ' ' || results AS text FROM rule_evidence ORDER BY policy, ordinal";
        string[] queries = [results, counts, evidence];
        var before = queries.Select(Texts).ToList();
        Assert.That(before[0], Has.Count.EqualTo(300));

        var store = ResultStore.Open(Database);
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(300));
        Assert.That(queries.Select(Texts), Is.EqualTo(before));
        var run = store.Run()!;
        Assert.That(
            (run.Run.Id, run.Run.HarnessVersion, run.State),
            Is.EqualTo(("2026-11-29T05-43-49Z-294c", "1.0.0-alpha.0.268+d27f49277174", States.Finished))
        );
        Assert.That(
            run.Hosts.Select(h => (h.Host.Target, h.Host.ReleaseStanding, h.Verdicts[Verdicts.Match])),
            Is.EqualTo(new[] { ("fwb", ReleaseStandings.Booted, 150), ("nofwb", ReleaseStandings.Booted, 150) })
        );
    }

    private List<string> Texts(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection(
            $"Data Source={Database};Pooling=False;Mode=ReadOnly"
        );
        connection.Open();
        return [.. connection.Rows(sql, row => row.Text("text"))];
    }

    [Test]
    public async Task It_is_written_on()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using (var writer = await store.BeginRunAsync(ARun("2026-11-29T01-00-00Z-ab12", Started.AddDays(8))))
        {
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(host, Cases(1));
            await writer.RecordAsync(new ResultRecord(host, "case-000", Verdicts.Match));
            await writer.FinishHostAsync(host, States.Finished);
            await writer.FinishAsync(States.Finished);
        }
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(33));
        Assert.That(store.Runs().Select(r => r.Run.Id), Is.EqualTo(new[] { "2026-11-29T01-00-00Z-ab12", Run }));
    }
}
