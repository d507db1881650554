namespace Harness.Store.Tests;

public sealed class ResumingTests : StoreFixture
{
    private static readonly HostRecord s_fwb = new("fwb", "qemu");

    private static async Task<(string Run, long Done, long Open, long Lost)> Interrupted(
        ResultStore store,
        string state = States.Interrupted
    )
    {
        await using var writer = await store.BeginRunAsync(ARun() with { Executor = """{"pid":1}""" });
        long done = await writer.AddHostAsync(new HostRecord("done", "qemu"));
        long open = await writer.AddHostAsync(s_fwb);
        long lost = await writer.AddHostAsync(new HostRecord("lost", "ssh"));
        foreach (long host in new[] { done, open, lost })
        {
            await writer.PlanAsync(host, Cases(2));
            await writer.DescribeHostAsync(
                host,
                new HostRecord(
                    host == done ? "done"
                        : host == open ? "fwb"
                        : "lost",
                    "qemu"
                )
            );
            await writer.RecordAsync(
                new ResultRecord(host, "case-000", host == lost ? Verdicts.Infrastructure : Verdicts.Match)
            );
        }
        await writer.RecordAsync(new ResultRecord(done, "case-001", Verdicts.Match));
        await writer.RecordAsync(new ResultRecord(lost, "case-001", Verdicts.Infrastructure));
        await writer.FinishHostAsync(done, States.Finished);
        await writer.FinishHostAsync(open, States.Interrupted, "stopped by the user");
        await writer.FinishHostAsync(lost, States.Failed, "no route");
        await writer.FinishAsync(state, "why");
        return (writer.Run, done, open, lost);
    }

    [Test]
    public async Task A_run_that_did_not_finish_continues_where_it_stopped()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var (run, done, open, lost) = await Interrupted(store);
        await using (var writer = await store.ResumeRunAsync(run, """{"pid":2}"""))
        {
            var now = store.Run(run)!;
            Assert.That(
                (now.State, now.Reason, now.FinishedUtc, now.Run.Executor),
                Is.EqualTo((States.Running, (string?)null, (DateTimeOffset?)null, """{"pid":2}"""))
            );
            Assert.That(
                now.Hosts.Select(h => (h.Id, h.State, h.Reason)),
                Is.EqualTo(
                    new[]
                    {
                        (done, States.Finished, null),
                        (open, States.Planned, null),
                        (lost, States.Failed, "no route"),
                    }
                )
            );
            Assert.That(now.Hosts[1].FinishedUtc, Is.Null);
            await writer.DescribeHostAsync(open, s_fwb with { KernelRelease = "7.2" });
            await writer.RecordAsync(new ResultRecord(open, "case-001", Verdicts.Match));
            Assert.That(
                async () => await writer.RecordAsync(new ResultRecord(lost, "case-001", Verdicts.Match)),
                Throws.TypeOf<StoreException>().With.Message.Contains("has its verdict already")
            );
            await writer.FinishHostAsync(open, States.Finished);
            await writer.FinishAsync(States.Failed, "lost: no route");
        }
        var end = store.Run(run)!;
        Assert.That(end.Hosts.Select(h => h.Verdicts.GetValueOrDefault(Verdicts.Planned)), Is.All.Zero);
        Assert.That(end.Hosts[1].State, Is.EqualTo(States.Finished));
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Notes").Empty);
    }

    [TestCase(States.Failed)]
    [TestCase(States.Interrupted)]
    public async Task It_can_be_resumed_again_and_again(string state)
    {
        var store = ResultStore.OpenOrCreate(Database);
        var (run, _, _, _) = await Interrupted(store, state);
        for (int i = 0; i < 3; i++)
            await using (await store.ResumeRunAsync(run, $$"""{"pid":{{i}}}""")) { }
        Assert.That(store.Run(run)!.State, Is.EqualTo(States.Failed));
    }

    [Test]
    public async Task A_finished_run_and_one_that_is_not_there_are_refused_and_left_alone()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var (run, _, _, _) = await Interrupted(store, States.Finished);
        var before = store.Run(run);
        Assert.That(
            async () => await store.ResumeRunAsync(run, "{}"),
            Throws.TypeOf<StoreException>().With.Message.Contains("is finished")
        );
        Assert.That(
            async () => await store.ResumeRunAsync("nil", "{}"),
            Throws.TypeOf<StoreException>().With.Message.EqualTo("there is no run nil")
        );
        Assert.That(store.Run(run)!.FinishedUtc, Is.EqualTo(before!.FinishedUtc));
        Assert.That(store.Run(run)!.Run.Executor, Is.EqualTo(before.Run.Executor));
    }

    [Test]
    public async Task The_former_writer_of_a_run_can_not_write_to_it_any_more()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var old = await store.BeginRunAsync(ARun() with { Executor = """{"pid":1}""" });
        long host = await old.AddHostAsync(s_fwb);
        await old.PlanAsync(host, Cases(3));
        await using (var fresh = await store.ResumeRunAsync(old.Run, """{"pid":2}"""))
        {
            Assert.That(
                async () => await old.RecordAsync(new ResultRecord(host, "case-000", Verdicts.Mismatch)),
                Throws.TypeOf<StoreException>().With.Message.Contains("resumed by another process")
            );
            Assert.That(async () => await old.FinishAsync(States.Failed), Throws.TypeOf<StoreException>());
            foreach (var c in Cases(3))
                await fresh.RecordAsync(new ResultRecord(host, c.Id, Verdicts.Match));
            await fresh.FinishHostAsync(host, States.Finished);
            await fresh.FinishAsync(States.Finished);
        }
        Assert.That(store.Run()!.Hosts[0].Verdicts, Is.EquivalentTo(new Dictionary<string, int> { ["match"] = 3 }));
        Assert.That(store.Run()!.State, Is.EqualTo(States.Finished));
    }
}
