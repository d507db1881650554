using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>What is read of migrations alone.</summary>
internal static class MigrationQueries
{
    /// <summary>The results of a run's pairs, in the order planned. No file of this schema has a pair.</summary>
    public static IReadOnlyList<MigrationRow> Of(SqliteConnection connection, string run) => connection.Rows<MigrationRow>(
        "SELECT id FROM host WHERE run = ?1 AND kind = 'pair'",
        row => throw new StoreException($"run {run}: host {row.Integer("id")} is a pair, which this schema does not have"), run);
}
