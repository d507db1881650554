using Microsoft.Data.Sqlite;

namespace Harness.Store;

internal static class ResultQueries
{
    private const string Whole = """
        SELECT h.run, h.name AS target, r.*, c.class, c.title, c.definition, p.path AS rule_path
        FROM result r JOIN host h ON h.id = r.host JOIN test_case c ON c.id = r.case_id LEFT JOIN rule_path p ON p.id = r.path
        """;

    public static IReadOnlyList<ResultRow> Of(SqliteConnection connection, string run, string? verdict) =>
        connection.Rows(
            $"{Whole} WHERE h.run = ?1 AND (?2 IS NULL OR r.verdict = ?2) ORDER BY r.host, r.ordinal",
            Row,
            run,
            verdict
        );

    /// <summary>Row by row: earlier rows are not kept.</summary>
    public static void ForEach(SqliteConnection connection, long host, string? verdict, Action<ResultRow> operation) =>
        connection.Each(
            $"{Whole} WHERE r.host = ?1 AND (?2 IS NULL OR r.verdict = ?2) ORDER BY r.ordinal",
            row => operation(Row(row)),
            host,
            verdict
        );

    public static IReadOnlyList<string> Observations(SqliteConnection connection, long host, string caseId) =>
        connection.Rows(
            """
            SELECT a.observation FROM attempt a JOIN result r ON r.id = a.result
            WHERE r.host = ?1 AND r.case_id = ?2 ORDER BY a.number
            """,
            row => row.Text("observation"),
            host,
            caseId
        );

    public static IReadOnlyList<StoredObservation> LastObservations(SqliteConnection connection, long host) =>
        connection.Rows(
            """
            SELECT c.title, r.verdict, a.observation
            FROM result r JOIN test_case c ON c.id = r.case_id JOIN attempt a ON a.result = r.id
            WHERE r.host = ?1 AND a.number = (SELECT max(number) FROM attempt WHERE result = r.id)
            ORDER BY r.ordinal
            """,
            row => new StoredObservation(row.Text("title"), row.Text("verdict"), row.Text("observation")),
            host
        );

    private static ResultRow Row(SqliteDataReader row) =>
        new(
            row.Text("run"),
            row.Integer("host"),
            row.Text("target"),
            (int)row.Integer("ordinal"),
            row.Text("case_id"),
            row.Text("class"),
            row.Text("title"),
            row.Text("definition"),
            row.Text("verdict"),
            row.Text("culprit"),
            row.TextOrNull("reason"),
            row.TextOrNull("policy"),
            row.TextOrNull("rule"),
            row.TextOrNull("rule_source"),
            row.TextOrNull("predicted"),
            row.TextOrNull("observed"),
            row.Words("evidence"),
            (int)row.Integer("attempts"),
            row.Integer("duration_us"),
            row.TimeOrNull("stored_utc"),
            row.TextOrNull("details"),
            row.TextOrNull("known"),
            row.TextOrNull("rule_path") is { } path ? RulePath.Read(path) : []
        )
        {
            PredictedJson = row.TextOrNull("predicted_json"),
            ObservedJson = row.TextOrNull("observed_json"),
            DescriptorsJson = row.TextOrNull("descriptors_json"),
        };
}
