using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>Removes old runs, and what is no longer referenced.</summary>
internal static class StorePrune
{
    /// <summary>
    /// Every run, newest first. In a file that a lab shares some targets may run rarely: each target's last finished
    /// run is kept.
    /// </summary>
    public static IReadOnlyList<PrunedRun> Plan(SqliteConnection connection, Retention keep, DateTimeOffset now)
    {
        var last = connection
            .Rows(
                """
                SELECT h.target, h.pair, (
                  SELECT m.id FROM hosts e JOIN run m ON m.id = e.run WHERE e.target = h.target AND e.state = 'finished'
                  ORDER BY m.started_utc DESC, m.id DESC LIMIT 1) AS run
                FROM (SELECT DISTINCT target, kind = 'pair' AS pair FROM hosts) h ORDER BY h.target
                """,
                row => (Target: row.Text("target"), Pair: row.Integer("pair") != 0, Run: row.TextOrNull("run"))
            )
            .ToLookup(r => r.Run ?? "", r => (r.Target, r.Pair));
        var runs = connection.Rows(
            """
            SELECT n.id, n.started_utc, n.state, (SELECT coalesce(sum(h.planned), 0) FROM host h WHERE h.run = n.id) AS results
            FROM run n ORDER BY n.started_utc DESC, n.id DESC
            """,
            row =>
                (
                    Id: row.Text("id"),
                    Started: row.TimeOrNull("started_utc")!.Value,
                    State: row.Text("state"),
                    Results: (int)row.Integer("results")
                )
        );
        return
        [
            .. runs.Select(
                (run, age) =>
                {
                    string? why =
                        run.State is States.Running or States.Planned
                            ? "in progress, or was killed: 'harness run --resume' finishes it"
                        : age < keep.Runs ? Invariant($"one of the newest {keep.Runs}")
                        : keep.Days is { } days && now - run.Started < TimeSpan.FromDays(days)
                            ? Invariant($"of the last {days} days")
                        : last[run.Id].Any() ? $"the last finished run of {Named(last[run.Id])}"
                        : null;
                    return new PrunedRun(
                        run.Id,
                        run.Started,
                        run.State,
                        run.Results,
                        why is not null,
                        why
                            ?? (
                                keep.Runs is { } number
                                    ? Invariant($"older than the newest {number}")
                                    : Invariant($"older than {keep.Days} days")
                            )
                    );
                }
            ),
        ];
    }

    /// <summary>A run of all pairs has the square of its targets: those are counted.</summary>
    private static string Named(IEnumerable<(string Target, bool Pair)> targets)
    {
        const int most = 3;
        var pairs = targets.Where(t => t.Pair).Select(t => t.Target).ToList();
        return string.Join(
            ", ",
            [
                .. targets.Where(t => !t.Pair).Select(t => t.Target),
                .. pairs.Count <= most ? pairs : [Invariant($"{pairs.Count} pairs of targets")],
            ]
        );
    }

    /// <param name="connection">Without a transaction.</param>
    /// <param name="plan">
    /// Runs that are not kept are removed, one per transaction, so that writers don't wait for long.
    /// </param>
    /// <param name="path">The file.</param>
    public static PruneOutcome Carry(SqliteConnection connection, IReadOnlyList<PrunedRun> plan, string path)
    {
        long before = new FileInfo(path).Length;
        int runs = 0;
        foreach (var run in plan.Where(r => !r.Kept))
        {
            // It may have been resumed meanwhile.
            using var delete = connection.CreateCommand();
            delete.CommandText = "DELETE FROM run WHERE id = ?1 AND state NOT IN ('planned', 'running')";
            delete.Parameters.AddWithValue("?1", run.Run);
            // Rows removed by triggers and cascades are not counted.
            runs += delete.ExecuteNonQuery() > 0 ? 1 : 0;
        }
        var (cases, paths) = Reclaim(connection);
        string? notShrunk = null;
        try
        {
            SqliteFile.Execute(connection, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException e)
        {
            notShrunk = SqliteFile.Explain(e, path).Message;
        }
        return new PruneOutcome(runs, cases, paths, before, new FileInfo(path).Length, notShrunk);
    }

    private static (int Cases, int Paths) Reclaim(SqliteConnection connection)
    {
        // With foreign keys on, each path would be searched in every result: nothing else needs an index there.
        SqliteFile.Execute(connection, "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
        try
        {
            int cases = Delete(
                "DELETE FROM test_case WHERE NOT EXISTS (SELECT 1 FROM result r WHERE r.case_id = test_case.id)"
            );
            int paths = Delete(
                "DELETE FROM rule_path WHERE id NOT IN (SELECT path FROM result WHERE path IS NOT NULL)"
            );
            Delete("DELETE FROM rule_step WHERE path NOT IN (SELECT id FROM rule_path)");
            Delete("DELETE FROM rule WHERE model_hash NOT IN (SELECT model_hash FROM run)");
            SqliteFile.Execute(connection, "COMMIT; PRAGMA foreign_keys = ON");
            return (cases, paths);
        }
        catch
        {
            SQLitePCL.raw.sqlite3_exec(connection.Handle, "ROLLBACK");
            throw;
        }

        int Delete(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            return command.ExecuteNonQuery();
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
