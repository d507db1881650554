using Microsoft.Data.Sqlite;

namespace Harness.Store.Comparing;

/// <summary>
/// Two hosts of two runs in one store, case by case. Results that are the same in both are not read into memory.
/// </summary>
/// <param name="Before">As in <see cref="HostSummary.Id"/>; null: the host is new.</param>
/// <param name="After">The same; null: the host vanished.</param>
public sealed record HostPair(long? Before, long? After)
{
    // The join of both sides. If both were planned in one order, the two tables are read side by side.
    private const string Pairs =
        "FROM result b JOIN result a ON a.host = ?1 AND a.case_id = b.case_id WHERE b.host = ?2";

    private const string Columns =
        "{0}.verdict AS {0}_verdict, {0}.culprit AS {0}_culprit, {0}.reason AS {0}_reason, {0}.policy AS {0}_policy, {0}.rule AS {0}_rule, "
        + "{0}.rule_source AS {0}_source, {0}.predicted AS {0}_predicted, {0}.observed AS {0}_observed, {0}.known AS {0}_known, "
        + "{0}.predicted_json AS {0}_predicted_json, {0}.observed_json AS {0}_observed_json";

    /// <summary>Outcomes are compared as values; as sentences if an older version stored nothing else.</summary>
    private const string Redecided =
        "iif(a.observed_json IS NULL OR b.observed_json IS NULL, a.observed IS NOT b.observed, a.observed_json IS NOT b.observed_json)";

    /// <summary>How the verdicts changed: every case of either host is counted once.</summary>
    /// <exception cref="StoreException">The file can't be read.</exception>
    public IReadOnlyList<Transition> Transitions(ResultStore store) => Read(store, connection =>
        {
            var found = new List<Transition>(
                connection.Rows(
                    $"SELECT a.verdict AS a, b.verdict AS b, count(*) AS cases, sum({Redecided}) AS redecided {Pairs} GROUP BY 1, 2",
                    row => new Transition(
                        row.Text("a"),
                        row.Text("b"),
                        (int)row.Integer("cases"),
                        (int)row.Integer("redecided")
                    ),
                    Before,
                    After
                )
            );
            int shared = found.Sum(t => t.Cases);
            // Looking up each case on the other side takes as long again, and usually all are there.
            long Count(long? host) =>
                connection.Rows(
                    "SELECT count(*) AS cases FROM result WHERE host = ?1",
                    row => row.Integer("cases"),
                    host
                )[0];
            if (Count(After) > shared)
                found.AddRange(
                    connection.Rows(
                        Alone("r.verdict, count(*) AS cases", "GROUP BY 1"),
                        row => new Transition(null, row.Text("verdict"), (int)row.Integer("cases"), 0),
                        After,
                        Before
                    )
                );
            if (Count(Before) > shared)
                found.AddRange(
                    connection.Rows(
                        Alone("r.verdict, count(*) AS cases", "GROUP BY 1"),
                        row => new Transition(row.Text("verdict"), null, (int)row.Integer("cases"), 0),
                        Before,
                        After
                    )
                );
            return found;
        });

    /// <summary>
    /// Every case that has another verdict, was unstable, is bad in another way, or is only on one of the two, in the
    /// order planned; those that vanished come last.
    /// </summary>
    /// <param name="transitions">
    /// From <see cref="Transitions"/>: kinds of changes without cases are not searched.
    /// </param>
    /// <exception cref="StoreException">The file can't be read.</exception>
    public void ForEachChange(
        ResultStore store,
        IReadOnlyList<Transition> transitions,
        Action<ComparedCase> operation
    ) => Read<object?>(store, connection =>
        {
            if (
                transitions.Any(t =>
                    t.Before is not null && t.After is not null && (t.Before != t.After || t.Before != Verdicts.Match)
                )
            )
                connection.Each(
                    $"""
                    SELECT c.id, c.class, c.title, {Side("a")}, {Side("b")}
                    FROM result b JOIN result a ON a.host = ?1 AND a.case_id = b.case_id JOIN test_case c ON c.id = b.case_id
                    WHERE b.host = ?2 AND (a.verdict <> b.verdict OR a.verdict = 'unstable' OR (a.verdict IN (SELECT word FROM verdict WHERE class = 'bad') AND {Redecided}))
                    ORDER BY b.ordinal
                    """,
                    row => operation(Case(row, Judged(row, "a"), Judged(row, "b"))),
                    Before,
                    After
                );
            if (transitions.Any(t => t.Before is null))
                connection.Each(AloneInFull(), row => operation(Case(row, null, Judged(row, "r"))), After, Before);
            if (transitions.Any(t => t.After is null))
                connection.Each(AloneInFull(), row => operation(Case(row, Judged(row, "r"), null)), Before, After);
            return null;
        });

    /// <summary>Safety properties that a case violates on one of the two; empty unless both are there.</summary>
    /// <exception cref="StoreException">The file can't be read.</exception>
    public IReadOnlyList<BreachChange> Breaches(ResultStore store) =>
        Before is null || After is null
            ? []
            : Read<IReadOnlyList<BreachChange>>(store, c =>
                [.. Breaches(c, isNew: true, After, Before), .. Breaches(c, isNew: false, Before, After)]
            );

    /// <summary>What ?1 violates and ?2 does not.</summary>
    private static IEnumerable<BreachChange> Breaches(
        SqliteConnection connection,
        bool isNew,
        long? host,
        long? other
    ) =>
        connection.Rows(
            // Bare columns are of the row with the minimum (sqlite.org/lang_select.html, section 2.5).
            """
            SELECT b.property, p.says, count(*) AS cases, sum(b.predicted) AS predicted, min(b.predicted << 48 | r.ordinal) AS chosen,
                   r.case_id, c.title
            FROM result r CROSS JOIN breach b ON b.result = r.id
            JOIN result o ON o.host = ?2 AND o.case_id = r.case_id AND o.verdict NOT IN (SELECT word FROM verdict WHERE class = 'no-answer')
            JOIN property p ON p.name = b.property JOIN test_case c ON c.id = r.case_id
            WHERE r.host = ?1 AND NOT EXISTS (SELECT 1 FROM breach x WHERE x.result = o.id AND x.property = b.property)
            GROUP BY b.property ORDER BY b.property
            """,
            row => new BreachChange(
                row.Text("property"),
                row.Text("says"),
                isNew,
                (int)row.Integer("cases"),
                (int)row.Integer("predicted"),
                row.Text("case_id"),
                row.Text("title")
            ),
            host,
            other
        );

    private static T Read<T>(ResultStore store, Func<SqliteConnection, T> query) =>
        store.Read(connection =>
        {
            // Two tables are walked side by side: read them from the page cache, without a call and a copy for each
            // page.
            SqliteFile.Execute(connection, "PRAGMA mmap_size = 2147418112");
            return query(connection);
        });

    private static string AloneInFull() =>
        Alone($"c.id, c.class, c.title, {Side("r")}", "ORDER BY r.ordinal", "JOIN test_case c ON c.id = r.case_id");

    /// <summary>The cases of ?1 that ?2 does not have.</summary>
    private static string Alone(string columns, string end, string join = "") =>
        $"SELECT {columns} FROM result r {join} WHERE r.host = ?1 AND NOT EXISTS (SELECT 1 FROM result o WHERE o.host = ?2 AND o.case_id = r.case_id) {end}";

    private static string Side(string alias) => Columns.Replace("{0}", alias, StringComparison.Ordinal);

    private static ComparedCase Case(SqliteDataReader row, JudgedCase? before, JudgedCase? after) =>
        new(row.Text("id"), row.Text("class"), row.Text("title"), before, after);

    private static JudgedCase Judged(SqliteDataReader row, string side) =>
        new(
            row.Text(side + "_verdict"),
            row.Text(side + "_culprit"),
            row.TextOrNull(side + "_reason"),
            row.TextOrNull(side + "_policy"),
            row.TextOrNull(side + "_rule"),
            row.TextOrNull(side + "_source"),
            row.TextOrNull(side + "_predicted"),
            row.TextOrNull(side + "_observed"),
            row.TextOrNull(side + "_known"),
            row.TextOrNull(side + "_predicted_json"),
            row.TextOrNull(side + "_observed_json")
        );
}
