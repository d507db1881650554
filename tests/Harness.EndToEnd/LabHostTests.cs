using Harness.Cases;
using Harness.Cases.Guest;
using Harness.Chaos;
using Harness.Images;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Processes;
using Harness.Protocol;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Ssh;

namespace Harness.EndToEnd;

/// <summary>A target of kind ssh, which the harness does not boot: here a guest that the test started.</summary>
[Category("Qemu")]
public class LabHostTests
{
    private const string AnonymousAndOne =
        "family=core & slot=none & vma=rw & size=page & late=no & mte=no & access!=ldxr & access!=\"exec,write\" & access!=\"write,exec\" & sharing=shared & (backing=anonymous | (memory=unknown & type=wb & any-uncached=no & backing=pfnmap))";

    private RunDirectory _directory = null!;
    private QemuMachine _machine = null!;
    private ImageStore _images = null!;

    [OneTimeSetUp]
    public async Task Boot()
    {
        string root = Cli.Root;
        _images = new ImageStore(new ImageSources(Path.Combine(root, "guest-images")), ImageStore.DefaultFolder);
        var image = _images.Find("7.2")
            ?? throw new InvalidOperationException("there is no image: run scripts/harness images build");
        _directory = RunDirectory.Create("lab");
        _machine = await QemuMachine.StartAsync(
            new ProcessRunner(),
            "lab",
            new QemuSpec(image.KernelPath, image.InitrdPath, "max,pauth-impdef=on,sve=off,sme=off"),
            _directory,
            default
        );
        await _machine.WaitForSshAsync(default);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _machine.DisposeAsync();
        _directory.Dispose();
    }

    [Test, Order(1)]
    public async Task It_runs_cases_like_any_other_target()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "run",
            "--config",
            Configuration(cli),
            "--target",
            "lab",
            "--filter",
            AnonymousAndOne,
            "--db",
            cli.Database
        );

        Assert.That(end.Code, Is.Zero, end.Error + end.Out);
        var (run, results) = cli.Stored();
        Assert.That(run.Hosts.Single().Host.Kind, Is.EqualTo("ssh"));
        Assert.That(results["lab"].Select(r => r.Verdict), Has.Exactly(8).EqualTo("match"));
    }

    [Test, Order(2)]
    public async Task Without_the_exporter_module_what_needs_it_is_skipped_and_the_rest_runs_on_weaker_evidence()
    {
        await SshAsync("rmmod stage2_exporter");
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "run",
            "--config",
            Configuration(cli),
            "--target",
            "lab",
            "--filter",
            AnonymousAndOne,
            "--db",
            cli.Database
        );

        Assert.That(end.Code, Is.Zero, end.Error + end.Out);
        var (_, results) = cli.Stored();
        var skipped = results["lab"].Where(r => r.Class.StartsWith("pfnmap", StringComparison.Ordinal)).ToList();
        Assert.That(
            skipped,
            Has.Count.EqualTo(4)
                .And.All.Matches<Store.ResultRow>(r => r.Verdict == "skip" && r.Reason!.Contains("exporter module"))
        );
        var rest = results["lab"].Except(skipped).ToList();
        Assert.That(
            rest,
            Has.Count.EqualTo(4).And.All.Matches<Store.ResultRow>(r => r.Verdict == "match" && r.Evidence[0] == "trace")
        );
    }

    [Test, Order(3)]
    public async Task A_guest_that_spins_for_ever_costs_its_own_time_and_is_a_hang_of_that_case_alone()
    {
        var keys = _images.Keys!;
        await using var host = new TargetProbeHost(
            new SshTarget(
                "lab",
                SshOptions.ForGuest(
                    _machine.SshPort,
                    keys.LoginKeyPath,
                    keys.HostPublicKey,
                    _directory.PathOf("known_hosts_spin")
                ),
                new ProcessRunner()
            ),
            ProbeFile.Embedded
        );
        await using var link = await host.StartProbeAsync(_ => { }, default);
        var dispatcher = new Dispatcher(link, window: 2, TimeSpan.FromSeconds(60));
        var profile = FactsReader.Read(await dispatcher.FactsAsync([], default));
        var judge = new Judge(ReleaseCatalog.Choose(profile.Release, profile.Build).Policy!, profile);
        var c = CaseSpace.Buildable.First(x => x.Backing.Kind == VmaKind.Anonymous);
        var good = CaseCompiler.Compile(c, profile.Abilities with { Exporter = false, Descriptor = false });
        var spinning = good.Program with
        {
            Steps =
            [
                .. good.Program.Steps.Select(s =>
                    s is WordsStep ? new WordsStep("code", 0, [.. Enumerable.Repeat(A64.Branch(0), 1024)]) : s
                ),
            ],
        };

        var verdicts = new Verdict[2];
        await dispatcher.RunAsync(
            [spinning, good.Program],
            (i, observation) => verdicts[i] = judge.Decide(good, observation),
            default
        );

        Assert.That(verdicts.Select(v => v.Kind), Is.EqualTo(new[] { VerdictKind.Hang, VerdictKind.Match }));
        Assert.That(verdicts[0].Reason, Does.Contain("no progress within 2000 ms"));
    }

    [Test]
    public async Task Another_host_key_than_the_recorded_one_is_one_line_and_nothing_is_stored()
    {
        using var cli = new Cli();
        string other = Path.Combine(_images.Keys!.Folder, "login.pub");
        var end = await cli.RunAsync(
            "run",
            "--config",
            Configuration(cli, File.ReadAllText(other)),
            "--target",
            "lab",
            "--db",
            cli.Database
        );

        Assert.That(end.Code, Is.EqualTo(2), end.Error);
        Assert.That(
            end.Error.TrimEnd().Split('\n').Last(),
            Does.StartWith("harness: target 'lab': ").And.Contain("host key")
        );
        Assert.That(end.Error, Does.Not.Contain("   at "));
    }

    [Test]
    public async Task A_host_that_does_not_answer_is_one_line_and_nothing_is_stored()
    {
        using var cli = new Cli();
        string configuration = cli.Write(
            "harness.json",
            """{ "targets": { "lab": { "kind": "ssh", "destination": "root@127.0.0.1", "port": 1 } }, "suites": {} }"""
        );
        var end = await cli.RunAsync("run", "--config", configuration, "--target", "lab", "--db", cli.Database);

        Assert.That(end.Code, Is.EqualTo(2), end.Error);
        Assert.That(end.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(end.Error, Does.Contain("nothing listens at 127.0.0.1:1"));
    }

    [Test]
    public async Task Of_a_pool_the_machine_that_can_be_reached_runs_the_cases_after_a_health_check()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "run",
            "--config",
            Configuration(cli),
            "--target",
            "pool",
            "--filter",
            $"({AnonymousAndOne}) & backing=anonymous",
            "--db",
            cli.Database
        );

        Assert.That(end.Code, Is.Zero, end.Error + end.Out);
        var (run, results) = cli.Stored();
        Assert.That(results["pool"].Select(r => r.Verdict), Has.Exactly(4).EqualTo("match"));
        Assert.That(
            run.Hosts.Single().Pool.Select(m => (m.Machine, m.State)),
            Is.EqualTo(new[] { ("off", PoolStates.Unreachable), ("lab", PoolStates.Used) })
        );
        Assert.That(end.Out, Does.Contain("off unreachable: target 'off': nothing listens at 127.0.0.1:1"));
    }

    private string Configuration(Cli cli, string? hostKey = null)
    {
        var keys = _images.Keys!;
        string known = cli.Write("known_hosts", $"[127.0.0.1]:{_machine.SshPort} {hostKey ?? keys.HostPublicKey}\n");
        string machine =
            $"\"destination\": \"root@127.0.0.1\", \"port\": {_machine.SshPort}, \"identityFile\": \"{keys.LoginKeyPath}\", "
            + $"\"knownHostsFile\": \"{known}\", \"sshConfig\": \"none\"";
        return cli.Write(
            "harness.json",
            $$"""
            {
              "targets": {
                "lab": {"kind": "ssh", {{machine}} },
                "pool": { "kind": "pool", "machines": { "off": { "destination": "root@127.0.0.1", "port": 1 }, "lab": { {{machine}} } } }
              },
              "suites": {}
            }
            """
        );
    }

    private async Task SshAsync(string command)
    {
        var result = await new ProcessRunner().RunAsync(
            new ProcessSpec(
                "ssh",
                [.. GuestSsh.Options(_images.Keys!.LoginKeyPath, _machine.SshPort), "root@127.0.0.1", command]
            )
        );
        Assert.That(result.ExitCode, Is.Zero, result.ErrorText);
    }
}
