using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>Copies a run from one file to another.</summary>
internal static class RunTransfer
{
    /// <summary>
    /// Attributes that a newer harness may set differently for the same case: they are not part of the case's content.
    /// </summary>
    private static readonly HashSet<string> s_told = ["cover", "family"];

    /// <summary>As a run of its own.</summary>
    /// <exception cref="StoreException">A rule or a case exists with other content.</exception>
    public static void Copy(SqliteConnection to, SqliteConnection from, string file, string run)
    {
        using var runs = new RowCopy(from, to, "run", numbered: false);
        runs.Copy("SELECT * FROM run WHERE id = ?1", run, (_, value) => value);
        Add(to, from, file, run, run);
    }

    /// <summary>
    /// The shards, hosts and results of a run become those of another; a host that this one has gets more cases.
    /// </summary>
    /// <exception cref="StoreException">A rule or a case exists with other content.</exception>
    public static void Add(SqliteConnection to, SqliteConnection from, string file, string run, string into)
    {
        TakeRules(to, from, file, run);
        TakeCases(to, from, file, run);
        TakeProperties(to, from, run);
        var paths = TakePaths(to, from, run);
        Dictionary<long, long> results = [];
        using var shards = new RowCopy(from, to, "shard", numbered: false);
        using var resultCopy = new RowCopy(from, to, "result", numbered: true);
        using var attempts = new RowCopy(from, to, "attempt", numbered: false);
        using var reports = new RowCopy(from, to, "kernel_report", numbered: false);
        using var breaches = new RowCopy(from, to, "breach", numbered: false);
        using var pool = new RowCopy(from, to, "pool_machine", numbered: false);
        using var peers = new RowCopy(from, to, "peer", numbered: false);
        using var migrations = new RowCopy(from, to, "migration", numbered: false);
        object OfResult(string column, object value) => column == "result" ? results[(long)value] : value;
        shards.Copy("SELECT * FROM shard WHERE run = ?1", run, (column, value) => column == "run" ? into : value);
        foreach (var (old, fresh) in TakeHosts(to, from, run, into))
        {
            results.Clear();
            long ordinal = Count(to, "SELECT count(*) AS n FROM result WHERE host = ?1", fresh);
            resultCopy.Copy(
                "SELECT * FROM result WHERE host = ?1 ORDER BY ordinal",
                old,
                (column, value) =>
                    column switch
                    {
                        "host" => fresh,
                        "path" => paths[(long)value],
                        "ordinal" => ordinal++,
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
            TakeKnown(to, from, old, fresh);
            pool.Copy("SELECT * FROM pool_machine WHERE host = ?1", old, (column, value) =>
                column == "host" ? fresh : value
            );
            peers.Copy("SELECT * FROM peer WHERE host = ?1", old, (column, value) => column == "host" ? fresh : value);
        }
    }

    /// <returns>The hosts' ids in either file.</returns>
    private static Dictionary<long, long> TakeHosts(SqliteConnection to, SqliteConnection from, string run, string into)
    {
        var hosts = new Dictionary<long, long>();
        var there = to.Rows(
                "SELECT id, name FROM host WHERE run = ?1",
                r => (Name: r.Text("name"), Id: r.Integer("id")),
                into
            )
            .ToDictionary(h => h.Name, h => h.Id);
        using var copy = new RowCopy(from, to, "host", numbered: true);
        // The sides of pairs are copied first, so that they have their new ids.
        foreach (
            var (id, name) in from.Rows(
                "SELECT id, name FROM host WHERE run = ?1 ORDER BY kind = 'pair', id",
                r => (r.Integer("id"), r.Text("name")),
                run
            )
        )
            if (there.TryGetValue(name, out long same))
            {
                HostParts.Add(to, from, same, id);
                hosts.Add(id, same);
            }
            else
            {
                copy.Copy(
                    "SELECT * FROM host WHERE id = ?1",
                    id,
                    (column, value) =>
                        column switch
                        {
                            "run" => into,
                            "source_host" or "destination_host" => hosts[(long)value],
                            _ => value,
                        },
                    hosts.Add
                );
            }
        return hosts;
    }

    /// <summary>An entry that another part of the host has covers the cases of both.</summary>
    private static void TakeKnown(SqliteConnection to, SqliteConnection from, long old, long fresh)
    {
        var there = to.Rows("SELECT name FROM known_difference WHERE host = ?1", r => r.Text("name"), fresh)
            .ToHashSet();
        using var copy = new RowCopy(from, to, "known_difference", numbered: false);
        foreach (
            var (name, asked, met) in from.Rows(
                "SELECT name, asked, met FROM known_difference WHERE host = ?1",
                r => (r.Text("name"), r.Integer("asked"), r.Integer("met")),
                old
            )
        )
            if (there.Contains(name))
                to.Write(
                    "UPDATE known_difference SET asked = asked + ?3, met = met + ?4 WHERE host = ?1 AND name = ?2",
                    fresh,
                    name,
                    asked,
                    met
                );
            else
                copy.Copy(
                    "SELECT * FROM known_difference WHERE (host || ' ' || name) = ?1",
                    $"{old} {name}",
                    (column, value) => column == "host" ? fresh : value
                );
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

    private static CaseRecord Case(SqliteDataReader row) =>
        new(row.Text("id"), row.Text("class"), row.Text("title"), row.Text("definition"));

    private static long Count(SqliteConnection connection, string sql, object value) =>
        connection.Rows(sql, row => row.Integer("n"), value).Single();
}
