using System.Text;

namespace Harness.Store.Tests;

public sealed class OpeningTests : StoreFixture
{
    [Test]
    public void A_database_that_is_created_can_be_opened_again()
    {
        ResultStore.OpenOrCreate(Database);
        Assert.That(ResultStore.Open(Database).Runs(), Is.Empty);
        Assert.That(ResultStore.OpenOrCreate(Database).Runs(), Is.Empty);
    }

    [Test]
    public void An_empty_file_becomes_a_database_but_a_reader_refuses_it()
    {
        File.WriteAllBytes(Database, []);
        Assert.That(
            () => ResultStore.Open(Database),
            Throws.TypeOf<StoreException>().With.Message.Contains("not a SQLite database")
        );
        Assert.That(ResultStore.OpenOrCreate(Database).Runs(), Is.Empty);
    }

    [Test]
    public void A_file_that_is_not_a_database_is_refused_and_left_alone()
    {
        File.WriteAllText(Database, "SQLite is nice, but this is a letter to a friend");
        foreach (var open in new Func<string, ResultStore>[] { ResultStore.Open, ResultStore.OpenOrCreate })
            Assert.That(
                () => open(Database),
                Throws.TypeOf<StoreException>().With.Message.EqualTo($"{Database} is not a SQLite database")
            );
        Assert.That(File.ReadAllText(Database), Does.StartWith("SQLite is nice"));
    }

    [Test]
    public void A_header_without_a_database_behind_it_is_refused()
    {
        File.WriteAllBytes(Database, [.. Encoding.ASCII.GetBytes("SQLite format 3\0"), .. new byte[2000]]);
        Assert.That(
            () => ResultStore.OpenOrCreate(Database),
            Throws.TypeOf<StoreException>().With.Message.Contains(Database)
        );
    }

    [Test]
    public void Someone_elses_database_is_refused_and_left_alone()
    {
        Tamper("CREATE TABLE bookmarks (url TEXT)");
        byte[] before = File.ReadAllBytes(Database);
        foreach (var open in new Func<string, ResultStore>[] { ResultStore.Open, ResultStore.OpenOrCreate })
            Assert.That(
                () => open(Database),
                Throws.TypeOf<StoreException>().With.Message.Contains("not one of this harness")
            );
        Assert.That(File.ReadAllBytes(Database), Is.EqualTo(before));
    }

    [Test]
    public void A_database_of_a_newer_harness_is_refused()
    {
        ResultStore.OpenOrCreate(Database);
        Tamper("PRAGMA user_version = 15");
        Assert.That(
            () => ResultStore.Open(Database),
            Throws
                .TypeOf<StoreException>()
                .With.Message.EqualTo($"{Database} was written by a newer harness (schema 15; this one knows 14)")
        );
    }

    [Test]
    public async Task A_database_of_the_first_version_is_brought_up_to_date_with_all_it_holds()
    {
        Tamper(OldScript(1));
        Tamper($"PRAGMA application_id = {SqliteFile.ApplicationId}; PRAGMA user_version = 1");
        Tamper(
            """
            INSERT INTO run (id, started_utc, state, finished_utc, command_line, harness_version, model_hash) VALUES ('old', '2026-01-01T00:00:00.000Z', 'finished', '2026-01-01T00:02:00.000Z', 'c', '1', 'm');
            INSERT INTO host (id, run, target, kind, state, planned, finished_utc) VALUES (7, 'old', 'fwb', 'qemu', 'finished', 1, '2026-01-01T00:01:00.000Z');
            INSERT INTO test_case VALUES ('c', 'x', 't', '{}');
            INSERT INTO result (id, host, case_id, ordinal, verdict, culprit, attempts, stored_utc) VALUES (3, 7, 'c', 0, 'match', 'none', 1, '2026-01-01T00:00:30.000Z');
            INSERT INTO attempt VALUES (3, 1, '{}');
            """
        );

        var store = ResultStore.OpenOrCreate(Database);
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(1));
        Assert.That(
            store.Observations(7, "c"),
            Is.EqualTo(new[] { "{}" }),
            "what refers to the table made anew is still there"
        );
        Assert.That(store.Results("old").Single().Verdict, Is.EqualTo(Verdicts.Match));

        await using (var writer = await store.BeginRunAsync(ARun()))
        {
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(host, Cases(2));
            await writer.RecordAsync(new ResultRecord(host, "case-000", Verdicts.Erratum, Culprits.Platform));
            await writer.RecordAsync(new ResultRecord(host, "case-001", Verdicts.Disagreement, Culprits.Model));
            Assert.That(
                async () => await writer.RecordAsync(new ResultRecord(host, "case-001", Verdicts.Match)),
                Throws.TypeOf<StoreException>()
            );
            await writer.FinishAsync(States.Finished);
        }
        Assert.That(
            store.Run()!.Hosts.Single().Verdicts,
            Is.EquivalentTo(new Dictionary<string, int> { [Verdicts.Erratum] = 1, [Verdicts.Disagreement] = 1 })
        );
        Tamper("PRAGMA foreign_keys = ON; DELETE FROM run WHERE id = 'old'");
        Assert.That(store.Check().Results, Is.EqualTo(2), "and still goes with it");
    }

    [Test]
    public void Views_and_verdicts_are_made_anew_when_the_file_is_opened_for_write_and_has_others()
    {
        ResultStore.OpenOrCreate(Database);
        long cookie = Number("PRAGMA schema_version");
        ResultStore.OpenOrCreate(Database);
        Assert.That(Number("PRAGMA schema_version"), Is.EqualTo(cookie), "nothing is written where nothing differs");

        Tamper(
            """
            DROP VIEW regression; DROP VIEW fix; CREATE VIEW fix AS SELECT 1 AS old; CREATE VIEW gone AS SELECT 1 AS old;
            UPDATE verdict SET class = 'good' WHERE word = 'mismatch'; DELETE FROM verdict WHERE word = 'unverified';
            INSERT INTO verdict VALUES ('newer', 'bad', 1, 1, 99, 'of another harness')
            """
        );
        ResultStore.Open(Database);
        Assert.That(
            Number("SELECT count(*) FROM sqlite_schema WHERE name = 'gone'"),
            Is.EqualTo(1),
            "who only reads writes nothing"
        );

        ResultStore.OpenOrCreate(Database);
        using var connection = SqliteFile.Open(Database, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
        Assert.That(
            SchemaObject.Of(connection).Select(o => o.Name),
            Does.Contain("regression").And.Contain("fix").And.Not.Contain("gone")
        );
        Assert.That(connection.Rows("SELECT previous_reason FROM fix", row => row.FieldCount), Is.Empty);
        Assert.That(
            connection.Rows("SELECT word || ' ' || class AS text FROM verdict ORDER BY ordinal", row =>
                row.Text("text")
            ),
            Is.EqualTo(Verdicts.Table.Select(v => $"{v.Word} {v.ClassWord}").Append("newer bad"))
        );
    }

    [Test]
    public void A_result_refers_to_a_verdict_that_exists()
    {
        ResultStore.OpenOrCreate(Database);
        using var connection = SqliteFile.Open(Database, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
        Assert.That(
            connection.Rows("PRAGMA foreign_key_list(result)", row => $"{row.Text("from")} {row.Text("table")}"),
            Is.EquivalentTo(new[] { "host host", "case_id test_case", "verdict verdict", "path rule_path" })
        );
    }

    private long Number(string sql)
    {
        using var connection = SqliteFile.Open(Database, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
        return SqliteFile.Scalar(connection, sql);
    }

    [Test]
    public void A_missing_file_a_directory_and_a_missing_directory_each_have_their_own_message()
    {
        Assert.That(
            () => ResultStore.Open(Database),
            Throws.TypeOf<StoreException>().With.Message.EndsWith("does not exist")
        );
        string directory = Path.GetDirectoryName(Database)!;
        Assert.That(
            () => ResultStore.OpenOrCreate(directory),
            Throws.TypeOf<StoreException>().With.Message.Contains("is a directory")
        );
        Assert.That(
            () => ResultStore.OpenOrCreate(Path.Combine(directory, "no", "results.db")),
            Throws.TypeOf<StoreException>().With.Message.Contains("does not exist")
        );
    }

    [Test]
    public void A_creation_that_stopped_before_its_tables_is_taken_up_again()
    {
        Tamper("PRAGMA journal_mode = WAL");
        Assert.That(ResultStore.OpenOrCreate(Database).Check().Faults, Is.Empty);
    }
}
