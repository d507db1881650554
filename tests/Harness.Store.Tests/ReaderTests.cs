namespace Harness.Store.Tests;

public sealed class ReaderTests : StoreFixture
{
    [Test]
    public async Task A_reader_sees_consistent_counts_while_a_writer_writes()
    {
        const int Count = 400;
        var store = ResultStore.OpenOrCreate(Database);
        await using var writer = await store.BeginRunAsync(ARun());
        long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        await writer.PlanAsync(host, Cases(Count));
        var writing = Task.Run(async () =>
        {
            foreach (var chunk in Cases(Count).Chunk(3))
                await Task.WhenAll(
                    chunk.Select(c =>
                        writer.RecordAsync(
                            new ResultRecord(
                                host,
                                c.Id,
                                int.Parse(c.Id[^3..], System.Globalization.CultureInfo.InvariantCulture) % 10 == 0
                                    ? Verdicts.Mismatch
                                    : Verdicts.Match,
                                Evidence: ["pte"],
                                Path: [new("registration", "r")]
                            )
                        )
                    )
                );
        });
        int reads = 0,
            between = 0;
        while (!writing.IsCompleted || reads == 0)
        {
            // One statement is one snapshot: what triggers keep and what it is kept from agree in each.
            var (results, latest, planned) = store.Read(c =>
                c.Rows(
                        """
                        SELECT (SELECT count(*) FROM result WHERE verdict <> 'planned') AS results,
                               (SELECT count(*) FROM latest_verdict) AS latest,
                               (SELECT count(*) FROM result WHERE verdict = 'planned') AS planned
                        """,
                        r => (r.Integer("results"), r.Integer("latest"), r.Integer("planned"))
                    )
                    .Single()
            );
            Assert.That((latest, planned), Is.EqualTo((results, Count - results)));
            reads++;
            between += results is > 0 and < Count ? 1 : 0;
        }
        await writing;
        Assert.That(
            store.Run()!.Hosts[0].Verdicts,
            Is.EquivalentTo(new Dictionary<string, int> { [Verdicts.Match] = 360, [Verdicts.Mismatch] = 40 })
        );
        Assert.That(store.Check().Faults, Is.Empty);
        TestContext.Out.WriteLine($"{reads} reads, {between} of them in between");
    }

    [Test]
    public async Task The_check_finds_nothing_wrong_with_a_file_that_is_being_written()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var writer = await store.BeginRunAsync(ARun());
        long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
        await writer.PlanAsync(host, Cases(200));
        var writing = Task.Run(async () =>
        {
            foreach (var c in Cases(200))
                await writer.RecordAsync(
                    new ResultRecord(
                        host,
                        c.Id,
                        Verdicts.Match,
                        Path: [new("registration", c.Id)],
                        Attempts: [new("{}")]
                    )
                );
        });
        do Assert.That(store.Check().Faults, Is.Empty);
        while (!writing.IsCompleted);
        await writing;
    }
}
