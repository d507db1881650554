using Harness.Cli.Configuration;
using Harness.Processes;
using Harness.Store;
using Harness.Targets;

namespace Harness.Cli.Tests;

public sealed class OutcomeTests : CommandFixture
{
    [Test]
    public void Exit_codes_of_the_documentation_are_those_of_the_help()
    {
        string document = File.ReadAllText(Path.Combine(Installation.Root!, "docs", "results.md"));
        string section = document[document.IndexOf("\n## Exit codes\n", StringComparison.Ordinal)..];
        Assert.That(
            section.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(1),
            Is.EqualTo(ExitCodes.All.Select(e => $"| {e.Code} | {e.Meaning} |"))
        );
        Assert.That(section, Does.Contain(ExitCodes.Precedence));
    }

    [Test]
    public void Verdicts_that_a_known_difference_can_have_are_the_bad_ones() =>
        Assert.That(
            Enum.GetNames<KnownVerdict>().Order(),
            Is.EqualTo(Verdicts.Of(VerdictClass.Bad).Select(v => Verdicts.Of(v).Kind.ToString()).Order())
        );

    private static IEnumerable<TestCaseData> Errors()
    {
        yield return new TestCaseData(new StoreFullException("r.db: the disk is full", new IOException()), 3);
        yield return new TestCaseData(new TargetException(TargetFailure.QemuDied, "fwb", "QEMU died"), 3);
        yield return new TestCaseData(new ProgramNotFoundException("ssh", "PATH"), 3);
        yield return new TestCaseData(new IOException("no space left"), 3);
        yield return new TestCaseData(new OperationCanceledException(), 130);
        yield return new TestCaseData(new InvalidOperationException("what only we can cause"), 70);
    }

    [TestCaseSource(nameof(Errors))]
    public async Task Each_kind_of_error_has_its_exit_code_and_no_stack_trace(Exception thrown, int expected)
    {
        Behaviour = (_, _) => throw thrown;
        var (code, output, error) = await Harness("run");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(expected));
            Assert.That(error, Does.StartWith("harness: ").And.Not.Contain("   at "));
            Assert.That(error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(output, Is.Empty);
            Assert.That(error.Contains("please report"), Is.EqualTo(expected == 70));
        });
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public async Task An_actions_exit_code_is_the_programs(int code)
    {
        Behaviour = async (_, _) =>
        {
            await Task.Yield();
            return code;
        };
        Assert.That((await Harness("run")).Code, Is.EqualTo(code));
    }

    [Test]
    public async Task Cancelling_reaches_the_action_and_ends_in_130()
    {
        using var cancel = new CancellationTokenSource();
        Behaviour = async (_, token) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
            return 0;
        };
        var (code, _, error) = await Harness("run", cancel.Token);
        Assert.That(code, Is.EqualTo(130));
        Assert.That(error, Is.EqualTo("harness: interrupted\n"));
    }

    [TestCase("match skip outside-model", States.Finished, 0)]
    [TestCase("match mismatch", States.Finished, 1)]
    [TestCase("match hang", States.Finished, 1)]
    [TestCase("match crash", States.Finished, 1)]
    [TestCase("mismatch infrastructure", States.Failed, 1)]
    [TestCase("match infrastructure", States.Finished, 3)]
    [TestCase("match probe-error", States.Finished, 3)]
    [TestCase("match unstable", States.Finished, 3)]
    [TestCase("match erratum", States.Finished, 0)]
    [TestCase("erratum skip", States.Finished, 0)]
    [TestCase("match disagreement", States.Finished, 1)]
    [TestCase("disagreement infrastructure unverified", States.Finished, 1)]
    [TestCase("unverified unstable", States.Finished, 3)]
    [TestCase("unverified match", States.Finished, 4)]
    [TestCase("disagreement mismatch", States.Finished, 1)]
    [TestCase("match", States.Failed, 3)]
    [TestCase("skip", States.Finished, 3)]
    [TestCase("match mismatch planned", States.Interrupted, 130)]
    public async Task A_stored_run_is_reported_with_its_exit_code(string verdicts, string state, int expected)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(Directory, "results.db"));
        await using (
            var writer = await store.BeginRunAsync(
                new RunRecord("one", DateTimeOffset.UtcNow, "harness run", "1", "m", null, null)
            )
        )
        {
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            string[] words = verdicts.Split(' ');
            await writer.PlanAsync(host, [.. words.Select(v => new CaseRecord(v, "c", "t", "{}"))]);
            foreach (string v in words.Where(v => v != Verdicts.Planned))
                await writer.RecordAsync(new ResultRecord(host, v, v));
            await writer.FinishHostAsync(host, state);
            await writer.FinishAsync(state);
        }
        Assert.That((await Harness("report")).Code, Is.EqualTo(expected));
        var json = await Harness("report on --json");
        Assert.That(json.Code, Is.EqualTo(expected));
        Assert.That(json.Out, Does.StartWith("{\"type\":\"run\",\"id\":\"one\""));
        var html = await Harness("report on --html one.html");
        Assert.That((html.Code, html.Out), Is.EqualTo((expected, "")));
        Assert.That(
            File.ReadAllText(Path.Combine(Directory, "one.html")),
            Does.StartWith("<!doctype html>\n").And.EndWith("</html>\n")
        );
        Assert.That(System.IO.Directory.GetFiles(Directory, "*.part"), Is.Empty);
        Assert.That(
            await Harness("report --html no/such/one.html"),
            Is.EqualTo((2, "", $"harness: --html {Directory}/no/such/one.html: there is no such directory\n"))
        );
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, "folder"));
        var onFolder = await Harness("report --html folder");
        Assert.That((onFolder.Code, onFolder.Out), Is.EqualTo((2, "")));
        Assert.That(onFolder.Error, Does.StartWith($"harness: --html {Directory}/folder: "));
        Assert.That(System.IO.Directory.GetFiles(Directory, "folder*"), Is.Empty);
        Assert.That((await Harness("db check results.db")).Code, Is.Zero);
        Assert.That((await Harness("report two")).Code, Is.EqualTo(2));
    }
}
