using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>Queries for safety properties that were violated.</summary>
internal static class BreachQueries
{
    private const string From = "FROM host h CROSS JOIN result r ON r.host = h.id JOIN breach b ON b.result = r.id";

    /// <summary>The names of those that results of a host violate, by case.</summary>
    public static ILookup<string, string> Of(SqliteConnection connection, long host) =>
        connection
            .Rows(
                $"SELECT r.case_id, b.property {From} WHERE h.id = ?1 ORDER BY r.ordinal, b.property",
                row => (Case: row.Text("case_id"), Property: row.Text("property")),
                host
            )
            .ToLookup(row => row.Case, row => row.Property);

    public static BrokenProperties Of(SqliteConnection connection, string run) =>
        new(
            // Bare columns are of the row with the minimum (sqlite.org/lang_select.html, section 2.5).
            connection.Rows(
                $"""
                SELECT b.property, p.says, p.source, count(*) AS cases, sum(r.verdict = 'match') AS matches, sum(b.predicted) AS predicted,
                       json_group_array(DISTINCT h.name) AS targets, min(b.predicted << 48 | r.id) AS chosen, r.case_id, c.title, h.name AS target, r.policy,
                       h.source AS from_target, h.destination AS to_target
                {From} JOIN property p ON p.name = b.property JOIN test_case c ON c.id = r.case_id
                WHERE h.run = ?1 GROUP BY b.property ORDER BY sum(b.predicted) = count(*), cases DESC, b.property
                """,
                row => new BrokenProperty(
                    row.Text("property"),
                    row.Text("says"),
                    row.Text("source"),
                    (int)row.Integer("cases"),
                    (int)row.Integer("matches"),
                    (int)row.Integer("predicted"),
                    JsonTexts.Sorted(row.Text("targets")),
                    row.Text("case_id"),
                    row.Text("title"),
                    row.Text("target"),
                    row.TextOrNull("policy")
                )
                {
                    Pair = row.TextOrNull("from_target") is { } from ? (from, row.Text("to_target")) : null,
                },
                run
            ),
            (int)
                connection
                    .Rows($"SELECT count(DISTINCT r.id) AS n {From} WHERE h.run = ?1", row => row.Integer("n"), run)
                    .Single()
        );
}
