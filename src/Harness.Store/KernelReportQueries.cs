using Microsoft.Data.Sqlite;

namespace Harness.Store;

internal static class KernelReportQueries
{
    private const int Named = 3;

    /// <summary>By title, the most frequent first.</summary>
    public static IReadOnlyList<KernelReportCount> Of(SqliteConnection connection, string run) =>
        connection.Rows(
            """
            WITH seen AS (
              SELECT k.title, min(k.kind) AS kind, min(k.cause) AS cause, count(DISTINCT k.result) AS results,
                     json_group_array(DISTINCT h.name) AS targets, json_group_array(DISTINCT r.case_id) AS cases
              FROM host h JOIN result r ON r.host = h.id JOIN kernel_report k ON k.result = r.id
              WHERE h.run = ?1 GROUP BY k.title)
            SELECT seen.*, count(DISTINCT n.id) AS earlier, min(n.started_utc) AS first_seen_utc
            FROM seen
            LEFT JOIN (kernel_report k JOIN result r ON r.id = k.result JOIN host h ON h.id = r.host JOIN run n ON n.id = h.run)
              ON k.title = seen.title AND (n.started_utc, n.id) < (SELECT started_utc, id FROM run WHERE id = ?1)
            GROUP BY seen.title ORDER BY seen.results DESC, seen.title
            """,
            row => new KernelReportCount(
                row.Text("title"),
                row.Text("kind"),
                row.Text("cause"),
                (int)row.Integer("results"),
                JsonTexts.Sorted(row.Text("targets")),
                [.. JsonTexts.Sorted(row.Text("cases")).Take(Named)],
                (int)row.Integer("earlier"),
                row.TimeOrNull("first_seen_utc")
            ),
            run
        );

    public static IReadOnlyList<KernelReportRecord> Of(SqliteConnection connection, long host, string caseId) =>
        connection.Rows(
            """
            SELECT k.title, k.kind, k.cause, k.times FROM kernel_report k JOIN result r ON r.id = k.result
            WHERE r.host = ?1 AND r.case_id = ?2 ORDER BY k.ordinal
            """,
            row => new KernelReportRecord(
                row.Text("title"),
                row.Text("kind"),
                row.Text("cause"),
                (int)row.Integer("times")
            ),
            host,
            caseId
        );

    public static IReadOnlyList<string> Cases(SqliteConnection connection, long host, string title) =>
        connection.Rows(
            """
            SELECT r.case_id FROM kernel_report k JOIN result r ON r.id = k.result
            WHERE k.title = ?2 AND r.host = ?1 ORDER BY r.ordinal
            """,
            row => row.Text("case_id"),
            host,
            title
        );
}
