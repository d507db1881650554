using System.Text.Json;
using Harness.Store;

namespace Harness.Cli.Tests;

public sealed class DbVerbTests : CommandFixture
{
    private async Task WriteAsync(string file, string run, int day, string verdict = Verdicts.Match)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(Directory, file));
        await using var writer = await store.BeginRunAsync(
            new RunRecord(
                run,
                new DateTimeOffset(2020, 1, day, 0, 0, 0, TimeSpan.Zero),
                "harness run",
                "1",
                "m",
                null,
                null
            )
        );
        long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        await writer.PlanAsync(host, [new CaseRecord("c", "class", "title", "{}")]);
        await writer.RecordAsync(new ResultRecord(host, "c", verdict));
        await writer.FinishHostAsync(host, States.Finished);
        await writer.FinishAsync(States.Finished);
    }

    [Test]
    public async Task Runs_of_labs_are_merged_into_a_file_that_need_not_be_there()
    {
        await WriteAsync("lab1.db", "one", 1);
        await WriteAsync("lab2.db", "two", 2);
        var (code, output, error) = await Harness("db merge lab1.db lab2.db --into all.db");
        Assert.That((code, error), Is.EqualTo((0, "")));
        Assert.That(
            output,
            Does.Contain("one  taken from").And.Contain("two  taken from").And.EndWith("2 of 2 runs taken\n")
        );
        var again = await Harness("db merge --json lab1.db --into all.db");
        Assert.That(JsonDocument.Parse(again.Out).RootElement.GetProperty("result").GetString(), Is.EqualTo("same"));
        Assert.That(
            JsonDocument
                .Parse((await Harness("db check --json all.db")).Out)
                .RootElement.GetProperty("results")
                .GetInt32(),
            Is.EqualTo(2)
        );

        await WriteAsync("other.db", "one", 1, Verdicts.Mismatch);
        var refused = await Harness("db merge other.db --into all.db");
        Assert.That(refused.Code, Is.EqualTo(2));
        Assert.That(refused.Error, Does.Contain("run one already exists with other content"));
        Assert.That((await Harness("db merge missing.db --into fresh.db")).Code, Is.EqualTo(2));
        Assert.That(File.Exists(Path.Combine(Directory, "fresh.db")), Is.False);
    }

    [Test]
    public async Task Prune_dry_run_lists_runs_and_prune_removes_them()
    {
        foreach (int day in new[] { 1, 2, 3 })
            await WriteAsync("results.db", $"day-{day}", day);
        var dry = await Harness("db prune results.db --keep 2runs --dry-run");
        Assert.That(
            dry.Out.Split('\n')[..3],
            Is.EqualTo(
                new[]
                {
                    "keep    day-3  finished, 1 results: one of the newest 2",
                    "keep    day-2  finished, 1 results: one of the newest 2",
                    "remove  day-1  finished, 1 results: older than the newest 2",
                }
            )
        );
        Assert.That(ResultStore.Open(Path.Combine(Directory, "results.db")).Runs(), Has.Count.EqualTo(3));

        var (code, output, _) = await Harness("db prune results.db --keep 30d --json");
        var lines = output.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.That(code, Is.Zero);
        Assert.That(lines[0].GetProperty("why").GetString(), Is.EqualTo("the last finished run of fwb"));
        Assert.That(lines[^1].GetProperty("runs").GetInt32(), Is.EqualTo(2));
        Assert.That(
            ResultStore.Open(Path.Combine(Directory, "results.db")).Runs().Single().Run.Id,
            Is.EqualTo("day-3")
        );
        Assert.That((await Harness("db check results.db")).Code, Is.Zero);
    }

    [Test]
    public async Task A_fault_is_exit_code_2()
    {
        await WriteAsync("results.db", "one", 1);
        using (var file = new FileStream(Path.Combine(Directory, "results.db"), FileMode.Open))
        {
            // The last page contains a row or an index: zeros corrupt either.
            file.Seek(-4096, SeekOrigin.End);
            file.Write(new byte[4096]);
        }
        var (code, output, error) = await Harness("db check results.db");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output + error, Does.Contain("damaged"));
    }

    [TestCase("db prune results.db --keep 0", "neither a number of runs (20runs) nor of days (30d)")]
    [TestCase("db prune results.db", "--keep")]
    [TestCase("db merge lab.db", "--into")]
    [TestCase("db prune missing.db --keep 3", "missing.db does not exist")]
    public async Task Configuration_errors_are_reported(string command, string message)
    {
        var (code, _, error) = await Harness(command);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain(message));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_merge_that_fails_leaves_nothing_behind(bool empty)
    {
        await StoreAsync("good.db");
        File.WriteAllText(Path.Combine(Directory, "bad.db"), "no database");
        if (empty)
            File.Create(Path.Combine(Directory, "new.db")).Dispose();
        string[] before = System.IO.Directory.GetFiles(Directory);
        var (code, _, error) = await Harness("db merge good.db bad.db --into new.db");
        Assert.That((code, error), Is.EqualTo((2, $"harness: {Directory}/bad.db is not a SQLite database\n")));
        // A reader in WAL mode creates files beside the database that it reads.
        var after = System
            .IO.Directory.GetFiles(Directory)
            .Where(f => !f.Contains("good.db-", StringComparison.Ordinal));
        Assert.That(after, Is.EquivalentTo(before));
        if (empty)
            Assert.That(new FileInfo(Path.Combine(Directory, "new.db")).Length, Is.Zero);
    }

    private async Task StoreAsync(string name)
    {
        await using var writer = await ResultStore
            .OpenOrCreate(Path.Combine(Directory, name))
            .BeginRunAsync(new RunRecord("r", DateTimeOffset.UnixEpoch, "harness run", "1", "m", null, null));
        await writer.FinishAsync(States.Finished);
    }
}
