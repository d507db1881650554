using Harness.Cli.Actions;

namespace Harness.Cli.Tests;

/// <summary>The options of harness explore, and its error messages.</summary>
public sealed class ExploreUsageTests : CommandFixture
{
    private const string Program = "anonymous:shared vma=rw slot=log do=write.last,dirty-log restored";

    [TestCase("explore", "--target")]
    [TestCase("explore --target fbw", "unknown target 'fbw': did you mean 'fwb'? (allowed: fwb, lab)")]
    [TestCase("explore --target fwb --against nofbw", "unknown target 'nofbw'")]
    [TestCase("explore --target fwb --time soon", "--time: 'soon' is no time (allowed: 90s, 10m, 2h)")]
    [TestCase("explore --target fwb --seed x", "--seed: 'x' is no number from 0 to 2147483647")]
    [TestCase("explore --target fwb --steps 2", "--steps: '2' is no number from 3 to 64")]
    [TestCase("explore --target fwb --steps 100", "--steps: '100' is no number from 3 to 64")]
    [TestCase("explore --target fwb --policy mainline-9", "unknown policy 'mainline-9'")]
    [TestCase("explore --target fwb --program nothing", "--program: 'nothing' is not the key of a program")]
    public async Task A_mistake_is_one_line(string line, string message)
    {
        var (code, output, error) = await Harness(line);
        Assert.That((code, output), Is.EqualTo((ExitCodes.Usage, "")));
        Assert.That(error, Does.StartWith("harness: ").And.Contain(message));
        Assert.That(Asked, Is.Null);
    }

    [Test]
    public async Task A_host_that_can_t_be_reached_is_one_line_and_nothing_is_stored()
    {
        File.WriteAllText(
            Path.Combine(Directory, "harness.json"),
            """
            {
              "targets": { "lab": { "kind": "ssh", "destination": "root@127.0.0.1", "port": 9 } },
              "suites": { "default": { "targets": ["lab"] } },
            }
            """
        );
        Real = true;
        var (code, output, error) = await Harness("explore --target lab --time 1s");
        Assert.That((code, output), Is.EqualTo((ExitCodes.Infrastructure, "")), error);
        Assert.That(error.TrimEnd().Split('\n')[^1], Does.StartWith("harness: target 'lab': "));
        Assert.That(error, Does.Not.Contain("internal error"));
        Assert.That(File.Exists(Path.Combine(Directory, "results.db")), Is.False);
    }

    [Test]
    public async Task What_is_not_given_has_its_usual_value()
    {
        Assert.That((await Harness("explore --target fwb")).Code, Is.Zero);
        var request = (ExploreRequest)Asked!;
        Assert.That(
            (request.Target.Name, request.Against, request.Time, request.Seed, request.Steps, request.Corpus),
            Is.EqualTo(("fwb", (NamedTarget?)null, TimeSpan.FromMinutes(10), 1, 40, (string?)null))
        );
    }

    [Test]
    public async Task With_a_program_no_others_are_made_unless_a_time_is_given()
    {
        await Explore("--program", Program);
        var request = (ExploreRequest)Asked!;
        Assert.That((request.Time, request.Programs.Single().Key), Is.EqualTo((TimeSpan.Zero, Program)));

        await Explore("--program", Program, "--time", "5m");
        Assert.That(((ExploreRequest)Asked!).Time, Is.EqualTo(TimeSpan.FromMinutes(5)));
    }

    private async Task Explore(params string[] more)
    {
        using var output = new StringWriter();
        var console = new HarnessConsole(output, output, false, false, Directory);
        string[] args = ["explore", "--target", "fwb", .. more];
        Assert.That(await HarnessCommand.InvokeAsync(args, console, Recording, default), Is.Zero, output.ToString());
    }

    [Test]
    public void A_corpus_is_read_and_grows()
    {
        string file = Path.Combine(Directory, "programs.txt");
        Assert.That(ProgramCorpus.Read(file).Programs, Is.Empty, "there is no such file yet");
        File.WriteAllLines(file, ["# found on 2026-11-30", "", Program]);
        var corpus = ProgramCorpus.Read(file);
        Assert.That(corpus.Programs.Select(p => p.Key), Is.EqualTo(new[] { Program }));

        corpus.Add([corpus.Programs[0]]);
        Assert.That(File.ReadAllLines(file), Has.Length.EqualTo(3), "what it has is not added");

        File.AppendAllText(file, "anonymous:shared vma=rw slot=none do=fly\n");
        Assert.That(
            () => ProgramCorpus.Read(file),
            Throws
                .InstanceOf<UsageException>()
                .With.Message.EndsWith(
                    "programs.txt, line 4: 'anonymous:shared vma=rw slot=none do=fly' is not the key of a program that a machine can run"
                )
        );
    }
}
