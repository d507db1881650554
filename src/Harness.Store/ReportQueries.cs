using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>Queries for reports of whole runs: they read only the columns that are shown.</summary>
internal static class ReportQueries
{
    /// <summary>
    /// Calls back for each result of a host, in the order planned. A run may have a million: columns are read by
    /// number.
    /// </summary>
    public static void Each(SqliteConnection connection, long host, Action<BriefResult> result) =>
        connection.Each(
            "SELECT case_id, verdict, reason, rule, observed, observed_json, nullif(strongest, 'none'), duration_us FROM result WHERE host = ?1 ORDER BY ordinal",
            row =>
                result(
                    new BriefResult(
                        host,
                        row.GetString(0),
                        row.GetString(1),
                        Text(row, 2),
                        Text(row, 3),
                        Text(row, 4),
                        Text(row, 5),
                        Text(row, 6),
                        row.GetInt64(7)
                    )
                ),
            host
        );

    public static IReadOnlyList<CaseRecord> Cases(SqliteConnection connection, string run) =>
        connection.Rows(
            """
            SELECT id, class, title, definition FROM test_case
            WHERE id IN (SELECT r.case_id FROM result r JOIN host h ON h.id = r.host WHERE h.run = ?1) ORDER BY class, title
            """,
            row => new CaseRecord(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3)),
            run
        );

    public static IReadOnlyList<PolicyRule> Rules(SqliteConnection connection, string modelHash) =>
        connection.Rows(
            "SELECT policy, name, stage, source, says FROM rule WHERE model_hash = ?1 ORDER BY policy, ordinal",
            row => new PolicyRule(
                row.GetString(0),
                new RuleRecord(row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4))
            ),
            modelHash
        );

    private static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
