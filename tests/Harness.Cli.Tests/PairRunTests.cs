using Harness.Cli.Actions;
using Harness.Store;

namespace Harness.Cli.Tests;

/// <summary>What is asked of runs of cases says so where the run moved VMs.</summary>
public sealed class PairRunTests : CommandFixture
{
    private const string Migration = "53b05b87dd0c";

    private string _database = "";

    [SetUp]
    public async Task StoreRun()
    {
        _database = Path.Combine(Directory, "results.db");
        var pair = HostRecord.Pair(new HostRecord("fwb", Store.HostKinds.Qemu), new HostRecord("lab", Store.HostKinds.Ssh));
        var (writer, _) = await ResultStore.OpenOrCreate(_database).BeginRunAsync(
            new RunRecord("moved", DateTimeOffset.UtcNow, "harness migrate", "1.0", "m", null, null), [new PlannedHost(pair, [new CaseRecord(Migration, "migration:x", "x moved", "{}")])]);
        await writer.DisposeAsync();
    }

    [Test]
    public async Task A_run_of_migrations_is_not_identified()
    {
        var (code, _, error) = await Harness("identify --run moved");
        Assert.That((code, error), Is.EqualTo((2, "harness: run moved moves VMs between hosts, and what they came to is in harness report: name a run of cases\n")));
    }

    [Test]
    public void Nor_is_evidence_packed_of_it() =>
        Assert.That(async () => await EvidenceAction.ExecuteAsync(new EvidenceRequest(Migration, "moved", null, _database, null), Quiet, default),
            Throws.TypeOf<UsageException>().With.Message.Contains("moves VMs between hosts"));

    [Test]
    public void A_run_of_pairs_is_not_resumed() =>
        Assert.That(async () => await RunAction.ResumeAsync(new ResumeRequest("moved", _database, new RunOptions(false), "harness run", default), Quiet, default),
            Throws.TypeOf<UsageException>().With.Message.EqualTo("run moved moves VMs, and such a run is not resumed: start a new one (harness migrate)"));

    [Test]
    public void A_migration_is_no_case_and_what_it_is_is_reported() =>
        Assert.That(() => CasesAction.Find(Migration), Throws.TypeOf<UsageException>().With.Message.Contains($"is a migration: harness migrate {Migration}"));

    private HarnessConsole Quiet => new(TextWriter.Null, TextWriter.Null, false, false, Directory);
}
