using System.Globalization;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.Peers;
using Harness.Store;

namespace Harness.Runs.Tests.Peers;

/// <summary>Programs on a host, which is this machine's shell; shell scripts are the programs.</summary>
public sealed class PeerRunTests
{
    private const string Source = "linux-source-6.12 6.12.117-1";

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("harness-peers-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private PeerProgram Program(string name, string script, int limit = 60, string arguments = "")
    {
        File.WriteAllText(Path.Combine(_folder, name), "#!/bin/sh\n" + script);
        return new PeerProgram(name, ["elsewhere/" + name, name], arguments, 1, limit, "why.") { Lacks = "no case." };
    }

    private sealed class Silent : IRunWatcher
    {
        public void Phase(string target, string what) { }

        public void Host(string target, HostProfile profile, Policy policy) { }

        public void Verdict(string target, Case c, Verdict verdict) { }
    }

    private static readonly HostProfile s_profile = new(
        "6.12.117+deb13-arm64",
        new HostFacts(Fwb: true, Dic: true),
        Seen.Abilities,
        new Decoding(true, null)
    );

    private readonly List<string> _phases = [];

    private async Task<(IReadOnlyList<PeerRecord> Records, string? Why)> RunAsync(
        LocalShell shell,
        PeerProgram[] programs,
        PeerBuilder? build = null,
        string? lost = null,
        bool responds = true,
        VerdictKind? verdict = null,
        string? folder = null,
        CancellationToken cancel = default
    )
    {
        var run = new PeerRun(programs, build ?? ((_, _, _) => Task.FromResult(new PeerBuild(Source, _folder))));
        var watcher = run.Watch(new Silent());
        if (responds)
            watcher.Host("fake", s_profile, PolicyCatalog.Newest);
        if (verdict is { } kind)
            foreach (var c in PeerRun.CasesOf(programs))
                watcher.Verdict("fake", c, new Verdict(kind, Culprit.None, "", "", null, null, [], []));
        await using var host = new FakeHost
        {
            Answer = _ => null,
            Connection = shell,
            Folder = folder,
            Lost = lost,
        };
        var records = new List<PeerRecord>();
        _phases.Clear();
        string? why = await run.ExecuteAsync(
            new RunHost(host, HostKinds.Qemu),
            record =>
            {
                records.Add(record);
                return Task.CompletedTask;
            },
            _phases.Add,
            cancel
        );
        return (records, why);
    }

    [Test]
    public async Task Each_ends_with_its_outcome_and_nothing_is_left()
    {
        var shell = new LocalShell();
        var (records, why) = await RunAsync(
            shell,
            [
                Program("good", "echo \"$@\"", arguments: "-m 6 -s 'a b'"),
                Program("bad", "echo wrong; exit 254"),
                Program("skips", "echo '1..0 # SKIP no such thing'; exit 4"),
                Program("dies", "kill -ABRT $$"),
                new PeerProgram("absent", ["arm64/absent"], "", 1, 60, "why.") { Lacks = "no case." },
            ]
        );

        Assert.That(why, Is.Null);
        Assert.That(
            records.Select(r => (r.Name, r.Outcome, r.Reason)),
            Is.EqualTo(
                new (string, string, string?)[]
                {
                    ("good", PeerStates.Passed, null),
                    ("bad", PeerStates.Failed, "wrong"),
                    ("skips", PeerStates.Skipped, "no such thing"),
                    ("dies", PeerStates.Killed, "by signal 6"),
                    ("absent", PeerStates.NotRun, $"{Source} has no program arm64/absent for arm64"),
                }
            )
        );
        Assert.That(
            (records[0].Output, records[0].Program, records[0].Source),
            Is.EqualTo(("-m 6 -s a b", "good", Source))
        );
        Assert.That(_phases, Does.Contain("bad (2/5, under a minute left)"));
        string folder = shell.Commands[^1].Split(' ')[1].TrimEnd(';');
        Assert.That(folder, Does.Contain("stage2-peers."));
        Assert.That(Directory.Exists(folder), Is.False, folder);
    }

    [Test]
    public async Task They_are_executed_in_the_folder_that_the_configuration_names()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "a b")).FullName;
        var (records, why) = await RunAsync(new LocalShell(), [Program("where", "pwd")], folder: folder);

        Assert.That(why, Is.Null);
        Assert.That(records[0].Output, Does.StartWith($"{folder}/stage2-peers."));
        Assert.That(Directory.EnumerateFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    public async Task Without_a_folder_to_execute_them_in_none_is_run_and_the_reason_is_said()
    {
        string folder = Path.Combine(_folder, "absent");
        var (records, why) = await RunAsync(new LocalShell(), [Program("where", "pwd")], folder: folder);

        Assert.That(
            why,
            Does.EndWith($"its \"folder\" in harness.json can't be used: {folder}: there is no such folder")
        );
        Assert.That((records[0].Outcome, records[0].Reason), Is.EqualTo((PeerStates.NotRun, why)));
    }

    [Test]
    public async Task At_its_limit_a_program_is_killed_with_its_children()
    {
        string pid = Path.Combine(_folder, "pid");
        var (records, why) = await RunAsync(
            new LocalShell(),
            [Program("slow", $"sleep 600 & echo $! > {pid}; wait", limit: 1), Program("next", "exit 0")]
        );

        Assert.That(why, Is.Null);
        Assert.That(
            records.Select(r => (r.Outcome, r.Reason)),
            Is.EqualTo(
                new (string, string?)[] { (PeerStates.Timeout, "it was killed after 1 s"), (PeerStates.Passed, null) }
            )
        );
        await Ended(File.ReadAllText(pid));
    }

    [Test]
    public async Task When_the_user_stops_it_the_program_ends_as_well()
    {
        string pid = Path.Combine(_folder, "pid");
        using var stop = new CancellationTokenSource();
        var run = RunAsync(
            new LocalShell(),
            [Program("slow", $"echo $$ > {pid}.part; mv {pid}.part {pid}; sleep 600")],
            cancel: stop.Token
        );
        while (!File.Exists(pid))
            await Task.Delay(20);
        await stop.CancelAsync();

        Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
        await Ended(File.ReadAllText(pid));
    }

    /// <summary>A killed process may be seen until its parent has noticed.</summary>
    private static async Task Ended(string pid)
    {
        string process = $"/proc/{int.Parse(pid, CultureInfo.InvariantCulture)}/stat";
        for (int i = 0; i < 100 && File.Exists(process) && !File.ReadAllText(process).Contains(") Z "); i++)
            await Task.Delay(50);
        Assert.That(!File.Exists(process) || File.ReadAllText(process).Contains(") Z "), process);
    }

    [Test]
    public async Task When_the_host_is_lost_the_others_are_not_run_with_the_reason()
    {
        var (records, why) = await RunAsync(
            new LocalShell { LosesAt = "./two" },
            [Program("one", "exit 0"), Program("two", "exit 0"), Program("three", "exit 0")]
        );

        Assert.That(why, Does.Contain("the connection was lost"));
        Assert.That(
            records.Select(r => (r.Name, r.Outcome)),
            Is.EqualTo(new[] { ("one", PeerStates.Passed), ("two", PeerStates.Lost), ("three", PeerStates.NotRun) })
        );
        Assert.That(records.Skip(1).Select(r => r.Reason), Is.All.EqualTo(why));
    }

    [Test]
    public async Task Without_a_host_or_its_programs_every_one_is_not_run_and_says_why()
    {
        PeerProgram[] programs = [Program("one", "exit 0"), Program("two", "exit 0")];
        var (gone, reason) = await RunAsync(new LocalShell(), programs, lost: "QEMU died", responds: false);
        Assert.That(reason, Is.EqualTo("QEMU died"));
        Assert.That(gone.Select(r => (r.Outcome, r.Reason)), Is.All.EqualTo((PeerStates.NotRun, "QEMU died")));
        Assert.That(gone, Has.Count.EqualTo(2));

        var (unbuilt, why) = await RunAsync(new LocalShell(), programs, (_, _, _) =>
            throw new PeerBuildException("no compiler")
        );
        Assert.That(why, Is.EqualTo("no compiler"));
        Assert.That(unbuilt.Select(r => (r.Outcome, r.Reason)), Is.All.EqualTo((PeerStates.NotRun, "no compiler")));
    }

    [Test]
    public async Task The_programs_are_those_of_the_hosts_series()
    {
        string? asked = null;
        await RunAsync(new LocalShell(), [Program("one", "exit 0")], (series, _, _) =>
        {
            asked = series;
            return Task.FromResult(new PeerBuild(Source, _folder));
        });
        Assert.That(asked, Is.EqualTo("6.12"));
    }

    [TestCase(VerdictKind.Match, 20, 0, 0, PeerRelations.Same)]
    [TestCase(VerdictKind.Mismatch, 0, 20, 0, PeerRelations.Differs)]
    [TestCase(VerdictKind.Skip, 0, 0, 20, PeerRelations.NotCompared)]
    [TestCase(null, 0, 0, 20, PeerRelations.NotCompared)]
    public async Task The_cases_of_its_filter_on_that_host_are_counted(
        VerdictKind? verdict,
        int agreed,
        int deviated,
        int unanswered,
        string relation
    )
    {
        var program = Program("one", "exit 0") with { Same = "family=capability" };
        var record = (await RunAsync(new LocalShell(), [program], verdict: verdict)).Records.Single();
        Assert.That(
            (record.Agreed, record.Deviated, record.Unanswered, record.Relation),
            Is.EqualTo((agreed, deviated, unanswered, relation))
        );
    }
}
