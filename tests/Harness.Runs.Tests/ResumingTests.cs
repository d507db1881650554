using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Runs.Tests;

/// <summary>An interrupted run continues where it was, or reports why it can't.</summary>
public sealed class ResumingTests
{
    private const string Probe = "hash";

    private static readonly Case[] Cases =
    [
        .. CaseSpace.Buildable.Where(c =>
            c.Backing
                is { Kind: VmaKind.PfnMap, Memory: KernelMap.Unknown, Sharing: Sharing.Shared, AllowAnyUncached: false }
            && c.VmaWritable
            && c.Slot == SlotFlags.None
            && c.Accesses.Equals(new AccessList(Access.Read))
            && c is { Extent: Extent.Page, Late: false, Mte: false }
        ),
    ];

    private string _folder = "";

    private ResultStore _store = null!;

    [SetUp]
    public void MakeStore()
    {
        _folder = Directory.CreateTempSubdirectory("harness-resume-").FullName;
        _store = ResultStore.OpenOrCreate(Path.Combine(_folder, "results.db"));
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private static Observation True(ProbeProgram program)
    {
        var c = Cases.Single(c => c.Id == program.Case);
        return Seen.ReadMapped(c, c.Backing.Cacheable ? Seen.NormalRwxFwb : Seen.DeviceRw);
    }

    private static FakeHost Host(Func<ProbeProgram, Observation?> answer, string release = "7.2.12-arm64") =>
        new() { Answer = answer, Facts = FactsReaderTests.Plain(release) };

    /// <summary>A run over one host that the user stops after two results.</summary>
    private async Task<RunSummary> InterruptedAsync()
    {
        using var stop = new CancellationTokenSource();
        int answers = 0;
        var end = await new Run(_store, new Nobody()).ExecuteAsync(
            [
                new RunHost(
                    Host(p =>
                    {
                        if (++answers > 2)
                        {
                            stop.Cancel();
                            return null;
                        }
                        return True(p);
                    }),
                    "qemu"
                ),
            ],
            Cases,
            null,
            new RequestedRun("harness run", "1.2.3", "default", "{}"),
            Probe,
            stop.Token
        );
        Assert.That(end.Interrupted, Is.True);
        return _store.Run(end.Run)!;
    }

    private Task<RunEnd> ResumeAsync(RunSummary run, FakeHost host) =>
        new Run(_store, new Nobody()).ResumeAsync(
            Resumption.Of(_store, run, Probe),
            [new RunHost(host, "qemu")],
            null,
            default
        );

    [Test]
    public async Task Only_what_has_no_verdict_is_run_and_the_run_is_finished_then()
    {
        var run = await InterruptedAsync();
        Assert.That(
            run.Hosts.Single().Verdicts,
            Is.EquivalentTo(new Dictionary<string, int> { ["match"] = 2, ["planned"] = Cases.Length - 2 })
        );
        Assert.That((run.Run.Suite, run.Run.Request), Is.EqualTo(("default", "{}")));

        var asked = new List<string>();
        await ResumeAsync(
            run,
            Host(p =>
            {
                asked.Add(p.Case);
                return True(p);
            })
        );

        Assert.That(asked, Is.EqualTo(Cases.Skip(2).Select(c => c.Id)));
        var after = _store.Run(run.Run.Id)!;
        Assert.That((after.State, after.Hosts.Single().State), Is.EqualTo((States.Finished, States.Finished)));
        Assert.That(
            after.Hosts.Single().Verdicts,
            Is.EquivalentTo(new Dictionary<string, int> { ["match"] = Cases.Length })
        );
        Assert.That(_store.Check().Faults, Is.Empty);
    }

    [Test]
    public async Task Another_kernel_than_before_is_not_the_same_host()
    {
        var run = await InterruptedAsync();
        await ResumeAsync(run, Host(True, release: "7.2.13-arm64"));

        var after = _store.Run(run.Run.Id)!;
        Assert.That(
            after.Hosts.Single().Host.KernelRelease,
            Is.EqualTo("7.2.12-arm64"),
            "what was asked of it stays true"
        );
        Assert.That(
            after.Hosts.Single().Verdicts,
            Is.EquivalentTo(new Dictionary<string, int> { ["match"] = 2, ["infrastructure"] = Cases.Length - 2 })
        );
        Assert.That(
            after.Hosts.Single().Reason,
            Is.EqualTo(
                "the host has changed since the run began: kernel (7.2.12-arm64 then, 7.2.13-arm64 now); start a new run"
            )
        );
    }

    [Test]
    public async Task A_finished_run_has_nothing_to_resume()
    {
        var end = await new Run(_store, new Nobody()).ExecuteAsync(
            [new RunHost(Host(True), "qemu")],
            Cases,
            null,
            new RequestedRun("harness run", "1.2.3"),
            Probe,
            default
        );

        Assert.That(
            () => Resumption.Of(_store, _store.Run(end.Run)!, Probe),
            Throws
                .TypeOf<ResumeException>()
                .With.Message.EqualTo($"run {end.Run}: every case has its verdict: there is nothing to resume")
        );
    }

    [Test]
    public async Task Another_probe_or_another_model_would_mix_two_runs()
    {
        var run = await InterruptedAsync();

        Assert.That(
            () => Resumption.Of(_store, run, "other"),
            Throws.TypeOf<ResumeException>().With.Message.Contains("made by another probe (hash; this one is other)")
        );
        Assert.That(
            () => Resumption.Of(_store, run with { Run = run.Run with { ModelHash = "old" } }, Probe),
            Throws.TypeOf<ResumeException>().With.Message.Contains("judged by another model (old; this one is ")
        );
    }

    [Test]
    public async Task A_run_that_is_executed_is_left_alone()
    {
        var run = await InterruptedAsync() with { State = States.Running };

        Assert.That(
            () => Resumption.Of(_store, run, Probe),
            Throws
                .TypeOf<ResumeException>()
                .With.Message.Contains($"is being executed by process {Environment.ProcessId} on ")
        );
    }

    [Test]
    public void A_process_is_distinguished_from_another_of_the_same_number()
    {
        var own = Executor.Read(Executor.ThisProcess.Text)!;

        Assert.That(own, Is.EqualTo(Executor.ThisProcess));
        Assert.That(own.StillRuns, Is.True);
        Assert.That((own with { Started = "1" }).StillRuns, Is.False);
        Assert.That((own with { Boot = "another" }).StillRuns, Is.False);
        Assert.That(Executor.Read("[]"), Is.Null);
        Assert.That((own with { Started = "1" }).State, Is.EqualTo(ExecutorState.Ended));
        Assert.That((own with { Boot = "another" }).State, Is.EqualTo(ExecutorState.Ended), "rebooted");
        Assert.That((own with { Boot = "another", Machine = "lab9" }).State, Is.EqualTo(ExecutorState.Unknown));
        Assert.That((own with { PidNamespace = "pid:[1]" }).State, Is.EqualTo(ExecutorState.Unknown), "a container");
        Assert.That((own with { PidNamespace = "" }).State, Is.EqualTo(ExecutorState.Runs), "stored before");
    }

    private sealed class Nobody : IRunWatcher
    {
        public void Phase(string target, string what) { }

        public void Host(string target, HostProfile profile, Policy policy) { }

        public void Verdict(string target, Case c, Verdict verdict) { }
    }
}
