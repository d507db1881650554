using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>The steps from one version of the schema to the next; <c>user_version</c> says how many a file has had.</summary>
internal static class Schema
{
    /// <summary>The newest version, Schema/v1.sql up to this number.</summary>
    public const int Version = 5;

    /// <summary>Brings a database up to date, wholly or not at all. Does nothing where it is.</summary>
    public static void Migrate(SqliteConnection connection)
    {
        if (SqliteFile.Scalar(connection, "PRAGMA user_version") == Version)
            return;
        // A table that is made anew would take what refers to it along; inside a transaction this says nothing.
        SqliteFile.Execute(connection, "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
        try
        {
            // Read again: another process may have migrated while this one waited for the lock.
            long at = SqliteFile.Scalar(connection, "PRAGMA user_version");
            for (long version = at + 1; version <= Version; version++)
                SqliteFile.Execute(connection, Script(version));
            SqliteFile.Execute(connection, string.Create(CultureInfo.InvariantCulture,
                $"PRAGMA application_id = {SqliteFile.ApplicationId}; PRAGMA user_version = {Version}; COMMIT; PRAGMA foreign_keys = ON"));
        }
        catch
        {
            SQLitePCL.raw.sqlite3_exec(connection.Handle, "ROLLBACK");
            throw;
        }
    }

    private static string Script(long version)
    {
        using var stream = typeof(Schema).Assembly.GetManifestResourceStream($"v{version}.sql")
            ?? throw new InvalidOperationException($"the schema's step {version} is missing");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
