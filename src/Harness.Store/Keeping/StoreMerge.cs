using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>Merges the runs of other files into one.</summary>
internal static class StoreMerge
{
    /// <param name="to">In a transaction.</param>
    /// <param name="from">Of the newest schema; in a transaction, so that it doesn't change.</param>
    /// <param name="file">The latter's name.</param>
    /// <param name="shards">Of all files.</param>
    /// <exception cref="StoreException">A run or a case exists with other content.</exception>
    public static IEnumerable<MergedRun> Take(
        SqliteConnection to,
        SqliteConnection from,
        string file,
        ShardMerge shards
    )
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
            var merged = new MergedRun(file, run, MergeResults.Taken, hosts, results);
            if (ShardMerge.Find(from, run) is { } part)
            {
                yield return shards.Take(to, from, merged, part);
                continue;
            }
            if (Count(to, "SELECT count(*) AS n FROM run WHERE id = ?1", run) > 0)
            {
                if (RunContent.Hash(to, run) != RunContent.Hash(from, run))
                    throw new StoreException(
                        $"{file}: run {run} already exists with other content ({Describe(from, run)}; here {Describe(to, run)}): "
                            + "remove one of them with 'harness db prune', or leave this file out"
                    );
                merged = merged with { Result = MergeResults.Same };
            }
            else if (state is States.Running or States.Planned)
            {
                merged = merged with { Result = MergeResults.Running };
            }
            else
            {
                RunTransfer.Copy(to, from, file, run);
            }
            yield return merged;
        }
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

    private static long Count(SqliteConnection connection, string sql, string run) =>
        connection.Rows(sql, row => row.Integer("n"), run).Single();
}
