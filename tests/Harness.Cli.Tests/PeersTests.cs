using System.Text.Json;
using Harness.Cli.Actions;
using Harness.Runs.Peers;
using Harness.Store;

namespace Harness.Cli.Tests;

/// <summary>harness peers: its options, its messages, its exit codes and what it prints.</summary>
public sealed class PeersTests : CommandFixture
{
    [TestCase("peers", "peers needs --target T, or --list")]
    [TestCase("peers --target fbw", "unknown target 'fbw': did you mean 'fwb'?")]
    [TestCase("peers --target fwb --test dirty_log_tset", "unknown program 'dirty_log_tset'")]
    [TestCase("peers --target fwb --wait soon", "--wait: 'soon' is no time")]
    public async Task A_mistake_is_one_line(string line, string message)
    {
        var (code, output, error) = await Harness(line);
        Assert.That((code, output), Is.EqualTo((ExitCodes.Usage, "")));
        Assert.That(error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(error, Does.StartWith("harness: ").And.Contain(message));
        Assert.That(Asked, Is.Null);
    }

    [Test]
    public async Task Without_names_every_program_runs_on_each_target_once()
    {
        Assert.That((await Harness("peers --target fwb --target lab --target fwb")).Code, Is.Zero);
        var request = (PeersRequest)Asked!;
        Assert.That(request.Targets.Select(t => t.Name), Is.EqualTo(new[] { "fwb", "lab" }));
        Assert.That(request.Programs, Is.EqualTo(PeerCatalog.All));
        Assert.That(
            (request.Refresh, request.How.Json, request.Database),
            Is.EqualTo((false, false, Path.Combine(Directory, "results.db")))
        );
    }

    [Test]
    public async Task Named_programs_run_in_the_order_of_the_catalogue()
    {
        await Harness("peers --target fwb --test guest_memfd_test --test dirty_log_test:ring --test dirty_log_test");
        Assert.That(
            ((PeersRequest)Asked!).Programs.Select(p => p.Name),
            Is.EqualTo(
                new[] { "dirty_log_test:log", "dirty_log_test:clear", "dirty_log_test:ring", "guest_memfd_test" }
            )
        );
    }

    [Test]
    public async Task The_list_needs_neither_host_nor_configuration()
    {
        File.Delete(Path.Combine(Directory, "harness.json"));
        var (code, output, _) = await Harness("peers --list");
        Assert.That(code, Is.Zero);
        Assert.That(output.Split('\n'), Has.Some.StartsWith("dirty_log_test:log  "));
        Assert.That(Asked, Is.Null);

        (_, output, _) = await Harness("peers --list --json --test vm_types_test");
        var line = JsonDocument.Parse(output).RootElement;
        Assert.That(
            (line.GetProperty("type").GetString(), line.GetProperty("name").GetString()),
            Is.EqualTo(("peer-program", "vm_types_test"))
        );
        Assert.That(line.GetProperty("cases").GetInt32(), Is.Positive);
    }

    private static readonly PeerPlan s_plan = new("x", "x", "-i 3", null);

    private static PeerRow Row(string outcome, string relation) =>
        new(1, "fwb", "7.3.4", s_plan, new PeerRecord("x", outcome, "so", relation, "thus"));

    private static int Code(params PeerRow[] rows) =>
        PeersAction.Code(
            new RunSummary(
                new RunRecord("r", DateTimeOffset.UnixEpoch, "", "", "", null, null),
                States.Finished,
                null,
                null,
                []
            ),
            rows
        );

    [Test]
    public void Only_what_nothing_explains_is_a_failure()
    {
        var same = Row(PeerStates.Passed, PeerRelations.Same);
        Assert.That(Code(same), Is.EqualTo(ExitCodes.Ok));
        Assert.That(Code(same, Row(PeerStates.Failed, PeerRelations.Explained)), Is.EqualTo(ExitCodes.Ok));
        Assert.That(Code(same, Row(PeerStates.Skipped, PeerRelations.NotCompared)), Is.EqualTo(ExitCodes.Ok));
        Assert.That(Code(same, Row(PeerStates.NotRun, PeerRelations.NotCompared)), Is.EqualTo(ExitCodes.Ok));
        Assert.That(
            Code(same, Row(PeerStates.Timeout, PeerRelations.NotCompared)),
            Is.EqualTo(ExitCodes.Infrastructure)
        );
        Assert.That(Code(same, Row(PeerStates.Timeout, PeerRelations.Explained)), Is.EqualTo(ExitCodes.Ok));
        Assert.That(Code(same, Row(PeerStates.Lost, PeerRelations.NotCompared)), Is.EqualTo(ExitCodes.Infrastructure));
        Assert.That(Code(same, same with { Record = null }), Is.EqualTo(ExitCodes.Infrastructure));
        Assert.That(
            Code(Row(PeerStates.Timeout, PeerRelations.NotCompared), Row(PeerStates.Failed, PeerRelations.Differs)),
            Is.EqualTo(ExitCodes.Mismatch)
        );
    }
}
