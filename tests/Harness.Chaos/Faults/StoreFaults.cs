using Harness.Store;
using Microsoft.Data.Sqlite;

namespace Harness.Chaos.Faults;

/// <summary>The database, and the disk that it is on.</summary>
internal static class StoreFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "db-locked",
            "somebody else holds the database's lock for 0.5 to 3 s in the middle of the run, up to four times",
            "every verdict as usual, exit 0",
            t => LockedAsync(t, 4, t.Chance.Next(500, 3000))
        )
        {
            Share = 4,
        },
        new("db-locked-minute", "for a minute", "the same", t => LockedAsync(t, 1, 60_000)) { Share = 1 },
        new(
            "disk-full",
            "no space where the database is, from the middle of the run on",
            "exit 3, \"the disk is full\"; what was stored is kept; with space, run --resume does the rest",
            DiskFullAsync
        )
        {
            Share = 4,
            Needs = "mount",
        },
        new(
            "temporary-disk-full",
            "no space in $TMPDIR",
            "exit 2 or 3 with the path, or as usual: little is written there",
            TemporaryFullAsync
        )
        {
            Needs = "mount",
        },
        new(
            "db-read-only",
            "the database's file system is read-only",
            "exit 2 with the path; reports can be read",
            ReadOnlyAsync
        )
        {
            Needs = "mount",
        },
        new(
            "db-read-only-in-run",
            "the file system becomes read-only in the middle of the run, as ext4 does after an error",
            "exit 2 or 3 with the path; what was stored is kept; later run --resume does the rest",
            ReadOnlyInRunAsync
        )
        {
            Needs = "mkfs.ext4",
        },
        new(
            "power-cut",
            "SIGKILL, and of what was written since each file's last sync any part is lost, by sectors of 512 bytes",
            "the database is sound, what a reader had seen is there; run --resume does the rest",
            PowerCutAsync
        )
        {
            Share = 8,
            Needs = "cc",
        },
    ];

    private static async Task LockedAsync(Trial trial, int most, int millis)
    {
        using var run = trial.Start();
        if (!await trial.RunningAsync(run).ConfigureAwait(false))
            return;
        var before = trial.Stored();
        using (var connection = new SqliteConnection($"Data Source={trial.Place.Database};Pooling=False"))
        {
            connection.Open();
            Execute(connection, "PRAGMA busy_timeout = 10000");
            for (int left = trial.Chance.Next(1, most + 1); left > 0 && !run.Ended.IsCompleted; left--)
            {
                Execute(connection, "BEGIN IMMEDIATE");
                await Task.Delay(millis).ConfigureAwait(false);
                Execute(connection, "ROLLBACK");
                trial.Count();
                await Trial.PassedAsync(run, trial.Chance.NextDouble() / 5).ConfigureAwait(false);
            }
        }
        await trial
            .CheckAsync(await trial.EndAsync(run).ConfigureAwait(false), Expected.Unharmed, Lab.Host, before)
            .ConfigureAwait(false);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static async Task DiskFullAsync(Trial trial)
    {
        await using var disk = await Disk.InMemoryAsync(trial.Place.Data, "16m").ConfigureAwait(false);
        await trial
            .DisturbAsync(
                _ => disk.FillAsync(),
                new Expected([3], Verdicts.Planned) { Words = "full", LeavesFiles = true },
                undo: disk.EmptyAsync
            )
            .ConfigureAwait(false);
        await trial.ResumeAsync().ConfigureAwait(false);
    }

    private static async Task TemporaryFullAsync(Trial trial)
    {
        await using var disk = await Disk.InMemoryAsync(trial.Place.Temporary, "64k").ConfigureAwait(false);
        await disk.FillAsync().ConfigureAwait(false);
        string target = trial.Chance.Next(2) == 0 ? Lab.Host : Lab.Booted;
        using var run = trial.Start(target);
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        await disk.EmptyAsync().ConfigureAwait(false);
        trial.Count();
        await trial.CheckAsync(end, Expected.HostLost.With(trial.Place.Temporary).Or(0), target).ConfigureAwait(false);
    }

    private static async Task ReadOnlyAsync(Trial trial)
    {
        await using var disk = await Disk.InMemoryAsync(trial.Place.Data, "8m").ConfigureAwait(false);
        bool stored = trial.Chance.Next(2) == 0;
        if (stored)
            await trial.NextRunAsync().ConfigureAwait(false);
        await disk.ReadOnlyAsync().ConfigureAwait(false);
        using var run = trial.Start();
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        trial.Count();
        trial.Require(end.Code == 2, $"exit code {end.Code}: {end.LastLine}");
        trial.Require(end.Error.Contains(trial.Place.Database, StringComparison.Ordinal), $"no path: {end.LastLine}");
        if (stored)
        {
            using var report = trial.StartCommand("report", "--db", trial.Place.Database);
            var read = await trial.EndAsync(report).ConfigureAwait(false);
            trial.Require(read.Code == 0, $"report: exit code {read.Code}: {read.LastLine}");
        }
        await trial.TidyAsync().ConfigureAwait(false);
    }

    private static async Task ReadOnlyInRunAsync(Trial trial)
    {
        await using var disk = await Disk.OnLoopAsync(trial.Place.Data, trial.Place.PathOf("disk"))
            .ConfigureAwait(false);
        await trial
            .DisturbAsync(
                _ => disk.AbortAsync(),
                new Expected([2, 3], Verdicts.Planned) { Words = trial.Place.Database, LeavesFiles = true },
                undo: disk.RepairAsync
            )
            .ConfigureAwait(false);
        await trial.ResumeAsync().ConfigureAwait(false);
    }

    private static async Task PowerCutAsync(Trial trial)
    {
        string synced = Directory.CreateDirectory(trial.Place.PathOf("synced")).FullName;
        trial.Environment["LD_PRELOAD"] = await Shim.BuildAsync(trial.Place).ConfigureAwait(false);
        trial.Environment["CHAOS_DISK"] = $"{trial.Place.Database}:{synced}";
        using (var run = trial.Start())
        {
            bool met = await trial.RunningAsync(run).ConfigureAwait(false);
            await Trial.PassedAsync(run, trial.Chance.NextDouble() / 10).ConfigureAwait(false);
            var before = trial.Stored();
            run.Signal(ProcessTree.Killed);
            var end = await trial.EndAsync(run).ConfigureAwait(false);
            trial.Environment.Clear();
            if (!met || end.Code == 0)
                return;
            PowerCut.Lose(trial.Place.Database, synced, trial.Chance);
            trial.Count();
            await trial
                .CheckAsync(end, Expected.Stopped with { LeavesFiles = true }, Lab.Host, before)
                .ConfigureAwait(false);
        }
        await trial.ResumeAsync().ConfigureAwait(false);
    }
}
