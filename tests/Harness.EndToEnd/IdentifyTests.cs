using System.Text.Json;

namespace Harness.EndToEnd;

/// <summary>Identifies the policy of a booted kernel by its behaviour.</summary>
[Category("Qemu")]
public class IdentifyTests
{
    [TestCase("fwb", 2)]
    [TestCase("nofwb-6.12", 2)]
    // Distinguishing 6.1 from its neighbours requires VM_ALLOW_ANY_UNCACHED, which it lacks, or tags, which that CPU
    // lacks.
    [TestCase("fwb-6.1", 4)]
    [OnReadReleases("7.2", "6.12", "6.1")]
    public async Task A_booted_kernel_is_named_and_each_policy_that_is_not_is_contradicted(string target, int most)
    {
        using var cli = new Cli();
        var end = await cli.RunAsync("identify", target, "--json", "--db", cli.Database);
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);

        var found = JsonDocument.Parse(end.Out).RootElement;
        Assert.That(
            Names(found).ToList(),
            Has.Member(cli.Stored().Run.Hosts.Single().Host.Policy).And.Count.LessThanOrEqualTo(most),
            "the policy of its release, and no other but those that this CPU can't tell from it"
        );
        var others = found.GetProperty("others").EnumerateArray().ToList();
        Assert.That(others, Has.Count.GreaterThanOrEqualTo(16));
        foreach (var contradiction in others.SelectMany(o => o.GetProperty("contradictions").EnumerateArray()))
            Assert.That(
                contradiction.GetProperty("predicted").GetString(),
                Is.Not.EqualTo(contradiction.GetProperty("observed").GetString())
            );
        Assert.That(others, Has.All.Matches<JsonElement>(o => o.GetProperty("contradictions").GetArrayLength() > 0));

        var (_, results) = cli.Stored();
        Assert.That(
            results[target].Where(r => r.Verdict is not ("match" or "skip")).Select(r => $"{r.Verdict}: {r.Reason}"),
            Is.Empty
        );
        Assert.That(results[target].Count(r => r.Verdict == "match"), Is.GreaterThanOrEqualTo(25));
    }

    [Test]
    [OnReadReleases("7.2")]
    public async Task A_run_that_was_judged_under_a_wrong_policy_is_identified_by_what_the_kernel_did()
    {
        using var cli = new Cli();
        var run = await cli.RunAsync(
            "run",
            "--target",
            "fwb",
            "--policy",
            "mainline-6.9",
            "--db",
            cli.Database,
            "--filter",
            "family=core & backing=pfnmap & memory=unknown & type=wb & sharing=shared & vma=rw & slot=none & access=read & mte=no"
        );
        Assert.That(run.Code, Is.EqualTo(1), run.Error + run.Out);

        var end = await cli.RunAsync("identify", "--run", "newest", "--json", "--db", cli.Database);

        Assert.That(end.Code, Is.Zero, end.Error);
        var found = JsonDocument.Parse(end.Out).RootElement;
        Assert.That(Names(found), Is.EqualTo(new[] { OnReadReleasesAttribute.ChoiceOf("7.2")!.Policy!.Name }));
        var wrong = found
            .GetProperty("others")
            .EnumerateArray()
            .Single(o => o.GetProperty("policy").GetString() == "mainline-6.9");
        Assert.That(
            wrong.GetProperty("contradictions")[0].GetProperty("rule").GetString(),
            Is.EqualTo("device-unless-map-memory")
        );
    }

    private static IEnumerable<string?> Names(JsonElement found) =>
        found.GetProperty("remaining").EnumerateArray().Select(p => p.GetString());
}
