using System.Globalization;
using System.Text;

namespace Harness.Store.Tests;

/// <summary>Files of older harnesses, created with their own scripts.</summary>
public sealed class MigrationTests : StoreFixture
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    public void An_older_file_is_brought_up_to_date_with_the_same_content(int version)
    {
        Write(version, hosts: 3, cases: 40);
        var before = Content();

        // Upgraded by the first open, even for reading.
        var store = ResultStore.Open(Database);
        Assert.That(Content(), Is.EqualTo(before));
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(120));
        var run = store.Run("old")!;
        Assert.That(
            run.Hosts.Select(h =>
                (
                    h.Verdicts[Verdicts.Match],
                    h.Verdicts[Verdicts.Mismatch],
                    h.MatchEvidence["pte"],
                    h.SkipReasons["needs hardware"]
                )
            ),
            Is.All.EqualTo((20, 10, 20, 10))
        );
        Assert.That(run.Hosts[0].FirstResultUtc, Is.EqualTo(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var mismatch = store.Results("old", Verdicts.Mismatch)[0];
        Assert.That(
            (mismatch.Observed, mismatch.Details),
            Is.EqualTo(("mapped nc", "read: 0x4db level 3\nwrite: 0x4dc level 3")),
            "what was told of the descriptor stands apart from the outcome"
        );
        Assert.That(store.Read(c => SqliteFile.Scalar(c, "SELECT count(*) FROM latest_verdict")), Is.EqualTo(120));
    }

    [TestCase(1, 10)]
    [TestCase(2, 10)]
    [TestCase(3, 0)]
    [TestCase(5, 0)]
    public void Where_the_disk_is_full_an_older_file_stays_as_it_was(int version, int room)
    {
        Write(version, hosts: 10, cases: 400);
        var before = Content();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            SqliteFile.Execute(connection, "PRAGMA journal_mode = WAL");
            long pages = SqliteFile.Scalar(connection, "PRAGMA page_count");
            SqliteFile.Execute(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages + room}")
            );
            Assert.That(
                () => Schema.Update(connection),
                Throws
                    .TypeOf<Microsoft.Data.Sqlite.SqliteException>()
                    .With.Property("SqliteErrorCode")
                    .EqualTo(SQLitePCL.raw.SQLITE_FULL)
            );
            Assert.That(SqliteFile.Scalar(connection, "PRAGMA user_version"), Is.EqualTo(version));
        }
        Assert.That(Content(), Is.EqualTo(before));
        Assert.That(
            ResultStore.OpenOrCreate(Database).Check(),
            Has.Property("Faults").Empty.And.Property("Results").EqualTo(4000),
            "with room, it works"
        );
        Assert.That(Content(), Is.EqualTo(before));
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(5)]
    public void An_older_file_is_merged_and_left_as_it_is(int version)
    {
        Write(version, hosts: 1, cases: 20);
        byte[] before = File.ReadAllBytes(Database);
        var store = ResultStore.OpenOrCreate(Database + ".new");
        Assert.That(store.Merge([Database]).Single().Result, Is.EqualTo(Keeping.MergeResults.Taken));
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(20));
        Assert.That(store.Merge([Database]).Single().Result, Is.EqualTo(Keeping.MergeResults.Same));
        Assert.That(File.ReadAllBytes(Database), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(Database)!, "*merge*"), Is.Empty);
    }

    /// <summary>A run's content includes more columns now: a run merged earlier is still the same.</summary>
    [Test]
    public void A_run_that_was_taken_by_an_older_harness_is_recognized()
    {
        Write(3, hosts: 2, cases: 20);
        File.Copy(Database, Database + ".there");
        var store = ResultStore.OpenOrCreate(Database + ".there");
        Assert.That(store.Merge([Database]).Single().Result, Is.EqualTo(Keeping.MergeResults.Same));
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(40));
    }

    /// <summary>Otherwise the upgraded file could lack an index or a trigger without being noticed.</summary>
    [Test]
    public void An_upgraded_file_has_what_a_fresh_file_has([Range(1, 5)] int version)
    {
        Write(version, hosts: 1, cases: 4);
        ResultStore.OpenOrCreate(Database);
        ResultStore.OpenOrCreate(Database + ".fresh");
        var fresh = Objects(Database + ".fresh");
        Assert.That(
            Objects(Database).Select(o => $"{o.Type} {o.Name}").Order(),
            Is.EqualTo(fresh.Select(o => $"{o.Type} {o.Name}").Order())
        );
        Assert.That(Objects(Database).Where(o => !fresh.Any(o.IsLike)), Is.Empty);

        static IReadOnlyList<SchemaObject> Objects(string path)
        {
            using var connection = SqliteFile.Open(path, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
            return SchemaObject.Of(connection);
        }
    }

    private void Write(int version, int hosts, int cases)
    {
        var sql = new StringBuilder("BEGIN;");
        for (int v = 1; v <= version; v++)
            sql.AppendLine(OldScript(v));
        sql.AppendLine(
            """
            INSERT INTO run (id, started_utc, finished_utc, state, command_line, harness_version, model_hash)
              VALUES ('old', '2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00.000Z', 'finished', 'harness run', '1', 'm');
            """
        );
        for (int h = 1; h <= hosts; h++)
        {
            sql.AppendLine(
                CultureInfo.InvariantCulture,
                $"INSERT INTO host (id, run, target, kind, state, planned, finished_utc) VALUES ({h}, 'old', 'target-{h}', 'qemu', 'finished', {cases}, '2026-01-01T01:00:00.000Z');"
            );
            for (int c = 0; c < cases; c++)
            {
                var (verdict, observed, evidence, reason) = (c % 4) switch
                {
                    0 => (
                        "mismatch",
                        (string[])["'mapped nc'", "'read: 0x4db level 3'", "'write: 0x4dc level 3'"],
                        "pte exit",
                        "'contradicts'"
                    ),
                    1 => ("skip", ["NULL"], "", "'needs hardware'"),
                    _ => ("match", ["'mapped wb'"], "pte exit", "NULL"),
                };
                sql.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"INSERT OR IGNORE INTO test_case VALUES ('case-{c}', 'class-{c % 3}', 'case {c}', '{{}}');"
                );
                string columns = version < 3 ? "observed" : "observed, details";
                // What was in one column is in two now.
                string outcome =
                    version < 3
                        ? Text(observed)
                        : $"{observed[0]}, {(observed.Length > 1 ? Text(observed[1..]) : "NULL")}";
                sql.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"""
                    INSERT INTO result (id, host, case_id, ordinal, verdict, reason, {columns}, evidence, attempts, stored_utc)
                      VALUES ({h * 10_000 + c}, {h}, 'case-{c}', {c}, '{verdict}', {reason}, {outcome}, '{evidence}', {(
                        verdict == "skip" ? 0 : 1
                    )}, '2026-01-01T00:{c / 60:d2}:{c % 60:d2}.000Z');
                    """
                );
                if (verdict != "skip")
                    sql.AppendLine(
                        CultureInfo.InvariantCulture,
                        $"INSERT INTO attempt VALUES ({h * 10_000 + c}, 1, '{new string('x', 200)}');"
                    );
            }
        }
        sql.AppendLine(
            CultureInfo.InvariantCulture,
            $"PRAGMA application_id = {SqliteFile.ApplicationId}; PRAGMA user_version = {version}; COMMIT;"
        );
        Tamper(sql.ToString());

        static string Text(string[] lines) => string.Join(" || char(10) || ", lines);
    }

    /// <summary>The content that both schemas have, one line per row.</summary>
    private List<string> Content()
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection(
            $"Data Source={Database};Pooling=False;Mode=ReadOnly"
        );
        connection.Open();
        bool older = SqliteFile.Scalar(connection, "PRAGMA user_version") < 3;
        string observed = older ? "observed" : "observed || coalesce(char(10) || details, '')";
        return
        [
            .. Lines(
                "SELECT id, started_utc, finished_utc, state, command_line, harness_version, model_hash, probe_hash, policy FROM run"
            ),
            .. Lines("SELECT id, run, target, kind, state, planned, finished_utc FROM host ORDER BY id"),
            .. Lines("SELECT * FROM test_case ORDER BY id"),
            .. Lines(
                $"SELECT id, host, case_id, ordinal, verdict, culprit, reason, {observed}, evidence, attempts, stored_utc FROM result ORDER BY id"
            ),
            .. Lines("SELECT * FROM attempt ORDER BY result"),
        ];

        IEnumerable<string> Lines(string sql) =>
            connection.Rows(sql, row =>
                string.Join(
                    '|',
                    Enumerable.Range(0, row.FieldCount).Select(i => row.IsDBNull(i) ? "null" : row.GetString(i))
                )
            );
    }
}
