using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>What a check of the database found.</summary>
/// <param name="Faults">One line each; none where all is well.</param>
/// <param name="Notes">What is no fault but worth a look: runs that never ended.</param>
public sealed record StoreCheck(int Runs, int Results, IReadOnlyList<string> Faults, IReadOnlyList<string> Notes)
{
    internal static StoreCheck Of(SqliteConnection connection)
    {
        var faults = new List<string>();
        faults.AddRange(connection.Rows("PRAGMA integrity_check", row => row.GetString(0)).Where(line => line != "ok")
            .Select(line => $"the file is damaged: {line}"));
        faults.AddRange(connection.Rows("PRAGMA foreign_key_check",
            row => $"{row.GetString(0)} row {(row.IsDBNull(1) ? "?" : row.GetInt64(1).ToString())} refers to a missing {row.GetString(2)}"));
        faults.AddRange(connection.Rows(
            """
            SELECT h.run, h.target, h.planned, count(r.id) AS found FROM host h LEFT JOIN result r ON r.host = h.id
            GROUP BY h.id HAVING h.planned <> count(r.id)
            """,
            row => $"run {row.Text("run")}, host {row.Text("target")}: {row.Integer("planned")} cases were planned, "
                + $"{row.Integer("found")} are stored"));
        faults.AddRange(connection.Rows(
            """
            SELECT h.run, h.target, count(*) AS open FROM host h JOIN result r ON r.host = h.id JOIN run n ON n.id = h.run
            WHERE r.verdict = 'planned' AND (h.state = 'finished' OR n.state = 'finished') GROUP BY h.id
            """,
            row => $"run {row.Text("run")}, host {row.Text("target")}: finished, but {row.Integer("open")} cases have no verdict"));
        faults.AddRange(connection.Rows(
            """
            SELECT h.run, h.target, r.case_id, r.attempts, count(a.number) AS found
            FROM result r JOIN host h ON h.id = r.host LEFT JOIN attempt a ON a.result = r.id
            GROUP BY r.id HAVING r.attempts <> count(a.number) OR coalesce(max(a.number), 0) <> count(a.number)
            """,
            row => $"run {row.Text("run")}, host {row.Text("target")}, case {row.Text("case_id")}: "
                + $"{row.Integer("attempts")} attempts were made, {row.Integer("found")} are stored"));
        var notes = connection.Rows("SELECT id FROM run WHERE state IN ('planned', 'running') ORDER BY id",
            row => $"run {row.Text("id")} is in progress, or was killed");
        return new StoreCheck(
            (int)SqliteFile.Scalar(connection, "SELECT count(*) FROM run"),
            (int)SqliteFile.Scalar(connection, "SELECT count(*) FROM result"),
            faults, notes);
    }
}
