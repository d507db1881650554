using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>Opens the database file and explains errors in one line.</summary>
internal static class SqliteFile
{
    /// <summary>Marks a database as the harness's in its header: "S2KV".</summary>
    public const int ApplicationId = 0x53324B56;

    /// <summary>
    /// A page, in bytes. SQLite takes a shorter file for an empty one and would overwrite it; what is longer it checks.
    /// </summary>
    private const int SmallestDatabase = 512;

    /// <exception cref="StoreException">The file can't be opened, or is not a database of this harness.</exception>
    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        bool create = mode == SqliteOpenMode.ReadWriteCreate;
        LookAtFile(path, create);
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = mode,
                Pooling = false,
                ForeignKeys = true,
                DefaultTimeout = 10,
            }.ToString()
        );
        try
        {
            connection.Open();
            LookAtHeader(connection, path, create);
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            if (mode == SqliteOpenMode.ReadOnly && UnwritableFile.IsCause(e))
                return OpenUnwritable(path);
            throw Explain(e, path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static SqliteConnection OpenUnwritable(string path)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = UnwritableFile.Open(path);
            LookAtHeader(connection, path, create: false);
            return connection;
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            throw Explain(e, path);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>The exception for the user for one of SQLite's.</summary>
    public static StoreException Explain(SqliteException e, string path) =>
        e.SqliteErrorCode switch
        {
            SQLitePCL.raw.SQLITE_FULL => Full(e, path),
            SQLitePCL.raw.SQLITE_IOERR when IsDiskFull(path) => Full(e, path),
            SQLitePCL.raw.SQLITE_NOTADB => new StoreException($"{path} is not a SQLite database", e),
            SQLitePCL.raw.SQLITE_CORRUPT => new StoreException($"{path} is damaged: {e.Message}", e),
            SQLitePCL.raw.SQLITE_READONLY => new StoreException(
                $"{path} can't be written: it or its directory is read-only",
                e
            ),
            SQLitePCL.raw.SQLITE_CANTOPEN => new StoreException(
                $"{path} can't be opened: check the permissions of the file and its directory",
                e
            ),
            SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new StoreException(
                $"{path} is locked by another process",
                e
            ),
            _ => new StoreException($"{path}: {e.Message}", e),
        };

    /// <summary>SQLite also writes temporary files, elsewhere (sqlite.org/tempfiles.html).</summary>
    private static StoreFullException Full(SqliteException e, string path) =>
        IsDiskFull(path) || !IsDiskFull(Path.GetTempPath())
            ? new($"{path}: the disk is full; what was stored before is kept", e)
            : new($"{Path.GetTempPath()}: no space for temporary files: set TMPDIR to another folder", e);

    /// <summary>If the disk has no space for the WAL index, SQLite reports "I/O error" and not "full".</summary>
    private static bool IsDiskFull(string path)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace < 64 << 10;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>True if nothing more can be written: the file or the disk failed, not the statement.</summary>
    public static bool IsFatal(SqliteException e) =>
        e.SqliteErrorCode
            is SQLitePCL.raw.SQLITE_FULL
                or SQLitePCL.raw.SQLITE_IOERR
                or SQLitePCL.raw.SQLITE_NOTADB
                or SQLitePCL.raw.SQLITE_CORRUPT
                or SQLitePCL.raw.SQLITE_READONLY
                or SQLitePCL.raw.SQLITE_CANTOPEN;

    public static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Runs statements up to the first that fails. Not by a command of ADO.NET: after a statement with columns, such as
    /// PRAGMA and ALTER TABLE, it runs the rest when the reader is disposed, and ignores their errors.
    /// </summary>
    /// <exception cref="SqliteException">One failed.</exception>
    public static void Execute(SqliteConnection connection, string sql) =>
        SqliteException.ThrowExceptionForRC(SQLitePCL.raw.sqlite3_exec(connection.Handle, sql), connection.Handle);

    /// <summary>
    /// Doesn't open the file: closing it would release the locks that the other connections of this process hold on it
    /// (fcntl(2)), and a reader with another SQLite (3.40 was seen to) removes the log of a run that is going on.
    /// </summary>
    private static void LookAtFile(string path, bool create)
    {
        if (Directory.Exists(path))
            throw new StoreException($"{path} is a directory, not a database");
        if (!File.Exists(path))
        {
            if (!create)
                throw new StoreException($"{path} does not exist");
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory && !Directory.Exists(directory))
                throw new StoreException($"{path} can't be created: the directory {directory} does not exist");
            return;
        }
        // mktemp creates an empty file, and SQLite itself treats one as a new database.
        long length = new FileInfo(path).Length;
        if (length < SmallestDatabase && !(length == 0 && create))
            throw new StoreException($"{path} is not a SQLite database");
    }

    private static void LookAtHeader(SqliteConnection connection, string path, bool create)
    {
        long application = Scalar(connection, "PRAGMA application_id");
        long version = Scalar(connection, "PRAGMA user_version");
        if (application == 0 && version == 0 && create && IsEmpty(connection))
            return;
        if (application != ApplicationId)
            throw new StoreException($"{path} is a SQLite database, but not one of this harness");
        if (version > Schema.Version)
            throw new StoreException(
                $"{path} was written by a newer harness (schema {version}; this one knows {Schema.Version})"
            );
    }

    public static bool IsEmpty(SqliteConnection connection) =>
        Scalar(connection, "SELECT count(*) FROM sqlite_schema") == 0;
}
