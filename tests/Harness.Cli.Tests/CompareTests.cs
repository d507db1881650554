using Harness.Cli.Actions;
using Harness.Store;

namespace Harness.Cli.Tests;

public sealed class CompareTests : CommandFixture
{
    private async Task StoreAsync(string id, int hours, params string[] verdicts)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(Directory, "results.db"));
        await using var writer = await store.BeginRunAsync(
            new RunRecord(id, DateTimeOffset.UnixEpoch.AddHours(hours), "harness run", "1", "m", null, null)
        );
        long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu", Policy: "mainline-7.2"));
        await writer.PlanAsync(
            host,
            [.. verdicts.Select((_, i) => new CaseRecord($"case{i}", "anon", $"title {i}", "{}"))]
        );
        for (int i = 0; i < verdicts.Length; i++)
            await writer.RecordAsync(
                new ResultRecord(
                    host,
                    $"case{i}",
                    verdicts[i],
                    Rule: "some-rule",
                    Predicted: "a",
                    Observed: verdicts[i] == "match" ? "a" : "b"
                )
            );
        await writer.FinishHostAsync(host, States.Finished);
        await writer.FinishAsync(States.Finished);
    }

    [TestCase("match match", "match match", 0, "no regression; 2 of 2 cases that both judged as before")]
    [TestCase("match match", "match mismatch", 1, "1 regression; 1 of 2 cases that both judged as before")]
    [TestCase("mismatch match", "match match", 0, "no regression, 1 fixed; 1 of 2 cases that both judged as before")]
    [TestCase(
        "match skip",
        "match mismatch",
        0,
        "no regression, 1 bad without an answer before; 1 of 1 case that both judged as before"
    )]
    [TestCase("match match", "unstable match", 0, "no regression, 1 unstable; 1 of 2 cases that both judged as before")]
    [TestCase("skip skip", "match match", 3, "nothing could be compared: no case was judged on both sides")]
    public async Task The_exit_code_says_whether_something_regressed(
        string before,
        string after,
        int expected,
        string total
    )
    {
        await StoreAsync("first", 0, before.Split(' '));
        await StoreAsync("second", 1, after.Split(' '));
        foreach (
            string runs in new[]
            {
                "compare",
                "compare first second",
                "compare previous last",
                "compare fir sec --all",
                "compare first",
            }
        )
        {
            var (code, output, error) = await Harness(runs);
            Assert.That((code, output.TrimEnd().Split('\n')[^1], error), Is.EqualTo((expected, total, "")), runs);
        }
        Assert.That((await Harness("compare --json")).Code, Is.EqualTo(expected));
    }

    [TestCase("last", "second")]
    [TestCase("newest", "second")]
    [TestCase("previous", "first")]
    [TestCase("fir", "first")]
    public async Task A_run_goes_by_the_same_names_with_every_verb(string name, string run)
    {
        await StoreAsync("first", 0, "match");
        await StoreAsync("second", 1, "match");
        Assert.That((await Harness($"report {name} --json")).Out, Does.Contain($"\"id\":\"{run}\""));
        Assert.That((await Harness($"export {name} --format csv")).Out, Does.Contain($"\n{run},"));
        Assert.That(
            (await Harness($"identify gh200 --run {name}")).Error,
            Does.Contain($"run {run} has no target 'gh200'")
        );
    }

    [TestCase("previous", "results.db holds no run before only")]
    [TestCase("other", "results.db holds no run 'other'")]
    public async Task A_run_that_is_to_continue_is_found_like_any_other(string name, string message)
    {
        await StoreAsync("only", 0, "match");
        var request = new ResumeRequest(
            name,
            Path.Combine(Directory, "results.db"),
            new RunOptions(false),
            "harness run",
            TimeSpan.Zero
        );
        Assert.That(
            () =>
                RunAction.ResumeAsync(
                    request,
                    new HarnessConsole(TextWriter.Null, TextWriter.Null, false, false, Directory),
                    default
                ),
            Throws.TypeOf<UsageException>().With.Message.EndsWith(message)
        );
    }

    [TestCase("compare", "results.db holds no run before only")]
    [TestCase("report other", "results.db holds no run 'other'")]
    [TestCase("report previous", "results.db holds no run before only")]
    [TestCase("export other --format csv", "results.db holds no run 'other'")]
    [TestCase("identify --run other", "results.db holds no run 'other'")]
    [TestCase("compare only only", "'only' and 'only' are the same run: only")]
    [TestCase("compare only other", "results.db holds no run 'other'")]
    public async Task Runs_that_are_not_there_or_are_one_are_bad_usage(string line, string message)
    {
        await StoreAsync("only", 0, "match");
        var (code, output, error) = await Harness(line);
        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(error, Does.StartWith("harness: ").And.Contain(message));
    }

    [TestCase("junit", "<?xml version=")]
    [TestCase("ktap", "KTAP version 1\n1..1\n")]
    [TestCase("kcidb", "{\"version\":{\"major\":5,")]
    [TestCase("csv", "run,target,kind,")]
    public async Task A_run_is_exported_to_the_console_or_to_a_file_alike(string format, string begin)
    {
        await StoreAsync("only", 0, "match", "mismatch");
        var (code, output, _) = await Harness($"export --format {format}");
        var file = await Harness($"export only --format {format} --output out.txt");
        Assert.Multiple(() =>
        {
            Assert.That((code, file.Code, file.Out), Is.EqualTo((0, 0, "")));
            Assert.That(output, Does.StartWith(begin));
            Assert.That(File.ReadAllText(Path.Combine(Directory, "out.txt")), Is.EqualTo(output));
            Assert.That(System.IO.Directory.GetFiles(Directory, "out.txt*"), Has.Length.EqualTo(1));
        });
    }

    [Test]
    public async Task Failed_export_leaves_no_file_and_exits_3()
    {
        await StoreAsync("only", 0, "match");
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, "folder"));
        foreach (string output in new[] { "no/such/out.csv", "folder" })
        {
            var (code, text, error) = await Harness($"export --format csv --output {output}");
            Assert.That((code, text), Is.EqualTo((3, "")), error);
        }
        Assert.That(System.IO.Directory.GetFiles(Directory, "folder*"), Is.Empty);
    }

    [Test]
    public async Task The_origin_of_kcidb_is_the_one_given()
    {
        await StoreAsync("only", 0, "match");
        Assert.That(
            (await Harness("export --format kcidb --origin my_lab")).Out,
            Does.Contain("\"id\":\"my_lab:only/fwb/case0\"")
        );
    }
}
