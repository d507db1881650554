using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Tests;

/// <summary>Databases where nothing can be written: neither the file nor its folder, by anybody but root.</summary>
public sealed class UnwritableTests
{
    private string _directory = "";

    private string Database => Path.Combine(_directory, "a b%20?.db");

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("harness-unwritable-").FullName;

    [TearDown]
    public void RemoveDirectory()
    {
        File.SetUnixFileMode(_directory, Read | Enter | UnixFileMode.UserWrite);
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<RunWriter> StoreAsync(string path, string id)
    {
        var writer = await ResultStore
            .OpenOrCreate(path)
            .BeginRunAsync(new RunRecord(id, DateTimeOffset.UnixEpoch, "harness run", "1", "m", null, null));
        await writer.FinishAsync(States.Finished);
        return writer;
    }

    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Enter = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private void Forbid()
    {
        foreach (string file in Directory.GetFiles(_directory))
            File.SetUnixFileMode(file, Read);
        File.SetUnixFileMode(_directory, Read | Enter);
    }

    /// <summary>Runs on this thread alone; as root, with the file permissions of another user (setfsuid(2)).</summary>
    private static T AsOther<T>(Func<T> read)
    {
        const uint other = 65534;
        if (!Environment.IsPrivilegedProcess)
            return read();
        _ = SetFileUser(other);
        try
        {
            return read();
        }
        finally
        {
            _ = SetFileUser(0);
        }
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileUser(uint user);

    [Test]
    public async Task A_database_is_read_where_nothing_can_be_created_beside_it()
    {
        await (await StoreAsync(Database, "one")).DisposeAsync();
        Forbid();
        var (runs, check) = AsOther(() =>
        {
            var store = ResultStore.Open(Database);
            return (store.Runs(), store.Check());
        });
        Assert.That(runs.Select(r => r.Run.Id), Is.EqualTo(new[] { "one" }));
        Assert.That(check.Faults, Is.Empty);
        Assert.That(Directory.GetFileSystemEntries(_directory), Is.EqualTo(new[] { Database }));
    }

    [Test]
    public async Task What_is_only_in_its_log_is_read_too()
    {
        string live = Path.Combine(_directory, "live.db");
        await using (await StoreAsync(live, "one"))
        {
            File.Copy(live, Database);
            File.Copy(live + "-wal", Database + "-wal");
        }
        Forbid();
        var runs = AsOther(() => ResultStore.Open(Database).Runs());
        Assert.That(runs.Select(r => r.Run.Id), Is.EqualTo(new[] { "one" }));
        Assert.That(
            Directory
                .GetDirectories(Path.GetTempPath(), "harness-db-*")
                .Where(d => Directory.GetLastWriteTimeUtc(d) > DateTime.UtcNow.AddMinutes(-1)),
            Is.Empty
        );
    }

    [Test]
    public async Task Writing_there_is_refused_with_the_reason()
    {
        await (await StoreAsync(Database, "one")).DisposeAsync();
        Forbid();
        Assert.That(
            () => AsOther(() => ResultStore.OpenOrCreate(Database)),
            Throws.TypeOf<StoreException>().With.Message.Contains(Database)
        );
    }

    [Test]
    public async Task One_of_an_older_harness_is_named_as_such()
    {
        await (await StoreAsync(Database, "one")).DisposeAsync();
        using (var connection = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 3";
            command.ExecuteNonQuery();
        }
        Forbid();
        Assert.That(
            () => AsOther(() => ResultStore.Open(Database)),
            Throws
                .TypeOf<StoreException>()
                .With.Message.EndsWith(
                    "was written by an older harness (schema 3) and has to be upgraded, but it or its folder can't be written: copy it to another folder"
                )
        );
    }
}
