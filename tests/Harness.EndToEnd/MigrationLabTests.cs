using System.Text.RegularExpressions;
using Harness.Chaos;
using Harness.Images;
using Harness.Processes;
using Harness.Store;
using Harness.Targets;
using Harness.Targets.Qemu;

namespace Harness.EndToEnd;

/// <summary>
/// Migrations between a lab host, which belongs to the fixture and stays up, and one that the harness boots: after
/// either of them, or the harness itself, is killed, the other can be checked for leftovers.
/// </summary>
[Category("Qemu")]
public class MigrationLabTests
{
    private const string Cacheable = "backing=pfnmap & memory=unknown & type=wb & late=no & precopy=no & asks=no";

    /// <summary>The policy of the newer kernel.</summary>
    private static readonly string Newest = OnReadReleasesAttribute.ChoiceOf("7.2")!.Policy!.Name;

    private RunDirectory _directory = null!;
    private QemuMachine _machine = null!;
    private ImageStore _images = null!;

    [OneTimeSetUp]
    public async Task Boot()
    {
        _images = new ImageStore(new ImageSources(Path.Combine(Cli.Root, "guest-images")), ImageStore.DefaultFolder);
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
        await SshAsync("grep -q ' /sys/kernel/debug ' /proc/mounts || mount -t debugfs none /sys/kernel/debug");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _machine.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_wrong_model_of_the_destination_is_contradicted_by_name()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            Migrate(
                cli,
                "lab",
                "victim",
                "--policy",
                $"{Newest}-without-cacheable-pfnmap-unsupported",
                "--filter",
                Cacheable
            )
        );
        Assert.That(end.Code, Is.EqualTo(1), end.Error + end.Out);

        var row = cli.Stored().Results["lab -> victim"].Single();
        Assert.Multiple(() =>
        {
            Assert.That((row.Verdict, row.Rule), Is.EqualTo(("mismatch", "accept")));
            Assert.That(row.Observed, Does.StartWith("registration EINVAL"));
            Assert.That(
                row.Predicted,
                Is.EqualTo("first-access EFAULT"),
                "what is refused no more at registration is refused at the fault"
            );
            Assert.That(
                row.Reason,
                Does.StartWith($"contradicts {Newest}-without-cacheable-pfnmap-unsupported on victim: ")
            );
            Assert.That(
                end.Out,
                Does.Contain($"{Newest}-without-cacheable-pfnmap-unsupported").And.Contain("registration EINVAL")
            );
        });
        await NothingLeftAsync();
    }

    /// <summary>To a kernel without support for it: the VM resumes, and its memory is Device.</summary>
    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_VM_that_an_older_kernel_resumes_with_Device_memory_is_foreseen_and_named_as_a_violation()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(Migrate(cli, "lab", "older", "--filter", Cacheable));
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);

        var row = MigrationTests.Rows(cli).Single();
        Assert.That(
            (row.Verdict, row.Migration!.Stage, row.Migration.SourceLeaf, row.Migration.DestinationLeaf),
            Is.EqualTo(("match", "resumed", "Normal-WB rwx", "Device-nGnRE rw-"))
        );
        Assert.That(
            (row.Migration.Violation, row.Migration.ViolationRule),
            Is.EqualTo(("no-silent-weakening", "device-unless-map-memory"))
        );
    }

    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_host_killed_during_migrations_loses_only_the_remaining_ones_and_leaves_nothing_on_the_other(
        [Values] bool source
    )
    {
        using var cli = new Cli();
        var killed = await KilledAsync(cli, source, ended => MadeAndMovingAsync(cli, ended));
        var rows = MigrationTests.Rows(cli);
        string[] made = [.. rows.Select(r => r.Verdict).TakeWhile(v => v != "infrastructure")];
        Assert.Multiple(() =>
        {
            Assert.That(made, Has.Length.GreaterThanOrEqualTo(3).And.All.AnyOf("match", "skip"));
            Assert.That(
                rows.Skip(made.Length),
                Is.Not.Empty.And.All.Matches<MigrationRow>(r =>
                    r.Verdict == "infrastructure"
                    && r.Reason!.StartsWith("victim: ", StringComparison.Ordinal)
                    && r.Reason.Contains("signal 9")
                )
            );
            Assert.That(killed.Out, Does.Contain("victim"));
        });
    }

    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_host_that_is_killed_while_it_boots_costs_everything_and_says_why()
    {
        using var cli = new Cli();
        // One that is killed while it is restored boots instead.
        await KilledAsync(cli, source: true, _ => Task.CompletedTask, "--cold");
        Assert.That(
            MigrationTests.Rows(cli),
            Is.Not.Empty.And.All.Matches<MigrationRow>(r =>
                r.Verdict == "infrastructure"
                && r.Reason!.StartsWith("victim: ", StringComparison.Ordinal)
                && r.Reason.Contains("signal 9")
            )
        );
    }

    /// <summary>While VMs migrate; HARNESS_KILLS sets the number of random moments.</summary>
    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_harness_that_is_killed_leaves_a_sound_file_and_nothing_on_any_host()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HARNESS_KILLS"), out int many) ? many : 1;
        var random = Cli.Chance();
        for (int i = 0; i < kills; i++)
        {
            using var cli = new Cli();
            double seconds = random.NextDouble() * 30;
            var process = cli.Start(Migrate(cli, "lab", "victim", "--filter", "*"));
            var end = Cli.EndAsync(process);
            int pid = process.Id;
            await Task.WhenAny(end, i == 0 ? MadeAndMovingAsync(cli, end) : Task.Delay(TimeSpan.FromSeconds(seconds)));
            Assert.That(i > 0 || !end.IsCompleted, Is.True, "it ended before a VM moved");
            var started = ProcessTree.Below(pid);
            _ = ProcessTree.Kill(pid, ProcessTree.Killed);
            await end;
            Assert.That(await ProcessTree.OutlivingAsync(started), Is.Empty, "what it started outlives it");
            await NothingLeftAsync();
            if (!File.Exists(cli.Database) || ResultStore.OpenOrCreate(cli.Database).Run() is not { } run)
                continue;
            var rows = MigrationTests.Rows(cli);
            TestContext.Progress.WriteLine(
                $"killed {(i == 0 ? "while a VM moved" : $"after {seconds:0.0} s")}: {run.State}, {rows.Count(r => r.Verdict != "planned")} of {rows.Count} made"
            );
            Assert.That(rows, Has.Count.EqualTo(run.Hosts.Single().Planned), "the whole plan is there, or no run");
            Assert.That(rows.Select(r => r.Verdict), Is.All.AnyOf("match", "skip", "planned"));
        }
    }

    /// <param name="moment">
    /// Waits for the moment to kill the host; given the end of the command, after which it stops waiting.
    /// </param>
    private async Task<CliResult> KilledAsync(Cli cli, bool source, Func<Task, Task> moment, params string[] more)
    {
        var process = cli.Start(
            Migrate(cli, source ? "victim" : "lab", source ? "lab" : "victim", ["--filter", "*", .. more])
        );
        int pid = process.Id;
        var end = Cli.EndAsync(process);
        var ready = ReadyAsync(pid, end, moment);
        if (await Task.WhenAny(end, ready) == end)
            Assert.Fail($"it ended before it could be killed: {(await end).Error}");
        var started = ProcessTree.Below(pid);
        Assert.That(ProcessTree.Kill(await ready, ProcessTree.Killed), Is.Zero);

        var ended = await end;
        Assert.That(ended.Code, Is.EqualTo(3), ended.Error + ended.Out);
        Assert.That(started.Where(ProcessTree.Lifecycles), Is.Empty, "what it started is gone when it is");
        Assert.That(
            Directory.GetDirectories(Path.GetTempPath(), "s2h-*").Where(d => IsOf(d, pid)),
            Is.Empty,
            "no folder of a host is left"
        );
        await NothingLeftAsync();
        return ended;
    }

    private static async Task<int> ReadyAsync(int harness, Task ended, Func<Task, Task> moment)
    {
        int? qemu;
        while ((qemu = ProcessTree.QemuOf(harness)) is null && !ended.IsCompleted)
            await Task.Delay(50);
        await moment(ended);
        return qemu ?? 0;
    }

    private async Task MadeAndMovingAsync(Cli cli, Task ended)
    {
        if (await cli.MatchesAsync(3, ended))
            await VmOnLabAsync();
    }

    /// <summary>
    /// Waits until there is a VM on the fixture's host: each has a directory in debugfs (kvm_create_vm_debugfs).
    /// </summary>
    private Task VmOnLabAsync() => SshAsync("until ls -d /sys/kernel/debug/kvm/*-* > /dev/null 2>&1; do :; done");

    /// <summary>
    /// No VM and no probe, shortly after the host's user has gone; and no process has /dev/kvm open, which is the
    /// locked file.
    /// </summary>
    private Task NothingLeftAsync() =>
        SshAsync(
            """
            for i in $(seq 50); do
                vms=$(ls -d /sys/kernel/debug/kvm/*-* 2> /dev/null)
                probes=$(grep -l 'stage2-prob[e]' /proc/[0-9]*/cmdline 2> /dev/null)
                users=$(ls -l /proc/[0-9]*/fd 2> /dev/null | grep /dev/kvm)
                [ -z "$vms$probes$users" ] && exit 0
                sleep 0.2
            done
            echo "VMs: $vms; probes: $probes; users: $users"; exit 1
            """
        );

    private string[] Migrate(Cli cli, string from, string to, params string[] more) =>
        ["migrate", "--config", Configuration(cli), "--from", from, "--to", to, "--db", cli.Database, .. more];

    private string Configuration(Cli cli)
    {
        var keys = _images.Keys!;
        string known = cli.Write("known_hosts", $"[127.0.0.1]:{_machine.SshPort} {keys.HostPublicKey}\n");
        return cli.Write(
            "harness.json",
            $$"""
            {
              "targets": {
                "lab": { "kind": "ssh", "destination": "root@127.0.0.1", "port": {{_machine.SshPort}},
                  "identityFile": "{{keys.LoginKeyPath}}", "knownHostsFile": "{{known}}", "sshConfig": "none" },
                "victim": { "kind": "qemu", "track": "7.2", "cpu": "cortex-a76" },
                "older": { "kind": "qemu", "track": "6.12", "cpu": "cortex-a76" }
              },
              "suites": {}
            }
            """
        );
    }

    private static bool IsOf(string folder, int pid)
    {
        try
        {
            return Regex.IsMatch(File.ReadAllText(Path.Combine(folder, "owner.json")), $@":\s*{pid}\b");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // another user's, which has exited meanwhile
        }
    }

    private async Task SshAsync(string command)
    {
        var result = await new ProcessRunner().RunAsync(
            new ProcessSpec(
                "ssh",
                [.. GuestSsh.Options(_images.Keys!.LoginKeyPath, _machine.SshPort), "root@127.0.0.1", command]
            )
        );
        Assert.That(result.ExitCode, Is.Zero, result.OutputText + result.ErrorText);
    }
}
