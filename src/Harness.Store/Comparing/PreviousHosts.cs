namespace Harness.Store.Comparing;

/// <summary>Finds the hosts of earlier runs that a run is compared with.</summary>
public static class PreviousHosts
{
    /// <summary>
    /// For each host of a run, the newest comparable one of an earlier run, if any, by the view <c>previous_host</c>.
    /// </summary>
    /// <exception cref="StoreException">The file can't be read.</exception>
    public static IReadOnlyList<PreviousHost> Of(ResultStore store, string run) =>
        store.Read(connection =>
            connection.Rows(
                "SELECT host, previous, previous_run FROM previous_host WHERE run = ?1 ORDER BY host",
                row => new PreviousHost(row.Integer("host"), row.Integer("previous"), row.Text("previous_run")),
                run
            )
        );

    /// <summary>
    /// The id of the newest earlier run of the same suite, and the same shard of it; or if this one has no suite, the
    /// newest at all; null: it is the first.
    /// </summary>
    /// <exception cref="StoreException">The file can't be read.</exception>
    public static string? RunBefore(ResultStore store, string run) =>
        store.Read(connection =>
            connection.Rows(
                """
                SELECT m.id FROM run n JOIN run m ON m.started_utc < n.started_utc OR (m.started_utc = n.started_utc AND m.id < n.id)
                WHERE n.id = ?1 AND (n.suite IS NULL OR m.suite IS n.suite AND m.shard IS n.shard)
                ORDER BY m.started_utc DESC, m.id DESC LIMIT 1
                """,
                row => row.Text("id"),
                run
            )
                is [var id]
                ? id
                : null
        );
}
