using Harness.Cli.Actions;
using Harness.Protocol;
using Harness.Store;

namespace Harness.Cli.Tests;

/// <summary>Commands for runs of cases report an error for a run of migrations.</summary>
public sealed class PairRunTests : CommandFixture
{
    private const string Migration = "53b05b87dd0c";

    private string _database = "";

    [SetUp]
    public async Task StoreRun()
    {
        _database = Path.Combine(Directory, "results.db");
        var pair = HostRecord.Pair(
            new HostRecord("fwb", Store.HostKinds.Qemu),
            new HostRecord("lab", Store.HostKinds.Ssh)
        );
        var (writer, _) = await ResultStore
            .OpenOrCreate(_database)
            .BeginRunAsync(
                new RunRecord("moved", DateTimeOffset.UtcNow, "harness migrate", "1.0", "m", null, null),
                [new PlannedHost(pair, [new CaseRecord(Migration, "migration:x", "x moved", "{}")])]
            );
        await writer.DisposeAsync();
    }

    [Test]
    public async Task A_run_of_migrations_is_not_identified()
    {
        var (code, _, error) = await Harness("identify --run moved");
        Assert.That(
            (code, error),
            Is.EqualTo(
                (
                    2,
                    "harness: run moved is one of migrations, each of which shows two hosts at once: name a run of cases\n"
                )
            )
        );
    }

    [Test]
    public void Evidence_of_a_migration_of_which_nothing_was_observed_is_refused() =>
        Assert.That(
            async () =>
                await EvidenceAction.ExecuteAsync(
                    new EvidenceRequest(Migration, "moved", null, _database, null),
                    Quiet,
                    default
                ),
            Throws
                .TypeOf<UsageException>()
                .With.Message.EqualTo($"run moved saw nothing of {Migration} on fwb -> lab: planned")
        );

    [TestCase("lab")]
    [TestCase("fwb -> lab")]
    [TestCase(null)]
    public async Task Evidence_of_a_migration_has_both_hosts_and_all_observations(string? target)
    {
        var (fwb, lab) = (
            new HostRecord("fwb", Store.HostKinds.Qemu, "7.2.12", Facts: "{}"),
            new HostRecord("lab", Store.HostKinds.Ssh, "6.12.1")
        );
        var (writer, ids) = await ResultStore
            .OpenOrCreate(_database)
            .BeginRunAsync(
                new RunRecord("made", DateTimeOffset.UtcNow, "harness migrate", "1.0", "m", null, null),
                [
                    new PlannedHost(
                        HostRecord.Pair(fwb, lab),
                        [new CaseRecord(Migration, "migration:x", "x moved", "{}")]
                    ),
                ]
            );
        string observation = Messages.Text(
            new Observation(Migration, ObservationEnd.Completed, null, 1, [], ["a line of the log"])
        );
        await writer.RecordAsync(
            new ResultRecord(
                ids[0],
                Migration,
                Verdicts.Mismatch,
                Culprits.Kernel,
                "why",
                Attempts: [new(observation), new(observation)]
            )
            {
                Migration = new(Stage: "registration", Errno: "EINVAL"),
            }
        );
        await writer.DisposeAsync();
        string path = Path.Combine(Directory, "e.tar.gz");
        Assert.That(
            await EvidenceAction.ExecuteAsync(
                new EvidenceRequest(Migration, "made", target, _database, path),
                Quiet,
                default
            ),
            Is.Zero
        );

        using var reader = new System.Formats.Tar.TarReader(
            new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress)
        );
        var files = new Dictionary<string, string>();
        while (reader.GetNextEntry() is { } entry)
            if (entry.DataStream is { } data)
                files[Path.GetFileName(entry.Name)] = new StreamReader(data).ReadToEnd();
        Assert.That(
            files.Keys,
            Is.EquivalentTo(
                new[]
                {
                    "README.txt",
                    "destination.json",
                    "kernel-log.txt",
                    "migration.json",
                    "observation-1.json",
                    "observation-2.json",
                    "run.json",
                    "source.json",
                }
            )
        );
        Assert.That(files["source.json"], Does.Contain("\"7.2.12\""));
        Assert.That(files["destination.json"], Does.Contain("\"6.12.1\""));
        Assert.That(
            files["migration.json"],
            Does.Contain("\"stage\": \"registration\"").And.Contain("\"errno\": \"EINVAL\"")
        );
        Assert.That(files["kernel-log.txt"], Does.Contain("a line of the log"));
        Assert.That(files["README.txt"], Does.Contain($"migrate {Migration} --from fwb --to lab"));
    }

    [Test]
    public void A_run_of_migrations_that_another_model_judged_is_not_resumed() =>
        Assert.That(
            async () =>
                await RunAction.ResumeAsync(
                    new ResumeRequest("moved", _database, new RunOptions(false), "harness run", default),
                    Quiet,
                    default
                ),
            Throws.TypeOf<Harness.Runs.Resuming.ResumeException>().With.Message.Contains("was judged by another model")
        );

    [Test]
    public void A_migration_is_no_case_and_what_it_is_is_reported() =>
        Assert.That(
            () => CasesAction.Find(Migration),
            Throws
                .TypeOf<UsageException>()
                .With.Message.Contains($"is a migration: scripts/harness migrate {Migration}")
        );

    private HarnessConsole Quiet => new(TextWriter.Null, TextWriter.Null, false, false, Directory);
}
