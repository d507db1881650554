using System.Text.Json;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Cli.Tests;

public sealed class RunsTests : CommandFixture
{
    private string Database => Path.Combine(Directory, "results.db");

    /// <param name="state">Null: the writer is abandoned, as by a process that is killed.</param>
    private Task StoreAsync(string id, int hours, string? state, Executor? executor, params string[] verdicts) =>
        StoreAsync(id, hours, state, executor, [], verdicts);

    /// <param name="broken">The safety properties that the first case violates.</param>
    private async Task StoreAsync(
        string id,
        int hours,
        string? state,
        Executor? executor,
        BreachRecord[] broken,
        params string[] verdicts
    )
    {
        var store = ResultStore.OpenOrCreate(Database);
        var writer = await store.BeginRunAsync(
            new RunRecord(
                id,
                DateTimeOffset.UnixEpoch.AddHours(hours),
                $"harness run --suite {id}",
                "1",
                "m",
                null,
                null
            )
            {
                Suite = id,
                Executor = executor?.Text,
            }
        );
        long host = await writer.AddHostAsync(
            new HostRecord("fwb", "qemu", KernelRelease: "7.2.12", Policy: "mainline-7.2")
        );
        await writer.PlanAsync(
            host,
            [.. verdicts.Select((_, i) => new CaseRecord($"case{i}", "anon", $"title {i}", "{}"))]
        );
        for (int i = 0; i < verdicts.Length; i++)
            if (verdicts[i] != Verdicts.Planned)
                await writer.RecordAsync(
                    new ResultRecord(host, $"case{i}", verdicts[i], Rule: "some-rule", Predicted: "a", Observed: "b")
                    {
                        Breaches = i == 0 ? broken : [],
                    }
                );
        if (state is null)
            return;
        await writer.FinishHostAsync(host, state);
        await writer.FinishAsync(state);
        await writer.DisposeAsync();
    }

    private Task Several() =>
        Task.WhenAll(
            StoreAsync("first", 1, States.Finished, Executor.ThisProcess, "match", "match"),
            StoreAsync("second", 2, States.Finished, Executor.ThisProcess, "match", "mismatch", "hang"),
            StoreAsync("third", 3, States.Interrupted, Executor.ThisProcess, "match", "planned"),
            StoreAsync("fourth", 4, null, Executor.ThisProcess, "match", "planned"),
            StoreAsync("fifth", 5, null, Executor.ThisProcess with { Started = "1" }, "match", "planned"),
            StoreAsync("sixth", 6, null, Executor.ThisProcess with { Machine = "lab9", Boot = "b" }, "planned")
        );

    [Test]
    public async Task Runs_are_listed_newest_first_each_with_its_state()
    {
        await Several();
        var (code, output, error) = await Harness("runs");
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That((code, error), Is.EqualTo((0, "")));
            Assert.That(
                lines[1..7].Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]),
                Is.EqualTo(
                    new[]
                    {
                        new[] { "sixth", "running" },
                        ["fifth", "died"],
                        ["fourth", "running"],
                        ["third", "interrupted"],
                        ["second", "finished"],
                        ["first", "finished"],
                    }
                )
            );
            Assert.That(lines[5], Does.Contain("  1 mismatch, 1 hang  ").And.EndWith("  harness run --suite second"));
            Assert.That(lines[6], Does.Contain("  as predicted  "));
            Assert.That(lines[7..], Is.EqualTo(new[] { "died: scripts/harness run --resume fifth   # runs the rest" }));
        });
    }

    [TestCase("runs --state died", "fifth")]
    [TestCase("runs --suite second", "second")]
    [TestCase("runs --state running", "sixth fourth")]
    [TestCase("runs --limit 2", "sixth fifth")]
    [TestCase("runs", "sixth fifth fourth third second first")]
    public async Task A_list_can_be_narrowed_and_is_a_line_of_JSON_a_run(string arguments, string expected)
    {
        await Several();
        var (_, output, _) = await Harness($"{arguments} --json");
        var runs = output.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement);
        Assert.That(runs.Select(r => r.GetProperty("id").GetString()), Is.EqualTo(expected.Split(' ')));
    }

    [Test]
    public async Task A_list_that_is_cut_says_so()
    {
        await Several();
        Assert.That(
            (await Harness("runs --limit 2")).Out,
            Does.Contain("the newest 2 of 6 runs (--limit 6 shows all)\n")
        );
    }

    [Test]
    public async Task A_run_is_shown_with_what_failed()
    {
        await Several();
        var (code, output, error) = await Harness("show second");
        Assert.Multiple(() =>
        {
            Assert.That((code, error), Is.EqualTo((0, "")));
            Assert.That(output, Does.StartWith("run second  finished\n"));
            Assert.That(output, Does.Contain("\n  verdicts  1 match, 1 mismatch, 1 hang\n"));
            Assert.That(output, Does.Contain("\n  exit code 1\n"));
            Assert.That(output, Does.Contain("\nfwb  finished   7.2.12, mainline-7.2: 1 match, 1 mismatch, 1 hang\n"));
            Assert.That(output, Does.Contain("\nmismatch case1 on fwb: title 1\n  rule      some-rule\n"));
            Assert.That(output, Does.Contain("\nhang case2 on fwb: title 2\n"));
            Assert.That(output, Does.EndWith("\nscripts/harness report second   # everything about it\n"));
        });
    }

    [Test]
    public async Task A_run_is_shown_as_one_object()
    {
        await Several();
        var run = JsonDocument.Parse((await Harness("show second --json")).Out).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(run.GetProperty("exitCode").GetInt32(), Is.EqualTo(1));
            Assert.That(run.GetProperty("verdicts").GetProperty("hang").GetInt32(), Is.EqualTo(1));
            Assert.That(
                run.GetProperty("failed").EnumerateArray().Select(f => f.GetProperty("caseId").GetString()),
                Is.EqualTo(new[] { "case1", "case2" })
            );
            Assert.That(run.GetProperty("hosts")[0].GetProperty("kernel").GetString(), Is.EqualTo("7.2.12"));
        });
    }

    [Test]
    public async Task A_run_of_a_machine_that_cannot_be_seen_is_not_called_dead()
    {
        await Several();
        Assert.That(
            (await Harness("show sixth")).Out,
            Does.Contain("running: by process ")
                .And.Contain(" on lab9, which can't be seen from here: it may have ended")
        );
    }

    [TestCase("report good", ExitCodes.Ok)]
    [TestCase("report good --fail-on property", ExitCodes.Mismatch)]
    [TestCase("report good --json --fail-on property", ExitCodes.Mismatch)]
    [TestCase("report none --fail-on property", ExitCodes.Ok)]
    [TestCase("report partly --fail-on property", ExitCodes.Mismatch)]
    [TestCase("report partly", ExitCodes.Infrastructure)]
    public async Task A_run_that_broke_a_safety_property_fails_if_requested(string command, int code)
    {
        BreachRecord broken = new("no-stale-data", "No guest reads stale data.", "a mail", true);
        await StoreAsync("none", 1, States.Finished, null, "match");
        await StoreAsync("good", 2, States.Finished, null, [broken], "match", "match");
        await StoreAsync("partly", 3, States.Finished, null, [broken], "match", "infrastructure");

        Assert.That((await Harness(command)).Code, Is.EqualTo(code));
    }

    [Test]
    public async Task A_report_of_a_run_that_died_says_so()
    {
        await Several();
        var (code, _, error) = await Harness("report fifth");
        Assert.That(code, Is.EqualTo(3));
        Assert.That(
            error,
            Does.Match(
                "^harness: run fifth died: process [0-9]+ on .+ ended without finishing it \\(scripts/harness run --resume fifth runs the rest\\)\n$"
            )
        );
        Assert.That((await Harness("report fourth")).Error, Is.Empty);
    }

    [Test]
    public async Task A_hint_names_a_database_that_is_not_the_usual_one()
    {
        await StoreAsync("second", 2, States.Finished, null, "match");
        File.Copy(Database, Path.Combine(Directory, "my night.db"));
        var console = new StringWriter { NewLine = "\n" };
        Actions.ShowAction.Execute(
            "second",
            Path.Combine(Directory, "my night.db"),
            null,
            false,
            new HarnessConsole(console, TextWriter.Null, false, false, Directory)
        );
        Assert.That(console.ToString(), Does.Contain("scripts/harness report second --db 'my night.db'   # "));
    }

    [Test]
    public void Lines_of_JSON_have_no_control_characters_either()
    {
        using var output = new StringWriter();
        JsonLine.Write(output, new { Text = "a\x1b[2J\u009b\u202e\u200bb\n" });
        Assert.That(
            output
                .ToString()
                .TrimEnd('\n')
                .Where(c =>
                    char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format
                ),
            Is.Empty
        );
    }

    [TestCase("runs --state dead", "harness: --state: 'dead' is not a state: did you mean 'died'? (allowed: planned, ")]
    [TestCase("runs --limit 0", "harness: --limit: '0' is no number from 1 to 1000000")]
    [TestCase("show nothing", "holds no run 'nothing'")]
    public async Task A_mistake_is_one_line(string arguments, string message)
    {
        await StoreAsync("first", 1, States.Finished, null, "match");
        var (code, _, error) = await Harness(arguments);
        Assert.That((code, error), Is.EqualTo((2, error)));
        Assert.That(error, Does.Contain(message));
    }
}
