using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>Queries for migrations.</summary>
internal static class MigrationQueries
{
    /// <summary>The results of a run's pairs, in the order planned.</summary>
    public static IReadOnlyList<MigrationRow> Of(SqliteConnection connection, string run) =>
        connection.Rows(
            """
            SELECT h.id AS host, h.source, h.destination, r.case_id, c.class, c.title, c.definition, r.verdict, r.culprit, r.reason, r.rule, r.predicted_json, m.*
            FROM host h CROSS JOIN result r ON r.host = h.id JOIN test_case c ON c.id = r.case_id LEFT JOIN migration m ON m.result = r.id
            WHERE h.run = ?1 AND h.kind = 'pair' ORDER BY h.id, r.ordinal
            """,
            row => new MigrationRow(
                row.Integer("host"),
                row.Text("source"),
                row.Text("destination"),
                row.Text("case_id"),
                row.Text("class"),
                row.Text("title"),
                row.Text("definition"),
                row.Text("verdict"),
                row.Text("culprit"),
                row.TextOrNull("reason"),
                row.TextOrNull("rule"),
                row.IsDBNull(row.GetOrdinal("result")) ? null : Migration(row)
            )
            {
                PredictedJson = row.TextOrNull("predicted_json"),
            },
            run
        );

    private static MigrationRecord Migration(SqliteDataReader row) =>
        new(
            row.TextOrNull("stage"),
            row.TextOrNull("errno"),
            row.TextOrNull("source_leaf"),
            row.TextOrNull("destination_leaf"),
            row.TextOrNull("violation"),
            row.TextOrNull("violation_rule"),
            row.IsDBNull(row.GetOrdinal("refused")) ? null : (int)row.Integer("refused"),
            row.TextOrNull("refused_registers"),
            row.Integer("bytes"),
            row.Integer("source_us"),
            row.Integer("transfer_us"),
            row.Integer("destination_us")
        );
}
