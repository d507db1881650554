using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>
/// Brings a file to Schema/schema.sql, Schema/views.sql and the table of verdicts. <c>user_version</c> is the version
/// of the file's tables; views and verdicts are code, and are compared with the file's.
/// </summary>
internal static class Schema
{
    /// <summary>
    /// Of schema.sql. Incremented for each change there: files of every earlier version are upgraded.
    /// </summary>
    public const int Version = 14;

    /// <summary>The objects of a new file.</summary>
    private static readonly Lazy<IReadOnlyList<SchemaObject>> s_newest = new(() =>
    {
        using var connection = new SqliteConnection("Data Source=:memory:;Pooling=False");
        connection.Open();
        SqliteFile.Execute(connection, Script("schema") + Script("views"));
        return SchemaObject.Of(connection);
    });

    /// <summary>Upgrades a file, completely or not at all. Writes nothing if it is current.</summary>
    public static void Update(SqliteConnection connection)
    {
        if (IsCurrent(connection))
            return;
        // Recreating a table would delete rows that refer to it; inside a transaction the pragma has no effect.
        SqliteFile.Execute(connection, "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
        try
        {
            // Checked again: another process may have done this while this one waited for the lock.
            if (!IsCurrent(connection))
                Write(connection, SqliteFile.Scalar(connection, "PRAGMA user_version"));
            SqliteFile.Execute(connection, "COMMIT; PRAGMA foreign_keys = ON");
        }
        catch
        {
            SQLitePCL.raw.sqlite3_exec(connection.Handle, "ROLLBACK");
            throw;
        }
    }

    private static bool IsCurrent(SqliteConnection connection) =>
        SqliteFile.Scalar(connection, "PRAGMA user_version") == Version
        && Views(SchemaObject.Of(connection)).SequenceEqual(Views(s_newest.Value))
        && VerdictTable.IsCurrent(connection);

    private static void Write(SqliteConnection connection, long version)
    {
        foreach (var view in Views(SchemaObject.Of(connection)))
            SqliteFile.Execute(connection, $"DROP VIEW {view.Name}");
        if (version == 0)
            SqliteFile.Execute(connection, Script("schema"));
        else if (version < Version)
            SchemaUpgrade.Run(connection, version, s_newest.Value);
        SqliteFile.Execute(connection, Script("views"));
        VerdictTable.Fill(connection);
        SqliteFile.Execute(
            connection,
            string.Create(
                CultureInfo.InvariantCulture,
                $"PRAGMA application_id = {SqliteFile.ApplicationId}; PRAGMA user_version = {Version}"
            )
        );
    }

    private static IEnumerable<SchemaObject> Views(IEnumerable<SchemaObject> all) => all.Where(o => o.Type == "view");

    internal static string Script(string name)
    {
        using var stream = typeof(Schema).Assembly.GetManifestResourceStream($"{name}.sql")
            ?? throw new InvalidOperationException($"{name}.sql is missing");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
