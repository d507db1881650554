using System.IO.Compression;

namespace Harness.Store.Tests;

/// <summary>
/// A file as "harness run" left it on 2026-11-28: two hosts under QEMU with 16 cases each, written by another SQLite, the system's of
/// Debian 12 (3.40).
/// </summary>
public sealed class WrittenBeforeTests : StoreFixture
{
    private const string Run = "2026-11-28T22-28-50Z-fc26";

    [SetUp]
    public void Unpack()
    {
        using var packed = new GZipStream(
            File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Written", "2026-11-28.db.gz")), CompressionMode.Decompress);
        using var file = File.Create(Database);
        packed.CopyTo(file);
    }

    [Test]
    public void It_is_read_with_all_it_holds()
    {
        var store = ResultStore.Open(Database);
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(32));
        var run = store.Run()!;
        Assert.That((run.Run.Id, run.Run.HarnessVersion, run.State), Is.EqualTo((Run, "1.0.0", States.Finished)));
        Assert.That(run.Hosts.Select(h => (h.Host.Target, h.Verdicts[Verdicts.Match], h.MatchEvidence["pte"], h.MatchEvidence["errno"])),
            Is.EqualTo(new[] { ("fwb", 16, 11, 5), ("nofwb", 16, 11, 5) }));
        var first = store.Results(Run)[0];
        Assert.That((first.CaseId, first.Rule, first.Observed, first.StoredUtc),
            Is.EqualTo(("fd23db769a3b", "dic-executable", "registered; read: mapped Normal-WB r-x", new DateTimeOffset(2026, 11, 28, 22, 30, 15, 424, TimeSpan.Zero))));
        Assert.That(first.Path.Select(s => s.Rule),
            Is.EqualTo(new[] { "accept", "host-pte-writable", "driver-page-read", "writable", "normal", "dic-executable" }));
        Assert.That(store.Observations(first.Host, first.CaseId).Single(), Does.StartWith("{\"case\":\"fd23db769a3b\"").And.Length.EqualTo(1522));
    }

    [Test]
    public async Task It_is_written_on()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using (var writer = await store.BeginRunAsync(ARun("2026-11-29T01-00-00Z-ab12", Started.AddDays(8))))
        {
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(host, Cases(1));
            await writer.RecordAsync(new ResultRecord(host, "case-000", Verdicts.Match));
            await writer.FinishHostAsync(host, States.Finished);
            await writer.FinishAsync(States.Finished);
        }
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(33));
        Assert.That(store.Runs().Select(r => r.Run.Id), Is.EqualTo(new[] { "2026-11-29T01-00-00Z-ab12", Run }));
    }
}
