using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Tests;

/// <summary>A file that several processes use at once.</summary>
public sealed class SharedFileTests : StoreFixture
{
    /// <summary>The bytes that every connection locks, as "START END": SHARED_FIRST of SQLite, 510 bytes.</summary>
    private const string SharedRange = " 1073741826 1073742335";

    /// <summary>
    /// A process that opens the file without SQLite and closes it again loses the locks of its connections (fcntl(2)):
    /// the next process that closes the file takes itself for the last one, and removes the log that is in use.
    /// </summary>
    [Test]
    public async Task Reading_beside_the_writer_keeps_the_writer_s_lock()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var writer = await store.BeginRunAsync(ARun());
        Assert.That(Locks(), Has.Exactly(1).Contains(SharedRange));
        store.Runs();
        ResultStore.OpenOrCreate(Database).Paces();
        Assert.That(Locks(), Has.Exactly(1).Contains(SharedRange));
    }

    [Test]
    public async Task A_run_that_has_ended_is_in_the_file_alone_also_if_somebody_has_it_open()
    {
        var store = ResultStore.OpenOrCreate(Database);
        using var other = new SqliteConnection($"Data Source={Database};Pooling=False");
        await using (var writer = await store.BeginRunAsync(ARun()))
        {
            other.Open();
            using var command = new SqliteCommand("SELECT count(*) FROM run", other);
            Assert.That(command.ExecuteScalar(), Is.EqualTo(1));
            await writer.FinishAsync(States.Finished);
        }
        Assert.That(new FileInfo(Database + "-wal").Length, Is.Zero);
        string copy = Database + ".copy";
        File.Copy(Database, copy);
        Assert.That(ResultStore.Open(copy).Runs().Single().State, Is.EqualTo(States.Finished));
    }

    /// <summary>This process's locks on the database, as proc_locks(5) has them.</summary>
    private List<string> Locks()
    {
        using var stat = Process.Start(
            new ProcessStartInfo("stat", ["-c", "%i", Database]) { RedirectStandardOutput = true }
        )!;
        string inode = stat.StandardOutput.ReadToEnd().Trim();
        return
        [
            .. File.ReadLines("/proc/locks")
                .Where(l =>
                    l.Contains($" POSIX ") && l.Contains($" {Environment.ProcessId} ") && l.Contains($":{inode} ")
                ),
        ];
    }
}
