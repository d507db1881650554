using Harness.Store.Keeping;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Tests;

/// <summary>Programs of other test suites, beside the cases of a host.</summary>
public sealed class PeerTests : StoreFixture
{
    private static readonly PeerPlan s_first = new("page_fault_test", "arm64/page_fault_test", "-m 6", "family=core");
    private static readonly PeerPlan s_second = new("at", "arm64/at", "", null);

    private static readonly PeerRecord s_passed = new(
        "page_fault_test",
        PeerStates.Passed,
        null,
        PeerRelations.Same,
        null
    )
    {
        Program = "aarch64/page_fault_test",
        Source = "linux-source-6.12 6.12.117-1",
        ExitCode = 0,
        Output = "ok",
        Agreed = 3,
        Unanswered = 1,
        DurationMicros = 1_500_000,
    };

    private static readonly PeerRecord s_failed = new(
        "at",
        PeerStates.Failed,
        "at.c:1: expected",
        PeerRelations.Differs,
        "it failed"
    )
    {
        Program = "arm64/at",
        ExitCode = 254,
        KernelReports = ["WARNING in f"],
    };

    private async Task<ResultStore> WriteAsync(params PeerRecord[] records)
    {
        var store = ResultStore.OpenOrCreate(Database);
        var (writer, hosts) = await store.BeginRunAsync(
            ARun(),
            [new PlannedHost(new HostRecord("fwb", HostKinds.Qemu), []) { Peers = [s_first, s_second] }]
        );
        await using (writer)
        {
            foreach (var record in records)
                await writer.RecordPeerAsync(hosts[0], record);
            await writer.FinishHostAsync(hosts[0], States.Finished);
            await writer.FinishAsync(States.Finished);
        }
        return store;
    }

    [Test]
    public async Task What_is_stored_is_read_in_the_order_planned()
    {
        var store = await WriteAsync(s_failed, s_passed);
        var rows = store.Peers(ARun().Id);

        Assert.That(
            rows.Select(r => r.Plan with { Program = "" }),
            Is.EqualTo(new[] { s_first, s_second }.Select(p => p with { Program = "" }))
        );
        Assert.That(rows.Select(r => (r.Target, r.Release)), Is.All.EqualTo(("fwb", (string?)null)));
        Assert.That(rows[0].Record! with { KernelReports = [] }, Is.EqualTo(s_passed with { KernelReports = [] }));
        Assert.That(rows[1].Record!.KernelReports, Is.EqualTo(new[] { "WARNING in f" }));
        Assert.That(
            (rows[1].Record!.Outcome, rows[1].Record!.ExitCode, rows[1].Record!.Source),
            Is.EqualTo(("failed", (int?)254, (string?)null))
        );
        Assert.That(store.Check().Faults, Is.Empty);
    }

    [Test]
    public async Task A_program_without_outcome_on_a_finished_host_is_a_fault_of_the_file()
    {
        var store = await WriteAsync(s_passed);
        Assert.That(store.Peers(ARun().Id)[1].Record, Is.Null);
        Assert.That(
            store.Check().Faults,
            Has.One.Contains("host fwb: finished, but 1 programs of other test suites have no outcome")
        );
    }

    [Test]
    public async Task An_outcome_is_given_once_and_only_to_what_is_planned()
    {
        var store = ResultStore.OpenOrCreate(Database);
        var (writer, hosts) = await store.BeginRunAsync(
            ARun(),
            [new PlannedHost(new HostRecord("fwb", HostKinds.Qemu), []) { Peers = [s_first] }]
        );
        await using (writer)
        {
            await writer.RecordPeerAsync(hosts[0], s_passed);
            Assert.That(
                async () => await writer.RecordPeerAsync(hosts[0], s_passed),
                Throws.InstanceOf<StoreException>().With.Message.Contains("the program has its outcome already")
            );
            Assert.That(
                async () => await writer.RecordPeerAsync(hosts[0], s_failed),
                Throws.InstanceOf<StoreException>().With.Message.Contains("program at of host")
            );
        }
    }

    /// <summary>A failure without a reason, or a difference without an explanation, is of no use.</summary>
    [Test]
    public void The_file_refuses_an_outcome_without_its_reason()
    {
        foreach (
            var bad in new[]
            {
                s_failed with
                {
                    Reason = null,
                },
                s_failed with
                {
                    Explanation = null,
                },
                s_passed with
                {
                    Reason = "none",
                },
                s_passed with
                {
                    Explanation = "none",
                },
                s_passed with
                {
                    Outcome = "good",
                },
            }
        )
        {
            Assert.That(async () => await WriteAsync(bad with { Name = "at" }), Throws.InstanceOf<StoreException>());
            SqliteConnection.ClearAllPools();
            File.Delete(Database);
        }
    }

    [Test]
    public async Task They_are_part_of_a_run_that_is_merged_and_pruned()
    {
        await WriteAsync(s_passed, s_failed);
        var other = ResultStore.OpenOrCreate(Database + ".other");
        Assert.That(other.Merge([Database]).Single().Result, Is.EqualTo(MergeResults.Taken));
        Assert.That(
            other.Peers(ARun().Id).Select(r => r.Record!.Outcome),
            Is.EqualTo(new[] { PeerStates.Passed, PeerStates.Failed })
        );
        Assert.That(other.Merge([Database]).Single().Result, Is.EqualTo(MergeResults.Same));

        Tamper("DROP TRIGGER peer_outcome_is_final; UPDATE peer SET output = 'else' WHERE name = 'at'");
        Assert.That(
            () => other.Merge([Database]),
            Throws.InstanceOf<StoreException>().With.Message.Contains("other content")
        );

        other.Prune([new PrunedRun(ARun().Id, Started, States.Finished, 0, Kept: false, "")]);
        Assert.That(other.Read(c => SqliteFile.Scalar(c, "SELECT count(*) FROM peer")), Is.Zero);
    }
}
