using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>The row of a run that was merged of shards.</summary>
internal static class WholeRun
{
    /// <summary>The run of a file, which was copied whole, is one that shards are added to.</summary>
    public static void Begin(SqliteConnection to, string run)
    {
        Fill(to, run, to, run);
        Describe(to, run);
    }

    /// <summary>Adds the shards of a file's run.</summary>
    public static void Add(SqliteConnection to, SqliteConnection from, string file, string run, string into)
    {
        Fill(to, into, to, into);
        BeginEarlier(to, from, run, into);
        RunTransfer.Add(to, from, file, run, into);
        Fill(from, run, to, into);
        Describe(to, into);
    }

    /// <summary>It began when the shard did that began first.</summary>
    private static void BeginEarlier(SqliteConnection to, SqliteConnection from, string run, string into)
    {
        string earlier = Started(from, run);
        if (string.CompareOrdinal(earlier, Started(to, into)) >= 0)
            return;
        to.Write("UPDATE run SET started_utc = ?2 WHERE id = ?1", into, earlier);
        // A result may not be the newest of its case any more.
        to.Write($"DELETE FROM latest_result WHERE (case_id, target) IN ({Cases})", into);
        to.Write(
            $"""
            INSERT INTO latest_result (case_id, target, destination, host, result)
            SELECT case_id, target, '', host, result FROM (
              SELECT r.case_id, h.target, r.host, r.id AS result,
                     row_number() OVER (PARTITION BY r.case_id, h.target ORDER BY n.started_utc DESC, n.id DESC) AS age
              FROM ({Cases}) c JOIN result r ON r.case_id = c.case_id AND r.verdict <> 'planned'
              JOIN host h ON h.id = r.host AND h.target = c.target JOIN run n ON n.id = h.run)
            WHERE age = 1
            """,
            into
        );
    }

    /// <summary>Its state, by those of its shards, and by what is missing.</summary>
    /// <exception cref="StoreException">It has all shards, but not all cases.</exception>
    private static void Describe(SqliteConnection to, string run)
    {
        var shards = to.Rows(
            "SELECT number, state, reason, finished_utc FROM shard WHERE run = ?1 ORDER BY number",
            row =>
                (
                    Number: (int)row.Integer("number"),
                    State: row.Text("state"),
                    Reason: row.TextOrNull("reason"),
                    End: row.Text("finished_utc")
                ),
            run
        );
        var (of, cases) = to.Rows(
                "SELECT shards, plan_cases FROM run WHERE id = ?1",
                row => ((int)row.Integer("shards"), row.Integer("plan_cases")),
                run
            )
            .Single();
        int[] missing = [.. Enumerable.Range(1, of).Except(shards.Select(s => s.Number))];
        long planned = to.Rows(
                "SELECT coalesce(sum(planned), 0) AS n FROM host WHERE run = ?1",
                r => r.Integer("n"),
                run
            )
            .Single();
        if (missing.Length == 0 && planned != cases)
            throw new StoreException($"run {run} has all {of} shards, but {planned} cases instead of {cases}");
        string state = shards
            .Select(s => s.State)
            .Append(missing.Length > 0 ? States.Failed : States.Finished)
            .Aggregate(HostParts.Worse);
        string? reason = HostParts.Joined(
            shards
                .Select(s => s.Reason)
                .Prepend(
                    missing.Length > 0
                        ? $"{ShardRecord.List(missing)} of {of} {(missing.Length == 1 ? "is" : "are")} missing"
                        : null
                )
        );
        to.Write(
            "UPDATE run SET state = ?2, reason = ?3, finished_utc = ?4, shard = NULL WHERE id = ?1",
            run,
            state,
            reason,
            shards.Max(s => s.End)
        );
    }

    /// <summary>The cases of run ?1.</summary>
    private const string Cases =
        "SELECT r.case_id, h.target FROM host h JOIN result r ON r.host = h.id WHERE h.run = ?1";

    private static string Started(SqliteConnection connection, string run) =>
        connection.Rows("SELECT started_utc FROM run WHERE id = ?1", row => row.Text("started_utc"), run).Single();

    /// <summary>Stores with the shards of a run, of which one was executed by another run, how that ended.</summary>
    private static void Fill(SqliteConnection from, string run, SqliteConnection to, string into)
    {
        foreach (
            object?[] ended in from.Rows<object?[]>(
                "SELECT state, reason, started_utc, finished_utc, command_line FROM run WHERE id = ?1",
                row =>
                    [
                        into,
                        row.Text("state"),
                        row.TextOrNull("reason"),
                        row.Text("started_utc"),
                        row.TextOrNull("finished_utc"),
                        row.Text("command_line"),
                    ],
                run
            )
        )
            to.Write(
                """
                UPDATE shard SET state = ?2, reason = ?3, started_utc = ?4, finished_utc = ?5, command_line = ?6
                WHERE run = ?1 AND state IS NULL
                """,
                ended
            );
    }
}
