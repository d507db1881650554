using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Harness.Store.History;

/// <summary>Queries over many runs.</summary>
internal static class HistoryQueries
{
    /// <summary>The runs with these ids, in the given order. Ids without a run are left out.</summary>
    public static IReadOnlyList<RunHistory> Of(SqliteConnection connection, IReadOnlyCollection<string> runs)
    {
        string ids = JsonSerializer.Serialize(runs);
        var heads = RunQueries.WithoutHosts(connection).ToDictionary(r => r.Run.Id);
        var hosts = RunQueries.BriefHosts(connection, ids);
        var findings = Findings(connection, ids).ToLookup(f => f.Host);
        var breaches = Breaches(connection, ids).ToLookup(b => b.Host);
        var reports = Reports(connection, ids).ToLookup(r => r.Host);
        return
        [
            .. from id in runs
            where heads.ContainsKey(id)
            let own = hosts[id].ToList()
            select new RunHistory(
                heads[id] with
                {
                    Hosts = own,
                },
                [.. own.SelectMany(h => findings[h.Id])],
                [.. own.SelectMany(h => breaches[h.Id])],
                [.. own.SelectMany(h => reports[h.Id])]
            ),
        ];
    }

    /// <summary>
    /// The runs that planned a case, newest first, each with the number of hosts. Only indexes are read: the results of
    /// a case are all over a large file.
    /// </summary>
    public static IReadOnlyList<(string Run, int Results)> RunsOfCase(SqliteConnection connection, string caseId) =>
        connection.Rows(
            """
            SELECT n.id, count(*) FROM run n CROSS JOIN host h ON h.run = n.id
            CROSS JOIN result r ON r.host = h.id AND r.case_id = ?1
            GROUP BY n.id ORDER BY n.started_utc DESC, n.id DESC
            """,
            row => (row.GetString(0), row.GetInt32(1)),
            caseId
        );

    /// <param name="connection">The file.</param>
    /// <param name="caseId">The case.</param>
    /// <param name="runs">The results of these runs, by id.</param>
    public static IReadOnlyList<CaseResult> OfCase(
        SqliteConnection connection,
        string caseId,
        IReadOnlyCollection<string> runs
    ) =>
        connection.Rows(
            """
            SELECT h.run, r.host, r.verdict, r.policy, r.rule, r.reason, r.predicted, r.observed, r.strongest,
                   (SELECT group_concat(b.property, ' ') FROM breach b WHERE b.result = r.id)
            FROM host h CROSS JOIN result r ON r.host = h.id AND r.case_id = ?1
            WHERE h.run IN (SELECT value FROM json_each(?2))
            """,
            row => new CaseResult(
                row.GetString(0),
                row.GetInt64(1),
                row.GetString(2),
                Text(row, 3),
                Text(row, 4),
                Text(row, 5),
                Text(row, 6),
                Text(row, 7),
                row.GetString(8)
            )
            {
                Breaks = Text(row, 9)?.Split(' ') ?? [],
            },
            caseId,
            JsonSerializer.Serialize(runs)
        );

    /// <summary>Of the newest result of each case on each target: how many take a rule.</summary>
    public static IReadOnlyList<RuleCount> OfRule(SqliteConnection connection, string rule) =>
        connection.Rows(
            """
            WITH taken AS MATERIALIZED (SELECT DISTINCT path FROM rule_step WHERE rule = ?1)
            SELECT h.name AS target, r.verdict, count(*) AS cases, min(r.case_id) AS example
            FROM latest_result l CROSS JOIN result r ON r.id = l.result JOIN host h ON h.id = l.host
            WHERE r.path IN (SELECT path FROM taken)
            GROUP BY h.name, r.verdict ORDER BY h.name, r.verdict
            """,
            row => new RuleCount(
                row.Text("target"),
                row.Text("verdict"),
                (int)row.Integer("cases"),
                row.Text("example")
            ),
            rule
        );

    public static CaseRecord? Case(SqliteConnection connection, string id) =>
        connection.Rows("SELECT id, class, title, definition FROM test_case WHERE id = ?1", CaseOf, id) is [var found]
            ? found
            : null;

    /// <summary>Cases with an id or title that contains each of the words, without regard to case.</summary>
    public static IReadOnlyList<CaseRecord> Cases(SqliteConnection connection, IReadOnlyList<string> words, int most) =>
        connection.Rows(
            $"""
            SELECT id, class, title, definition FROM test_case c
            WHERE NOT EXISTS (SELECT 1 FROM json_each(?1) w WHERE instr(lower(c.id || ' ' || c.title), lower(w.value)) = 0)
            ORDER BY class, title LIMIT {most}
            """,
            CaseOf,
            JsonSerializer.Serialize(words)
        );

    private static IReadOnlyList<FindingCount> Findings(SqliteConnection connection, string runs) =>
        connection.Rows(
            """
            SELECT r.host, r.verdict, r.rule, r.reason, count(*) AS cases, min(r.case_id) AS example
            FROM host h CROSS JOIN result r INDEXED BY result_host_verdict
              ON r.host = h.id AND r.verdict IN (SELECT word FROM verdict WHERE word NOT IN ('match', 'skip', 'planned'))
            WHERE h.run IN (SELECT value FROM json_each(?1))
            GROUP BY r.host, r.verdict, r.rule, r.reason
            """,
            row => new FindingCount(
                row.Integer("host"),
                row.Text("verdict"),
                row.TextOrNull("rule"),
                row.TextOrNull("reason"),
                (int)row.Integer("cases"),
                row.Text("example")
            ),
            runs
        );

    private static IReadOnlyList<BreachCount> Breaches(SqliteConnection connection, string runs) =>
        connection.Rows(
            """
            SELECT r.host, b.property, count(*) AS cases, min(r.case_id) AS example
            FROM breach b JOIN result r ON r.id = b.result JOIN host h ON h.id = r.host
            WHERE h.run IN (SELECT value FROM json_each(?1))
            GROUP BY r.host, b.property
            """,
            row => new BreachCount(
                row.Integer("host"),
                row.Text("property"),
                (int)row.Integer("cases"),
                row.Text("example")
            ),
            runs
        );

    private static IReadOnlyList<ReportCount> Reports(SqliteConnection connection, string runs) =>
        connection.Rows(
            """
            SELECT r.host, k.title, count(*) AS results, min(r.case_id) AS example
            FROM kernel_report k JOIN result r ON r.id = k.result JOIN host h ON h.id = r.host
            WHERE h.run IN (SELECT value FROM json_each(?1))
            GROUP BY r.host, k.title
            """,
            row => new ReportCount(
                row.Integer("host"),
                row.Text("title"),
                (int)row.Integer("results"),
                row.Text("example")
            ),
            runs
        );

    private static CaseRecord CaseOf(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3));

    private static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
