using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>
/// Reads a database where nothing can be written: on a read-only file system, or in a folder of somebody else. In WAL
/// mode even a reader creates a file beside the database (www.sqlite.org/wal.html, "Read-Only Databases").
/// </summary>
internal static class UnwritableFile
{
    /// <summary>Whether SQLite failed because it could not create or write a file.</summary>
    public static bool IsCause(SqliteException e) =>
        e.SqliteErrorCode is SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_READONLY;

    /// <exception cref="SqliteException">It can't be opened in this way either.</exception>
    /// <exception cref="StoreException">It has to be copied, which fails.</exception>
    public static SqliteConnection Open(string path) =>
        new FileInfo(Log(path)) is { Exists: true, Length: > 0 } ? OpenCopy(path) : OpenImmutable(path);

    private static string Log(string path) => path + "-wal";

    /// <summary>Nothing is left in the log, and nothing can be added to it: the file is all there is.</summary>
    private static SqliteConnection OpenImmutable(string path)
    {
        string uri = string.Join('/', Path.GetFullPath(path).Split('/').Select(Uri.EscapeDataString));
        return Opened($"file:{uri}?immutable=1", SqliteOpenMode.ReadOnly);
    }

    /// <summary>
    /// What is only in the log is part of the database: both are copied. The copy is removed while it is open.
    /// </summary>
    private static SqliteConnection OpenCopy(string path)
    {
        DirectoryInfo? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("harness-db-");
            string copy = Path.Combine(folder.FullName, "copy.db");
            File.Copy(path, copy);
            File.Copy(Log(path), Log(copy));
            foreach (string file in (string[])[copy, Log(copy)])
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var connection = Opened(copy, SqliteOpenMode.ReadWrite);
            SqliteFile.Scalar(connection, "SELECT count(*) FROM sqlite_schema");
            return connection;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} can't be opened where it is, nor copied: {e.Message}", e);
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private static SqliteConnection Opened(string source, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = source,
                Mode = mode,
                Pooling = false,
            }.ToString()
        );
        connection.Open();
        return connection;
    }
}
