using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>
/// Upgrades the tables of an older file. A table with another definition is recreated and gets the columns that both
/// have, so that no version needs its own script except for changed column contents
/// (www.sqlite.org/lang_altertable.html, section 7).
/// </summary>
internal static class SchemaUpgrade
{
    /// <summary>The last version in which the decoded evidence was part of <c>result.observed</c>.</summary>
    private const long LastWithoutDetails = 2;

    /// <summary>The last version in which a pair was not a row that refers to two hosts.</summary>
    private const long LastWithJoinedPairs = 7;

    /// <summary>The versions with the predicted end of a migration as text, <c>migration.predicted</c>.</summary>
    private const long FirstWithPredictedEnd = 4;
    private const long LastWithPredictedEnd = 8;

    /// <param name="connection">In a transaction, with foreign keys off, and without views.</param>
    /// <param name="version">Of the file.</param>
    /// <param name="newest">The objects of a new file.</param>
    public static void Run(SqliteConnection connection, long version, IReadOnlyList<SchemaObject> newest)
    {
        foreach (var trigger in SchemaObject.Of(connection).Where(o => o.Type == "trigger"))
            SqliteFile.Execute(connection, $"DROP TRIGGER {trigger.Name}");
        bool predictedEnd = version is >= FirstWithPredictedEnd and <= LastWithPredictedEnd;
        if (predictedEnd)
            SqliteFile.Execute(
                connection,
                "CREATE TEMPORARY TABLE predicted_end AS SELECT result, predicted AS words FROM migration"
            );
        // Old pairs violate the new constraints until the scripts have run.
        SqliteFile.Execute(connection, "PRAGMA ignore_check_constraints = ON");
        Tables(connection, newest);
        SqliteFile.Execute(connection, "PRAGMA ignore_check_constraints = OFF");
        if (version <= LastWithoutDetails)
            SqliteFile.Execute(connection, Schema.Script("from-v2"));
        if (version <= LastWithJoinedPairs)
        {
            connection.CreateFunction<string?, long, string?>("side", Side, isDeterministic: true);
            SqliteFile.Execute(connection, Schema.Script("from-v7"));
        }
        if (predictedEnd)
            SqliteFile.Execute(connection, Schema.Script("from-v8"));
        Rest(connection, newest);
    }

    private static void Tables(SqliteConnection connection, IReadOnlyList<SchemaObject> newest)
    {
        var there = SchemaObject
            .Of(connection)
            .Where(o => o.Type == "table")
            .ToDictionary(o => o.Name, StringComparer.Ordinal);
        foreach (var table in newest.Where(o => o.Type == "table"))
        {
            if (!there.Remove(table.Name, out var old))
            {
                SqliteFile.Execute(connection, table.Sql);
                continue;
            }
            if (old.IsLike(table))
                continue;
            string fresh = $"fresh_{table.Name}";
            SqliteFile.Execute(connection, new Regex($"(?<=^CREATE TABLE ){table.Name}").Replace(table.Sql, fresh));
            string columns = string.Join(", ", Columns(connection, fresh).Intersect(Columns(connection, table.Name)));
            SqliteFile.Execute(
                connection,
                $"""
                INSERT INTO {fresh} ({columns}) SELECT {columns} FROM {table.Name};
                DROP TABLE {table.Name};
                ALTER TABLE {fresh} RENAME TO {table.Name}
                """
            );
        }
        foreach (string name in there.Keys)
            SqliteFile.Execute(connection, $"DROP TABLE {name}");
    }

    /// <summary>One side of "SOURCE -> DESTINATION"; the text itself for both if it has no two sides.</summary>
    /// <param name="both">As stored; "none" stands for null.</param>
    /// <param name="at">0 for the source, 1 for the destination.</param>
    private static string? Side(string? both, long at) =>
        (both?.Split(" -> ") is { Length: 2 } sides ? sides[at] : both) is { Length: > 0 } one and not "none"
            ? one
            : null;

    /// <summary>Indexes and triggers; the views are recreated at every opening.</summary>
    private static void Rest(SqliteConnection connection, IReadOnlyList<SchemaObject> newest)
    {
        var indexes = SchemaObject.Of(connection).Where(o => o.Type == "index").ToList();
        foreach (var index in indexes.Where(i => !newest.Any(i.IsLike)))
            SqliteFile.Execute(connection, $"DROP INDEX {index.Name}");
        foreach (var missing in newest.Where(o => o.Type is "index" or "trigger" && !indexes.Any(o.IsLike)))
            SqliteFile.Execute(connection, missing.Sql);
    }

    /// <summary>The writable columns, without the generated ones.</summary>
    private static IEnumerable<string> Columns(SqliteConnection connection, string table) =>
        connection.Rows($"PRAGMA table_info({table})", row => row.Text("name"));
}
