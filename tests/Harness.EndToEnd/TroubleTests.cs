using Harness.Chaos;

namespace Harness.EndToEnd;

/// <summary>Failures during a run are reported as infrastructure: never as a kernel's fault, and never lost.</summary>
[Category("Qemu")]
public class TroubleTests
{
    [Test]
    public async Task A_QEMU_that_is_killed_loses_only_what_was_still_to_come_and_that_is_infrastructure()
    {
        using var cli = new Cli();
        var process = cli.Start(
            "run",
            "--target",
            "nofwb",
            "--filter",
            "family=core & size=page & late=no & mte=no",
            "--db",
            cli.Database
        );
        var end = Cli.EndAsync(process);
        Assert.That(await cli.MatchesAsync(50, end), Is.True, "it ended before it could be disturbed");
        Assert.That(ProcessTree.Kill(ProcessTree.QemuOf(process.Id)!.Value, ProcessTree.Killed), Is.Zero);

        var (code, output, error) = await end;
        Assert.That(code, Is.EqualTo(3), error + output);
        var (run, results) = cli.Stored();
        var verdicts = results["nofwb"].GroupBy(r => r.Verdict).ToDictionary(g => g.Key, g => g.Count());
        Assert.That(verdicts.Keys, Is.EquivalentTo(new[] { "match", "infrastructure" }));
        Assert.That(verdicts["match"], Is.GreaterThanOrEqualTo(50));
        Assert.That(verdicts.Values.Sum(), Is.EqualTo(run.Hosts[0].Planned));
        Assert.That(
            results["nofwb"].First(r => r.Verdict == "infrastructure").Reason,
            Does.Contain("QEMU").And.Contain("signal 9")
        );
    }

    [Test]
    public async Task Ctrl_C_keeps_what_is_finished_and_leaves_no_QEMU_behind()
    {
        using var cli = new Cli();
        var process = cli.Start(
            "run",
            "--target",
            "fwb",
            "--filter",
            "family=core & size=page & late=no & mte=no",
            "--db",
            cli.Database
        );
        var end = Cli.EndAsync(process);
        Assert.That(await cli.MatchesAsync(20, end), Is.True, "it ended before it could be disturbed");
        int qemu = ProcessTree.QemuOf(process.Id)!.Value;
        Assert.That(ProcessTree.Kill(process.Id, ProcessTree.Interrupt), Is.Zero);

        var (code, _, error) = await end;
        Assert.That(code, Is.EqualTo(130), error);
        Assert.That(ProcessTree.Lifecycles(qemu), Is.False);
        var (run, results) = cli.Stored();
        Assert.That(run.State, Is.EqualTo("interrupted"));
        Assert.That(results["fwb"].Select(r => r.Verdict).Distinct(), Is.EquivalentTo(new[] { "match", "planned" }));
    }

    /// <summary>Twice; HARNESS_KILLS sets another number.</summary>
    [Test]
    public async Task A_harness_that_is_killed_at_any_moment_leaves_a_sound_file_and_the_run_continues()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HARNESS_KILLS"), out int many) ? many : 2;
        var random = Cli.Chance();
        int resumed = 0;
        for (int i = 0; i < kills; i++)
            resumed += await KilledAsync(i % 2 == 0 ? Results(random.Next(1, 149)) : Time(random.NextDouble() * 20))
                ? 1
                : 0;
        Assert.That(resumed, Is.Positive, "a run was under way when it was killed, once at least");
    }

    /// <summary>A moment's name, and the wait for it.</summary>
    private static (string Name, Func<Cli, Task, Task> Wait) Results(int matches) =>
        ($"at match {matches}", (cli, ended) => cli.MatchesAsync(matches, ended));

    private static (string Name, Func<Cli, Task, Task> Wait) Time(double seconds) =>
        ($"after {seconds:0.0} s", (_, ended) => Task.WhenAny(ended, Task.Delay(TimeSpan.FromSeconds(seconds))));

    /// <returns>
    /// False if it was killed before the run began or after it had finished: there is nothing to resume.
    /// </returns>
    private static async Task<bool> KilledAsync((string Name, Func<Cli, Task, Task> Wait) moment)
    {
        using var cli = new Cli();
        using (var process = cli.Start("run", "--target", "nofwb", "--db", cli.Database))
        {
            _ = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            await moment.Wait(cli, process.WaitForExitAsync());
            var children = ProcessTree.Below(process.Id);
            _ = ProcessTree.Kill(process.Id, ProcessTree.Killed);
            await process.WaitForExitAsync();
            Assert.That(await ProcessTree.OutlivingAsync(children), Is.Empty, "what it started outlives it");
        }
        var before =
            File.Exists(cli.Database)
            && Store.ResultStore.OpenOrCreate(cli.Database) is var store
            && store.Run() is { } killed
                ? (Run: killed, Results: store.Results(killed.Run.Id))
                : default;
        TestContext.Progress.WriteLine(
            $"killed {moment.Name}: "
                + (
                    before.Run is null
                        ? "nothing stored"
                        : $"{before.Run.State}, {before.Results.Count(r => r.Verdict == "match")} of {before.Results.Count} matched"
                )
        );
        if (before.Run is null || before.Run.State == "finished")
            return false;
        Assert.That(Store.ResultStore.Open(cli.Database).Check().Faults, Is.Empty);
        Assert.That(
            before.Results,
            Has.Count.EqualTo(before.Run.Hosts.Single().Planned),
            "the whole plan is there, or no run"
        );

        var end = await cli.RunAsync("run", "--resume", before.Run.Run.Id, "--db", cli.Database);
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);
        var (run, results) = cli.Stored();
        Assert.That(run.State, Is.EqualTo("finished"));
        Assert.That(
            results["nofwb"].Count(r => r.Verdict == "match" || r.Reason?.Contains("memory tags") == true),
            Is.EqualTo(run.Hosts.Single().Planned)
        );
        Assert.That(
            results["nofwb"].Where(r => before.Results[r.Ordinal].Verdict != "planned").Select(r => r.StoredUtc),
            Is.EqualTo(before.Results.Where(r => r.Verdict != "planned").Select(r => r.StoredUtc)),
            "what had its verdict was not asked again"
        );
        Assert.That(
            (await cli.RunAsync("run", "--resume", before.Run.Run.Id, "--db", cli.Database)).Code,
            Is.EqualTo(2)
        );
        return true;
    }
}
