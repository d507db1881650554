using System.Text.Json;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Runs.Sharding;
using Harness.Store;

namespace Harness.Cli.Tests;

public sealed class ShardTests : CommandFixture
{
    [TestCase("run --shard 0/8", "--shard: '0/8' is not a part of a run (allowed: 1/8 to 8/8")]
    [TestCase("run --shard 9/8", "--shard: '9/8' is not a part of a run")]
    [TestCase("run --shard a/b", "--shard: 'a/b' is not a part of a run")]
    [TestCase("run --night x", "--night is for a part of a run: give --shard, too")]
    [TestCase("run --shard-times x", "--shard-times is for a part of a run: give --shard, too")]
    [TestCase("run --shard 1/2 --resume last", "--resume: --shard can't be changed")]
    [TestCase("run --shard 1/2 --shard-times missing.json", "missing.json")]
    [TestCase("run --shard 1/2 --shard-times harness.json", "harness.json")]
    [TestCase("db times missing.db", "missing.db does not exist")]
    public async Task Wrong_requests_are_reported_in_one_line(string line, string message)
    {
        var (code, output, error) = await Harness(line);
        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(error, Does.Contain(message).And.Match("^[^\n]+\n$"));
    }

    [Test]
    public async Task A_commit_is_not_judged_by_a_part_of_a_run()
    {
        var (code, _, error) = await Harness("run --shard 1/2 --git-bisect");
        Assert.That(
            (code, error.Contains("--shard and --git-bisect: one of them", StringComparison.Ordinal)),
            Is.EqualTo((128, true))
        );
    }

    [TestCase("[]", "it has no object \"secondsPerCase\"")]
    [TestCase("{}", "it has no object \"secondsPerCase\"")]
    [TestCase(
        "{\"secondsPerCase\":{\"fwb\":\"fast\"}}",
        "the time of 'fwb' is not a number of seconds (it is \"fast\")"
    )]
    [TestCase("{\"secondsPerCase\":{\"fwb\":-1}}", "the time of 'fwb' is not a number of seconds (it is -1)")]
    [TestCase("{", "depth")]
    public void A_file_that_has_no_times_is_reported(string text, string message)
    {
        string path = Path.Combine(Directory, "times.json");
        File.WriteAllText(path, text);
        Assert.That(() => ShardTimesFile.Load(path), Throws.TypeOf<UsageException>().With.Message.Contains(message));
    }

    [Test]
    public async Task A_part_is_requested_with_its_night_and_times()
    {
        File.WriteAllText(
            Path.Combine(Directory, "times.json"),
            ShardTimesFile.Text(new Dictionary<string, double> { ["fwb"] = 0.25 })
        );
        var (code, _, error) = await Harness("run --suite night --shard 3/8 --night job-7 --shard-times times.json");
        Assert.That((code, error), Is.EqualTo((0, "")));
        var shard = ((RunRequest)Asked!).Shard!;
        Assert.That((shard.Part, shard.Night), Is.EqualTo((new Shard(3, 8), "job-7")));
        Assert.That(shard.SecondsPerCase, Is.EqualTo(new Dictionary<string, double> { ["fwb"] = 0.25 }));
    }

    /// <summary>The nightly suite of this repository.</summary>
    [Test]
    public void Every_case_of_the_nightly_suite_is_in_one_shard([Range(1, 16)] int of)
    {
        var (hosts, plan) = Nightly(of);
        for (int h = 0; h < hosts.Count; h++)
        {
            var planned = plan.Shards.SelectMany(s => s.Where(p => p.Host == h).SelectMany(p => p.Cases)).ToList();
            Assert.That(planned, Has.Count.EqualTo(hosts[h].Cases.Count), hosts[h].Name);
            Assert.That(planned.ToHashSet().SetEquals(hosts[h].Cases), hosts[h].Name);
        }
        long[] cases = [.. plan.Shards.Select(s => s.Sum(h => (long)h.Cases.Count))];
        Assert.That(cases.Max(), Is.LessThan(1.3 * cases.Average()), "without times every case counts the same");
    }

    private static (IReadOnlyList<(string Name, bool, IReadOnlyList<Model.Case> Cases)>, ShardPlan) Nightly(int of)
    {
        var configuration = ConfigurationFile.Load(ConfigurationFile.Find(TestContext.CurrentContext.TestDirectory)!);
        var suite = configuration.Suites["nightly"];
        var byFilter = s_byFilter;
        IReadOnlyList<(string, bool, IReadOnlyList<Model.Case>)> hosts =
        [
            .. configuration
                .HostsOf(suite)
                .Select(h =>
                {
                    string filter = h.Filter ?? suite.Filter!;
                    if (!byFilter.TryGetValue(filter, out var cases))
                        byFilter[filter] = cases = CasesAction.Select(filter);
                    return (h.Name, true, cases);
                }),
        ];
        return (hosts, ShardPlan.Of(hosts, of, new Dictionary<string, double>()));
    }

    private static readonly Dictionary<string, IReadOnlyList<Model.Case>> s_byFilter = [];

    private async Task WriteAsync(string file, int number)
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(Directory, file));
        await using var writer = await store.BeginRunAsync(
            new RunRecord(
                $"run-{number}",
                DateTimeOffset.UnixEpoch,
                $"harness run --shard {number}/2",
                "1",
                "m",
                null,
                null
            )
            {
                Suite = "night",
                Shard = new ShardRecord([number], 2, "plan", 2, "job-7"),
            }
        );
        long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        var record = new CaseRecord($"c{number}", "class", "title", "{}");
        await writer.PlanAsync(host, [record]);
        await writer.DescribeHostAsync(host, new HostRecord("fwb", "qemu"));
        await writer.RecordAsync(new ResultRecord(host, record.Id, Verdicts.Match));
        await writer.FinishHostAsync(host, States.Finished);
        await writer.FinishAsync(States.Finished);
    }

    [Test]
    public async Task Merging_says_which_shard_is_missing_and_ends_with_3()
    {
        await WriteAsync("1.db", 1);
        await WriteAsync("2.db", 2);
        Assert.That((await Harness("show --db 1.db")).Out, Does.Contain("night     job-7\n  shards    shard 1 of 2\n"));
        var (code, output, error) = await Harness("db merge 1.db --into night.db");
        Assert.That((code, error), Is.EqualTo((3, "")));
        Assert.That(output, Does.Contain("run-1  night, night job-7, shard 1 of 2; missing: shard 2\n"));
        Assert.That((await Harness("runs --db night.db")).Out, Does.Contain("failed").And.Contain("[shard 1 of 2]"));

        var whole = await Harness("db merge 1.db 2.db --into night.db --json");
        Assert.That(whole.Code, Is.Zero);
        var lines = whole.Out.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.That(
            lines.Select(l => l.GetProperty("type").GetString()),
            Is.EqualTo(new[] { "merge", "merge", "night" })
        );
        Assert.That(lines[2].GetProperty("missing").GetArrayLength(), Is.Zero);
        Assert.That((await Harness("runs --db night.db")).Out, Does.Contain("finished").And.Contain("[2 shards]"));
        Assert.That((await Harness("report --db night.db")).Out, Does.Contain("1 host: 2 match"));
    }

    [Test]
    public async Task Times_are_those_of_hosts_that_finished()
    {
        await WriteAsync("1.db", 1);
        var (code, output, _) = await Harness("db times 1.db");
        Assert.That(code, Is.Zero);
        File.WriteAllText(Path.Combine(Directory, "times.json"), output);
        Assert.That(ShardTimesFile.Load(Path.Combine(Directory, "times.json")).Keys, Is.EqualTo(new[] { "fwb" }));
    }
}
