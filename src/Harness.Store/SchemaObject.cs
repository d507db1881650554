using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>A table, index, trigger or view of a file.</summary>
/// <param name="Type">"table", "index", "trigger" or "view".</param>
/// <param name="Sql">The statement that creates it, as stored by SQLite.</param>
internal sealed partial record SchemaObject(string Type, string Name, string Sql)
{
    /// <summary>The objects of a file, except SQLite's automatic indexes, in the order of creation.</summary>
    public static IReadOnlyList<SchemaObject> Of(SqliteConnection connection) =>
        connection.Rows(
            "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
            row => new SchemaObject(row.Text("type"), row.Text("name"), row.Text("sql"))
        );

    /// <summary>The same definition, ignoring layout; SQLite quotes the name of a table that was renamed.</summary>
    public bool IsLike(SchemaObject other) =>
        Type == other.Type && Name == other.Name && Layout().Replace(Sql, "") == Layout().Replace(other.Sql, "");

    [GeneratedRegex("[\\s\"]+")]
    private static partial Regex Layout();
}
