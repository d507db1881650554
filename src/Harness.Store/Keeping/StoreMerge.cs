using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>Merges the runs of other files into one.</summary>
internal static class StoreMerge
{
    /// <summary>
    /// Attributes that a newer harness may set differently for the same case: they are not part of the case's content.
    /// </summary>
    private static readonly HashSet<string> s_told = ["cover", "family"];

    /// <param name="to">In a transaction.</param>
    /// <param name="from">Of the newest schema; in a transaction, so that it doesn't change.</param>
    /// <param name="file">The latter's name.</param>
    /// <exception cref="StoreException">A run or a case exists with other content.</exception>
    public static IEnumerable<MergedRun> Take(SqliteConnection to, SqliteConnection from, string file)
    {
        foreach (
            var (run, state) in from.Rows("SELECT id, state FROM run ORDER BY started_utc, id", r =>
                (r.Text("id"), r.Text("state"))
            )
        )
        {
            int hosts = (int)Count(from, "SELECT count(*) AS n FROM host WHERE run = ?1", run);
            int results = (int)Count(
                from,
                "SELECT count(*) AS n FROM host h JOIN result r ON r.host = h.id WHERE h.run = ?1",
                run
            );
            string result = MergeResults.Taken;
            if (Count(to, "SELECT count(*) AS n FROM run WHERE id = ?1", run) > 0)
            {
                if (RunContent.Hash(to, run) != RunContent.Hash(from, run))
                    throw new StoreException(
                        $"{file}: run {run} already exists with other content ({Describe(from, run)}; here {Describe(to, run)}): "
                            + "remove one of them with 'harness db prune', or leave this file out"
                    );
                result = MergeResults.Same;
            }
            else if (state is States.Running or States.Planned)
            {
                result = MergeResults.Running;
            }
            else
            {
                TakeRun(to, from, file, run);
            }
            yield return new MergedRun(file, run, result, hosts, results);
        }
    }

    private static void TakeRun(SqliteConnection to, SqliteConnection from, string file, string run)
    {
        TakeRules(to, from, file, run);
        TakeCases(to, from, file, run);
        TakeProperties(to, from, run);
        var paths = TakePaths(to, from, run);
        Dictionary<long, long> hosts = [],
            results = [];
        using var runs = new RowCopy(from, to, "run", numbered: false);
        using var hostCopy = new RowCopy(from, to, "host", numbered: true);
        using var resultCopy = new RowCopy(from, to, "result", numbered: true);
        using var attempts = new RowCopy(from, to, "attempt", numbered: false);
        using var reports = new RowCopy(from, to, "kernel_report", numbered: false);
        using var breaches = new RowCopy(from, to, "breach", numbered: false);
        using var migrations = new RowCopy(from, to, "migration", numbered: false);
        using var known = new RowCopy(from, to, "known_difference", numbered: false);
        object OfResult(string column, object value) => column == "result" ? results[(long)value] : value;
        runs.Copy("SELECT * FROM run WHERE id = ?1", run, (_, value) => value);
        // The sides of pairs are copied first, so that they have their new ids.
        hostCopy.Copy(
            "SELECT * FROM host WHERE run = ?1 ORDER BY kind = 'pair', id",
            run,
            (column, value) => column is "source_host" or "destination_host" ? hosts[(long)value] : value,
            hosts.Add
        );
        foreach (var (old, fresh) in hosts)
        {
            results.Clear();
            resultCopy.Copy(
                "SELECT * FROM result WHERE host = ?1 ORDER BY ordinal",
                old,
                (column, value) =>
                    column switch
                    {
                        "host" => fresh,
                        "path" => paths[(long)value],
                        _ => value,
                    },
                results.Add
            );
            attempts.Copy(
                "SELECT a.* FROM result r JOIN attempt a ON a.result = r.id WHERE r.host = ?1",
                old,
                OfResult
            );
            reports.Copy(
                "SELECT k.* FROM result r JOIN kernel_report k ON k.result = r.id WHERE r.host = ?1",
                old,
                OfResult
            );
            breaches.Copy("SELECT b.* FROM result r JOIN breach b ON b.result = r.id WHERE r.host = ?1", old, OfResult);
            migrations.Copy(
                "SELECT m.* FROM result r JOIN migration m ON m.result = r.id WHERE r.host = ?1",
                old,
                OfResult
            );
            known.Copy("SELECT * FROM known_difference WHERE host = ?1", old, (column, value) =>
                column == "host" ? fresh : value
            );
        }
    }

    private static void TakeRules(SqliteConnection to, SqliteConnection from, string file, string run)
    {
        const string Sql =
            "SELECT * FROM rule WHERE model_hash = (SELECT model_hash FROM run WHERE id = ?1) ORDER BY policy, name";
        static (string, string, string, string, long, string, string, string) Row(SqliteDataReader r) =>
            (
                r.Text("model_hash"),
                r.Text("policy"),
                r.Text("name"),
                r.Text("stage"),
                r.Integer("ordinal"),
                r.Text("source"),
                r.Text("says"),
                ""
            );
        string model = from.Rows("SELECT model_hash FROM run WHERE id = ?1", r => r.Text("model_hash"), run).Single();
        var there = to.Rows("SELECT * FROM rule WHERE model_hash = ?1", Row, model)
            .ToDictionary(r => (r.Item2, r.Item3));
        using var copy = new RowCopy(from, to, "rule", numbered: false);
        foreach (var rule in from.Rows(Sql, Row, run))
        {
            if (!there.TryGetValue((rule.Item2, rule.Item3), out var same))
                copy.Copy(
                    "SELECT * FROM rule WHERE (model_hash || ' ' || policy || ' ' || name) = ?1",
                    $"{rule.Item1} {rule.Item2} {rule.Item3}",
                    (_, v) => v
                );
            else if (same != rule)
                throw new StoreException(
                    $"{file}: rule {rule.Item3} of {rule.Item2} already exists with other content, in the same model"
                );
        }
    }

    /// <summary>What is there keeps its words.</summary>
    private static void TakeProperties(SqliteConnection to, SqliteConnection from, string run)
    {
        using var copy = new RowCopy(from, to, "property", numbered: false);
        foreach (
            string name in from.Rows(
                """
                SELECT DISTINCT b.property FROM host h JOIN result r ON r.host = h.id JOIN breach b ON b.result = r.id
                WHERE h.run = ?1
                """,
                row => row.Text("property"),
                run
            )
        )
            if (Count(to, "SELECT count(*) AS n FROM property WHERE name = ?1", name) == 0)
                copy.Copy("SELECT * FROM property WHERE name = ?1", name, (_, value) => value);
    }

    private static void TakeCases(SqliteConnection to, SqliteConnection from, string file, string run)
    {
        using var copy = new RowCopy(from, to, "test_case", numbered: false);
        foreach (
            var c in from.Rows(
                """
                SELECT DISTINCT c.id, c.class, c.title, c.definition
                FROM host h JOIN result r ON r.host = h.id JOIN test_case c ON c.id = r.case_id WHERE h.run = ?1
                """,
                Case,
                run
            )
        )
        {
            if (to.Rows("SELECT * FROM test_case WHERE id = ?1", Case, c.Id) is not [var there])
                copy.Copy("SELECT * FROM test_case WHERE id = ?1", c.Id, (_, value) => value);
            else if (!AreOne(there.Definition, c.Definition))
                throw new StoreException(
                    $"{file}: case {c.Id} is another than the one there: '{c.Title}', there '{there.Title}'"
                );
        }
    }

    /// <summary>A newer harness stores more attributes of a case; the common ones must be the same.</summary>
    private static bool AreOne(string one, string other)
    {
        if (one == other)
            return true;
        using var a = JsonDocument.Parse(one);
        using var b = JsonDocument.Parse(other);
        if (a.RootElement.ValueKind != JsonValueKind.Object || b.RootElement.ValueKind != JsonValueKind.Object)
            return false;
        return a
            .RootElement.EnumerateObject()
            .All(member =>
                s_told.Contains(member.Name)
                || !b.RootElement.TryGetProperty(member.Name, out var same)
                || same.GetRawText() == member.Value.GetRawText()
            );
    }

    private static Dictionary<long, long> TakePaths(SqliteConnection to, SqliteConnection from, string run)
    {
        var paths = new Dictionary<long, long>();
        using var copy = new RowCopy(from, to, "rule_path", numbered: true);
        using var steps = new RowCopy(from, to, "rule_step", numbered: false);
        foreach (
            var (id, text) in from.Rows(
                """
                SELECT p.id, p.path FROM rule_path p
                WHERE p.id IN (SELECT r.path FROM host h JOIN result r ON r.host = h.id WHERE h.run = ?1 AND r.path IS NOT NULL)
                """,
                row => (row.Integer("id"), row.Text("path")),
                run
            )
        )
        {
            if (to.Rows("SELECT id FROM rule_path WHERE path = ?1", row => row.Integer("id"), text) is [var there])
            {
                paths.Add(id, there);
                continue;
            }
            copy.Copy("SELECT * FROM rule_path WHERE id = ?1", id, (_, value) => value, paths.Add);
            steps.Copy("SELECT * FROM rule_step WHERE path = ?1", id, (column, value) =>
                column == "path" ? paths[id] : value
            );
        }
        return paths;
    }

    private static string Describe(SqliteConnection connection, string run) =>
        connection
            .Rows(
                """
                SELECT n.state, (SELECT count(*) FROM host h JOIN result r ON r.host = h.id WHERE h.run = n.id AND r.verdict <> 'planned') AS verdicts
                FROM run n WHERE n.id = ?1
                """,
                row => $"{row.Text("state")}, {row.Integer("verdicts")} verdicts",
                run
            )
            .Single();

    private static CaseRecord Case(SqliteDataReader row) =>
        new(row.Text("id"), row.Text("class"), row.Text("title"), row.Text("definition"));

    private static long Count(SqliteConnection connection, string sql, string run) =>
        connection.Rows(sql, row => row.Integer("n"), run).Single();
}
