using Harness.Store.Comparing;
using Harness.Store.Keeping;

namespace Harness.Store.Tests;

/// <summary>Shards of a run are merged into one.</summary>
public sealed class ShardMergeTests : StoreFixture
{
    private const int Parts = 3;

    private string File(string name) => $"{Database}.{name}";

    /// <summary>
    /// A run of a shard: of host "fwb" with six cases it has two, and it has a host of its own with as many cases as
    /// its number.
    /// </summary>
    private async Task<ResultStore> WriteAsync(
        string file,
        int number,
        string? night = "night-1",
        string plan = "plan",
        string? id = null,
        int minutes = 0,
        string state = States.Finished,
        Func<HostRecord, HostRecord>? host = null,
        string harness = "0.1",
        int of = Parts
    )
    {
        var store = ResultStore.OpenOrCreate(File(file));
        var run = ARun(id ?? $"{night}-{number}", Started.AddMinutes(minutes + 5 * number)) with
        {
            HarnessVersion = harness,
            Suite = "nightly",
            Shard = new ShardRecord([number], of, plan, 12, night),
        };
        await using var writer = await store.BeginRunAsync(run);
        foreach (
            var (target, cases) in new[]
            {
                ("fwb", Cases(6).Skip(2 * (number - 1)).Take(2).ToList()),
                ($"own-{number}", [.. Cases(number)]),
            }
        )
        {
            var record = new HostRecord(target, "qemu", KernelRelease: "7.2.12", BuildId: "b", Policy: "p");
            long at = await writer.AddHostAsync(new HostRecord(target, "qemu"));
            await writer.PlanAsync(at, cases);
            await writer.DescribeHostAsync(at, host?.Invoke(record) ?? record);
            await writer.AddKnownAsync(
                at,
                [new KnownDifferenceRecord("k", "{}", Culprits.Kernel, "why", null, false, 2, 1)]
            );
            foreach (var c in cases)
                if (state == States.Finished)
                    await writer.RecordAsync(
                        new ResultRecord(at, c.Id, Verdicts.Match, Evidence: ["pte"], Attempts: [new("{}")])
                    );
            await writer.FinishHostAsync(at, state, state == States.Finished ? null : "stopped");
        }
        await writer.FinishAsync(state, state == States.Finished ? null : "stopped");
        return store;
    }

    private IReadOnlyList<MergedRun> Merge(params string[] files) =>
        ResultStore.OpenOrCreate(Database).Merge([.. files.Select(File)]);

    private RunSummary Only() => ResultStore.Open(Database).Runs().Single();

    [Test]
    public async Task All_shards_are_one_finished_run([Values("abc", "cba", "bca")] string order)
    {
        for (int n = 1; n <= Parts; n++)
            await WriteAsync($"{(char)('a' + n - 1)}", n);
        var merged = Merge([.. order.Select(c => $"{c}")]);
        Assert.That(merged.Select(m => m.Result), Is.All.EqualTo(MergeResults.Taken));
        var run = Only();
        Assert.That((run.State, run.Reason, run.Run.Suite), Is.EqualTo((States.Finished, (string?)null, "nightly")));
        Assert.That(run.Run.StartedUtc, Is.EqualTo(Started.AddMinutes(5)), "when the first shard began");
        Assert.That(run.Run.Shard!, Has.Property("IsWhole").True.And.Property("Words").EqualTo("3 shards"));
        Assert.That(merged.Select(m => m.Into), Is.All.EqualTo(run.Run.Id));
        Assert.That(
            run.Hosts.Select(h => (h.Host.Target, h.State, h.Planned, h.Verdicts[Verdicts.Match])),
            Is.EquivalentTo(
                new[]
                {
                    ("fwb", States.Finished, 6, 6),
                    ("own-1", States.Finished, 1, 1),
                    ("own-2", States.Finished, 2, 2),
                    ("own-3", States.Finished, 3, 3),
                }
            )
        );
        Assert.That(run.Hosts.Single(h => h.Host.Target == "fwb").Known.Single(), Has.Property("Asked").EqualTo(6));
        Assert.That(ResultStore.Open(Database).Check(), Has.Property("Faults").Empty);
        Assert.That(RunExit.Of(run), Is.EqualTo(RunExit.Ok));
    }

    [Test]
    public async Task A_missing_shard_is_reported_until_it_is_merged()
    {
        for (int n = 1; n <= Parts; n++)
            await WriteAsync($"{n}", n);
        Merge("1", "3");
        var run = Only();
        Assert.That((run.State, run.Reason), Is.EqualTo((States.Failed, "shard 2 of 3 is missing")));
        Assert.That(run.Run.Shard!.Missing, Is.EqualTo(new[] { 2 }));
        Assert.That(RunExit.Of(run), Is.EqualTo(RunExit.Infrastructure));
        Assert.That(ResultStore.Open(Database).Check().Faults, Is.Empty);
        Merge("2");
        Assert.That((Only().State, Only().Reason), Is.EqualTo((States.Finished, (string?)null)));
    }

    [Test]
    public async Task Merging_again_takes_nothing()
    {
        for (int n = 1; n <= Parts; n++)
            await WriteAsync($"{n}", n);
        Merge("1", "2", "3");
        Assert.That(
            Merge("1", "3").Select(m => (m.Result, m.Into)),
            Is.All.EqualTo((MergeResults.Same, Only().Run.Id))
        );
        Assert.That(Only().Hosts.Sum(h => h.Planned), Is.EqualTo(12));
    }

    [Test]
    public async Task A_database_with_merged_shards_can_be_merged_with_the_others()
    {
        for (int n = 1; n <= Parts; n++)
            await WriteAsync($"{n}", n);
        ResultStore.OpenOrCreate(File("two")).Merge([File("1"), File("2")]);
        Merge("3", "two");
        Assert.That(Only().State, Is.EqualTo(States.Finished));
        Assert.That(Only().Run.Shard!.Numbers, Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public async Task The_database_of_one_shard_can_receive_the_others()
    {
        for (int n = 1; n <= Parts; n++)
            await WriteAsync($"{n}", n);
        var store = ResultStore.OpenOrCreate(File("2"));
        Assert.That(
            store.Runs().Single().Run.Shard,
            Has.Property("Short").EqualTo("2/3").And.Property("IsMerged").False
        );
        store.Merge([File("1"), File("3")]);
        var run = store.Runs().Single();
        Assert.That((run.Run.Id, run.State), Is.EqualTo(("night-1-2", States.Finished)));
        Assert.That(store.Check().Faults, Is.Empty);
    }

    [Test]
    public async Task Nights_are_kept_apart_also_in_one_file()
    {
        for (int n = 1; n <= Parts; n++)
        {
            await WriteAsync($"{n}", n);
            await WriteAsync($"{n}", n, "night-2", minutes: 60);
        }
        Merge("1", "2", "3");
        var runs = ResultStore.Open(Database).Runs();
        Assert.That(
            runs.Select(r => (r.Run.Shard!.Night, r.State, r.Hosts.Sum(h => h.Planned))),
            Is.EqualTo(new[] { ("night-2", States.Finished, 12), ("night-1", States.Finished, 12) })
        );
        Assert.That(PreviousHosts.Of(ResultStore.Open(Database), runs[0].Run.Id), Has.Count.EqualTo(4));
    }

    [Test]
    public async Task Without_a_night_shards_are_merged_if_each_is_there_once()
    {
        for (int n = 1; n <= Parts; n++)
            await WriteAsync($"{n}", n, night: null);
        Merge("1", "2", "3");
        Assert.That(Only().State, Is.EqualTo(States.Finished));
        // The next night is not mixed with this one.
        for (int n = 1; n <= Parts; n++)
            await WriteAsync($"next-{n}", n, night: null, id: $"next-{n}", minutes: 60);
        Merge("next-1", "next-2", "next-3");
        Assert.That(
            ResultStore.Open(Database).Runs().Select(r => r.State),
            Is.EqualTo(new[] { States.Finished, States.Finished })
        );
    }

    [Test]
    public async Task Without_a_night_shards_of_several_runs_stay_runs_of_their_own()
    {
        await WriteAsync("1", 1, night: null);
        await WriteAsync("1", 1, night: null, id: "again", minutes: 60);
        await WriteAsync("2", 2, night: null);
        var merged = Merge("1", "2");
        Assert.That(merged.Select(m => m.Result), Is.All.EqualTo(MergeResults.Apart));
        Assert.That(merged[0].Why, Does.Contain("without --night"));
        Assert.That(ResultStore.Open(Database).Runs(), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task The_last_execution_of_a_shard_counts()
    {
        await WriteAsync("1", 1, state: States.Failed);
        await WriteAsync("1", 1, id: "again", minutes: 60);
        await WriteAsync("2", 2);
        await WriteAsync("3", 3);
        var merged = Merge("1", "2", "3");
        Assert.That(merged.Single(m => m.Result == MergeResults.Replaced).Run, Is.EqualTo("night-1-1"));
        Assert.That(Only().State, Is.EqualTo(States.Finished));
    }

    [Test]
    public async Task A_shard_that_is_there_from_another_execution_is_refused()
    {
        await WriteAsync("1", 1);
        await WriteAsync("other", 1, id: "again", minutes: 60);
        Merge("1");
        Assert.That(
            () => Merge("other"),
            Throws
                .TypeOf<StoreException>()
                .With.Message.Contains("run again is shard 1 of night night-1, which run night-1-1 here has already")
        );
        Assert.That(Only().Hosts.Sum(h => h.Planned), Is.EqualTo(3));
    }

    [Test]
    public async Task A_shard_of_another_plan_is_not_of_the_same_run()
    {
        await WriteAsync("1", 1);
        await WriteAsync("2", 2, plan: "cut by other times");
        Merge("1", "2");
        Assert.That(
            ResultStore.Open(Database).Runs().Select(r => r.Reason),
            Is.EquivalentTo(new[] { "shards 2, 3 of 3 are missing", "shards 1, 3 of 3 are missing" })
        );
    }

    [Test]
    public async Task Parts_of_a_host_with_another_kernel_or_of_another_harness_are_not_mixed()
    {
        await WriteAsync("1", 1);
        await WriteAsync("2", 2, host: h => h with { BuildId = "c" });
        await WriteAsync("3", 3, harness: "0.2");
        var merged = Merge("1", "2", "3");
        Assert.That(merged.Select(m => m.Result), Is.EqualTo(new[] { "taken", "apart", "apart" }));
        Assert.That(merged[1].Why, Does.EndWith("its host fwb has another build id (c; there b)"));
        Assert.That(merged[2].Why, Does.EndWith("it has another harness version (0.2; there 0.1)"));
        Assert.That(ResultStore.Open(Database).Check().Faults, Is.Empty);
    }

    [Test]
    public async Task An_interrupted_shard_makes_the_run_interrupted_and_keeps_its_cases_planned()
    {
        await WriteAsync("1", 1);
        await WriteAsync("2", 2, state: States.Interrupted);
        await WriteAsync("3", 3);
        Merge("1", "2", "3");
        Assert.That((Only().State, Only().Reason), Is.EqualTo((States.Interrupted, "stopped")));
        var fwb = Only().Hosts.Single(h => h.Host.Target == "fwb");
        Assert.That(
            (fwb.State, fwb.Verdicts[Verdicts.Match], fwb.Verdicts[Verdicts.Planned]),
            Is.EqualTo((States.Interrupted, 4, 2))
        );
        Assert.That(ResultStore.Open(Database).Check().Faults, Is.Empty);
    }

    [Test]
    public async Task All_shards_with_too_few_cases_are_an_error()
    {
        // Two shards of two, with nine cases of the twelve that were planned.
        await WriteAsync("1", 1, of: 2);
        await WriteAsync("2", 2, of: 2);
        Assert.That(
            () => Merge("1", "2"),
            Throws.TypeOf<StoreException>().With.Message.Contains("has all 2 shards, but 7 cases instead of 12")
        );
        Assert.That(ResultStore.Open(Database).Runs(), Is.Empty);
    }

    [Test]
    public async Task A_run_between_the_shards_keeps_the_latest_verdicts_right()
    {
        await WriteAsync("1", 1);
        await WriteAsync("2", 2);
        var store = ResultStore.OpenOrCreate(Database);
        store.Merge([File("2")]);
        await using (var writer = await store.BeginRunAsync(ARun("between", Started.AddMinutes(7))))
        {
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(host, Cases(6));
            foreach (var c in Cases(6))
                await writer.RecordAsync(new ResultRecord(host, c.Id, Verdicts.Match));
            await writer.FinishHostAsync(host, States.Finished);
            await writer.FinishAsync(States.Finished);
        }
        store.Merge([File("1")]);
        Assert.That(store.Check().Faults, Is.Empty);
    }

    [Test]
    public async Task A_shard_is_compared_with_the_same_shard_of_the_night_before()
    {
        foreach (var (night, minutes) in new[] { ("night-1", 0), ("night-2", 60) })
        {
            await WriteAsync("all", 1, night, minutes: minutes);
            await WriteAsync("all", 2, night, minutes: minutes);
        }
        var store = ResultStore.Open(File("all"));
        Assert.That(PreviousHosts.RunBefore(store, "night-2-1"), Is.EqualTo("night-1-1"));
        Assert.That(PreviousHosts.RunBefore(store, "night-2-2"), Is.EqualTo("night-1-2"));
        Assert.That(PreviousHosts.Of(store, "night-2-1").Select(p => p.PreviousRun), Is.All.EqualTo("night-1-1"));
    }

    [Test]
    public async Task The_time_of_a_host_in_parts_is_the_sum_of_theirs()
    {
        for (int n = 1; n <= Parts; n++)
            await WriteAsync($"{n}", n);
        double parts = Enumerable.Range(1, Parts).Sum(n => ResultStore.Open(File($"{n}")).Paces()["fwb"] * 2);
        Merge("1", "2", "3");
        Assert.That(ResultStore.Open(Database).Paces()["fwb"] * 6, Is.EqualTo(parts).Within(0.01));
    }
}
