using System.Diagnostics;

namespace Harness.Store.Tests;

public sealed class KillTests : StoreFixture
{
    // Before anything is stored, in the plan, after it, and along the way.
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(123)]
    [TestCase(1111)]
    public async Task A_killed_writer_leaves_a_sound_file_with_all_confirmed_results(int acknowledged)
    {
        var random = new Random(acknowledged);
        var said = await WriteAndKillAsync(acknowledged, random.Next(5), "run");
        Assert.That(said, Has.Count.GreaterThanOrEqualTo(acknowledged));
        var store = ResultStore.OpenOrCreate(Database);
        Assert.That(store.Check().Faults, Is.Empty);
        var results = store.Runs() is [var run] ? store.Results(run.Run.Id) : [];
        Assert.That(said, Is.SubsetOf(results.Where(r => r.Verdict == Verdicts.Match).Select(r => r.CaseId)));
        if (results.Count == 0)
            return;
        Assert.That(store.Run()!.State, Is.EqualTo(States.Running));

        // It resumes, is killed again, and resumes until it is done.
        said.AddRange(await WriteAndKillAsync(100, random.Next(5), "run", "\"second\""));
        Assert.That(store.Check().Faults, Is.Empty);
        said.AddRange(await WriteAndKillAsync(int.MaxValue, 0, "run", "\"third\""));
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Notes").Empty);
        Assert.That(
            store.Run()!.Hosts[0].Verdicts,
            Is.EqualTo(new Dictionary<string, int> { [Verdicts.Match] = Program.Cases })
        );
        Assert.That(said, Is.Unique, "no case has its verdict twice");
    }

    /// <summary>Kills it as soon as it has reported this many cases, or lets it end if it reports fewer.</summary>
    private async Task<List<string>> WriteAndKillAsync(int acknowledged, int milliseconds, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location, Database, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start)!;
        var error = child.StandardError.ReadToEndAsync();
        var said = new List<string>();
        while (said.Count < acknowledged && await child.StandardOutput.ReadLineAsync() is { } line)
            said.Add(line);
        if (acknowledged == 0)
            await WaitForFileAsync(child);
        if (acknowledged == int.MaxValue)
        {
            await child.WaitForExitAsync();
            Assert.That(child.ExitCode, Is.Zero, await error);
            return said;
        }
        // At any point of its next work: not only at the end of a transaction.
        Thread.SpinWait(milliseconds * 100_000);
        child.Kill();
        while (await child.StandardOutput.ReadLineAsync() is { } line)
            said.Add(line);
        await child.WaitForExitAsync();
        return said;
    }

    private async Task WaitForFileAsync(Process child)
    {
        while (!File.Exists(Database) && !child.HasExited)
            await Task.Yield();
    }
}
