namespace Harness.Store.Comparing;

/// <summary>Which hosts of earlier runs a run is compared with.</summary>
public static class PreviousHosts
{
    // As the view previous_host, with three more considerations. A night is compared with a night: a run of one case that
    // somebody made in between would hide it, so a run of the same suite goes before. So would a night that was interrupted
    // or lost the host half-way: what was finished goes before. And a host that could not be had this time has no policy and
    // no capabilities to compare: it is the same as the last that had.
    private const string Sql =
        """
        SELECT host, previous, previous_run
        FROM (
          SELECT h.id AS host, p.id AS previous, m.id AS previous_run,
                 row_number() OVER (PARTITION BY h.id
                   ORDER BY n.suite IS NOT NULL AND m.suite IS n.suite DESC, p.state = 'finished' DESC, m.started_utc DESC, m.id DESC) AS age
          FROM host h
          JOIN run n ON n.id = h.run
          JOIN host p ON p.target = h.target AND p.kind = h.kind AND p.policy IS NOT NULL
            AND (h.policy IS NULL OR (p.policy = h.policy AND p.capabilities IS h.capabilities))
          JOIN run m ON m.id = p.run AND m.model_hash = n.model_hash AND m.probe_hash IS n.probe_hash
            AND (m.started_utc < n.started_utc OR (m.started_utc = n.started_utc AND m.id < n.id))
          WHERE h.run = ?1)
        WHERE age = 1 ORDER BY host
        """;

    /// <summary>For each host of a run that has one, the newest comparable one of an earlier run.</summary>
    /// <exception cref="StoreException">The file can't be read.</exception>
    public static IReadOnlyList<PreviousHost> Of(ResultStore store, string run) => store.Read(connection => connection.Rows(Sql,
        row => new PreviousHost(row.Integer("host"), row.Integer("previous"), row.Text("previous_run")), run));

    /// <summary>The id of the newest earlier run of the same suite, or where this one is of no suite, the newest at all; null: it is the first.</summary>
    /// <exception cref="StoreException">The file can't be read.</exception>
    public static string? RunBefore(ResultStore store, string run) => store.Read(connection => connection.Rows(
        """
        SELECT m.id FROM run n JOIN run m ON m.started_utc < n.started_utc OR (m.started_utc = n.started_utc AND m.id < n.id)
        WHERE n.id = ?1 AND (n.suite IS NULL OR m.suite IS n.suite)
        ORDER BY m.started_utc DESC, m.id DESC LIMIT 1
        """,
        row => row.Text("id"), run) is [var id] ? id : null);
}
