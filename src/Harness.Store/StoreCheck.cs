using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>The result of a check of the database.</summary>
/// <param name="Faults">One line each; empty if there is none.</param>
/// <param name="Notes">Not faults but worth a look: runs that never ended.</param>
public sealed record StoreCheck(int Runs, int Results, IReadOnlyList<string> Faults, IReadOnlyList<string> Notes)
{
    internal static StoreCheck Of(SqliteConnection connection)
    {
        var faults = new List<string>();
        faults.AddRange(
            connection
                .Rows("PRAGMA integrity_check", row => row.GetString(0))
                .Where(line => line != "ok")
                .Select(line => $"the file is damaged: {line}")
        );
        faults.AddRange(
            connection.Rows("PRAGMA foreign_key_check", row =>
                $"{row.GetString(0)} row {(row.IsDBNull(1) ? "?" : row.GetInt64(1).ToString())} refers to a missing {row.GetString(2)}"
            )
        );
        faults.AddRange(
            connection.Rows(
                """
                SELECT h.run, h.name AS target, h.planned, count(r.id) AS found FROM host h LEFT JOIN result r ON r.host = h.id
                GROUP BY h.id HAVING h.planned <> count(r.id)
                """,
                row =>
                    $"run {row.Text("run")}, host {row.Text("target")}: {row.Integer("planned")} cases were planned, "
                    + $"{row.Integer("found")} are stored"
            )
        );
        faults.AddRange(
            connection.Rows(
                """
                SELECT h.run, h.name AS target, count(*) AS open FROM host h JOIN result r ON r.host = h.id JOIN run n ON n.id = h.run
                WHERE r.verdict = 'planned' AND (h.state = 'finished' OR n.state = 'finished') GROUP BY h.id
                """,
                row =>
                    $"run {row.Text("run")}, host {row.Text("target")}: finished, but {row.Integer("open")} cases have no verdict"
            )
        );
        faults.AddRange(
            connection.Rows(
                """
                SELECT h.run, h.name AS target, r.case_id, r.attempts, count(a.number) AS found
                FROM result r JOIN host h ON h.id = r.host LEFT JOIN attempt a ON a.result = r.id
                GROUP BY r.id HAVING r.attempts <> count(a.number) OR coalesce(max(a.number), 0) <> count(a.number)
                """,
                row =>
                    $"run {row.Text("run")}, host {row.Text("target")}, case {row.Text("case_id")}: "
                    + $"{row.Integer("attempts")} attempts were made, {row.Integer("found")} are stored"
            )
        );
        foreach (var (sql, fault) in s_accounts)
            faults.AddRange(
                connection.Rows(sql, row => $"run {row.Text("run")}, host {row.Text("target")}: {fault(row)}")
            );
        faults.AddRange(
            connection.Rows(RunStates, row => $"run {row.Text("id")} is {row.Text("state")}, {row.Text("fault")}")
        );
        faults.AddRange(Paths(connection));
        faults.AddRange(
            connection.Rows(Latest, row =>
                $"the latest verdict on case {row.Text("case_id")} on {row.Text("target")} differs from latest_result"
            )
        );
        var notes = connection.Rows("SELECT id FROM run WHERE state IN ('planned', 'running') ORDER BY id", row =>
            $"run {row.Text("id")} is in progress, or was killed"
        );
        return new StoreCheck(
            (int)SqliteFile.Scalar(connection, "SELECT count(*) FROM run"),
            (int)SqliteFile.Scalar(connection, "SELECT count(*) FROM result"),
            faults,
            notes
        );
    }

    /// <summary>Invariants of every host: a query for the violations, and a message for each.</summary>
    private static readonly (string Sql, Func<SqliteDataReader, string> Fault)[] s_accounts =
    [
        (
            """
            SELECT h.run, h.name AS target, max(r.ordinal) AS last, count(*) AS found FROM host h JOIN result r ON r.host = h.id
            GROUP BY h.id HAVING max(r.ordinal) <> count(*) - 1 AND h.planned = count(*)
            """,
            row =>
                $"{row.Integer("found")} cases are stored, but the last is number {row.Integer("last")}, counted from 0"
        ),
        (
            """
            SELECT h.run, h.name AS target, count(*) AS found FROM host h JOIN result r ON r.host = h.id
            WHERE (r.verdict = 'planned') <> (r.stored_utc IS NULL) OR r.verdict = 'planned' AND r.attempts > 0 GROUP BY h.id
            """,
            row => $"{row.Integer("found")} results have a time but no verdict, or a verdict but no time"
        ),
        (
            """
            SELECT h.run, h.name AS target, count(*) AS found FROM host h JOIN peer p ON p.host = h.id
            WHERE p.outcome = 'planned' AND h.state = 'finished' GROUP BY h.id
            """,
            row => $"finished, but {row.Integer("found")} programs of other test suites have no outcome"
        ),
        (
            """
            SELECT h.run, h.name AS target, h.state FROM host h
            WHERE (h.state IN ('planned', 'running')) <> (h.finished_utc IS NULL)
            """,
            row => $"it is {row.Text("state")}, and when it ended does not agree with that"
        ),
        (
            // Not the earliest: a clock may be set back meanwhile.
            """
            SELECT h.run, h.name AS target FROM host h
            WHERE iif(h.first_result_utc IS NULL,
              EXISTS (SELECT 1 FROM result r WHERE r.host = h.id AND r.verdict <> 'planned'),
              NOT EXISTS (SELECT 1 FROM result r WHERE r.host = h.id AND r.verdict <> 'planned' AND r.stored_utc = h.first_result_utc))
            """,
            _ => "first_result_utc is not the time of a verdict"
        ),
        (
            """
            SELECT h.run, h.name AS target, r.known AS name, count(*) AS found, k.met
            FROM host h CROSS JOIN result r ON r.host = h.id AND r.verdict = 'known'
            LEFT JOIN known_difference k ON k.host = h.id AND k.name = r.known
            WHERE h.state = 'finished' GROUP BY h.id, r.known HAVING k.met IS NULL OR k.met < count(*)
            """,
            row => $"{row.Integer("found")} results are known as '{row.Text("name")}', which has another count"
        ),
        (
            """
            SELECT h.run, h.name AS target, count(*) AS found FROM migration m JOIN result r ON r.id = m.result JOIN host h ON h.id = r.host
            WHERE h.kind <> 'pair' OR r.verdict = 'planned' GROUP BY h.id
            """,
            row =>
                $"{row.Integer("found")} results have a migration, but the host is not a pair, or they have no verdict"
        ),
        (
            """
            SELECT h.run, h.name AS target, count(*) AS found
            FROM host h CROSS JOIN result r ON r.host = h.id AND r.verdict IN ('match', 'mismatch')
            LEFT JOIN migration m ON m.result = r.id
            WHERE h.kind = 'pair' AND m.stage IS NULL GROUP BY h.id
            """,
            row => $"{row.Integer("found")} migrations were judged, but their end is not stored"
        ),
    ];

    private const string RunStates = """
        SELECT id, state, CASE finished_utc IS NULL WHEN 1 THEN 'but has no end' ELSE 'but has an end' END AS fault FROM run
        WHERE (state IN ('planned', 'running')) <> (finished_utc IS NULL)
        UNION ALL
        SELECT n.id, n.state, 'but its host ' || h.name || ' is ' || h.state FROM run n JOIN host h ON h.run = n.id
        WHERE n.state = 'finished' AND h.state <> 'finished'
        """;

    private const string Latest = """
        WITH newest AS (
          SELECT case_id, target, destination, host, result FROM (
            SELECT r.case_id, coalesce(h.target, h.source) AS target, coalesce(h.destination, '') AS destination, r.host, r.id AS result,
                   row_number() OVER (PARTITION BY r.case_id, h.name ORDER BY n.started_utc DESC, n.id DESC) AS age
            FROM result r JOIN host h ON h.id = r.host JOIN run n ON n.id = h.run WHERE r.verdict <> 'planned')
          WHERE age = 1)
        SELECT case_id, iif(destination = '', target, target || ' -> ' || destination) AS target
        FROM (SELECT * FROM (SELECT * FROM newest EXCEPT SELECT case_id, target, destination, host, result FROM latest_result)
              UNION SELECT * FROM (SELECT case_id, target, destination, host, result FROM latest_result EXCEPT SELECT * FROM newest))
        GROUP BY case_id, target, destination
        """;

    /// <summary>A path and its steps are consistent.</summary>
    private static IEnumerable<string> Paths(SqliteConnection connection)
    {
        var steps = connection
            .Rows("SELECT path, at, rule FROM rule_step ORDER BY path, position", row =>
                (Path: row.Integer("path"), Step: new RuleStep(row.Text("at"), row.Text("rule")))
            )
            .ToLookup(s => s.Path, s => s.Step);
        foreach (
            var (id, path) in connection.Rows("SELECT id, path FROM rule_path ORDER BY id", row =>
                (row.Integer("id"), row.Text("path"))
            )
        )
            if (!steps[id].SequenceEqual(RulePath.Read(path)))
                yield return $"the steps of rule path {id} differ from rule_step";
    }
}
