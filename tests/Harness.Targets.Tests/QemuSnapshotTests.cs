using System.Text.Json.Nodes;
using Harness.Processes;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Qemu.Snapshots;

namespace Harness.Targets.Tests;

/// <summary>A real guest that booted once and is restored from then on. One boot for all tests.</summary>
[Category("Qemu")]
public class QemuSnapshotTests
{
    private readonly ProcessRunner _runner = new();
    private string _folder = "";

    private SnapshotStore Store => new(Path.Combine(_folder, "snapshots"));

    [OneTimeSetUp]
    public async Task BootOnce()
    {
        _folder = Directory.CreateTempSubdirectory("snapshots-").FullName;
        var steps = new Steps();
        await using var session = await Open(Target(), steps);
        Assert.That(
            steps,
            Is.EqualTo(new[] { "StartingQemu", "Booting", "Saving", "StartingQemu", "Restoring", "LoggingIn" })
        );
    }

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_restored_host_has_kvm_the_exporter_and_the_right_time_and_is_reported_as_restored()
    {
        var steps = new Steps();
        await using var session = await Open(Target(), steps);
        Assert.That(steps, Is.EqualTo(new[] { "StartingQemu", "Restoring", "LoggingIn" }));
        Assert.That(session.Origin.CommandLine, Does.Contain(" -incoming defer"));
        Assert.That((await TargetSurvey.TakeAsync(session.Connection)).Kvm, Is.EqualTo(KvmAccess.Usable));
        Assert.That((await session.Connection.ExecAsync("lsmod")).Output, Does.Contain("stage2_exporter"));

        await using (await ProbeChannel.StartAsync(session.Connection, session.Probe!)) { }
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var time = long.Parse((await session.Connection.ExecAsync("date +%s")).Output);
        Assert.That(time, Is.InRange(before - 5, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 5));
    }

    /// <summary>
    /// QEMU up to 10.0 does not arm the timers of EL2 in a restored machine: whether a host ever got a timer interrupt
    /// depended on the moment at which it was saved.
    /// </summary>
    [Test]
    public async Task The_timers_of_every_cpu_of_a_restored_host_fire()
    {
        await using var session = await Open(Target());
        for (int cpu = 0; cpu < 2; cpu++)
            Assert.That(
                (await session.Connection.ExecAsync($"taskset {1 << cpu} sleep 1")).ExitCode,
                Is.Zero,
                $"CPU {cpu}"
            );
    }

    [Test]
    public async Task Without_the_exporter_module_a_host_boots_and_is_not_saved()
    {
        var folder = Path.Combine(_folder, "without-exporter");
        var spec = TestGuest.Spec with { KernelArguments = ["harness.exporter=off"] };
        var target = new QemuTarget("bare", spec, TestGuest.Keys, _runner) { Snapshots = new SnapshotStore(folder) };
        await using var session = await Open(target);
        Assert.That(session.Origin.CommandLine, Does.Contain(" -kernel "));
        Assert.That(Directory.Exists(folder), Is.False);
    }

    [Test]
    public async Task Two_hosts_from_one_snapshot_do_not_see_each_others_writes()
    {
        var memory = Store.All().Single().Memory;
        var written = File.GetLastWriteTimeUtc(memory);
        await using var one = await Open(Target());
        await using var other = await Open(Target());
        await one.Connection.ExecAsync("echo 1 > /tmp/mine; sync");
        Assert.That((await other.Connection.ExecAsync("ls /tmp/mine")).ExitCode, Is.Not.Zero);
        await using var third = await Open(Target());
        Assert.That((await third.Connection.ExecAsync("ls /tmp/mine")).ExitCode, Is.Not.Zero);
        Assert.That(File.GetLastWriteTimeUtc(memory), Is.EqualTo(written));
    }

    [Test]
    public async Task A_snapshot_of_another_qemu_is_not_used_and_the_host_boots()
    {
        using var copy = new CopiedStore(Store);
        copy.Change(notes => notes["QemuVersion"] = "9.9.9 (other)");
        var steps = new Steps();
        await using var session = await Open(Target(copy.Store), steps);
        Assert.That(steps.Told, Has.One.Contains("it is of QEMU 9.9.9 (other), this is"));
        Assert.That(session.Origin.CommandLine, Does.Contain(" -kernel ").And.Not.Contain("-incoming"));
        Assert.That(copy.Store.All(), Is.Empty);
    }

    [Test]
    public async Task A_state_that_qemu_refuses_ends_in_a_boot()
    {
        using var copy = new CopiedStore(Store);
        var state = copy.Store.All().Single().State;
        File.WriteAllText(state, "no state of a machine");
        copy.Change(notes => notes["StateHash"] = Hash(state));
        var steps = new Steps();
        await using var session = await Open(Target(copy.Store), steps);
        Assert.That(steps.Told, Has.One.Contains("its snapshot does not start ("));
        Assert.That(session.Origin.CommandLine, Does.Contain(" -kernel "));
        Assert.That((await TargetSurvey.TakeAsync(session.Connection)).Kvm, Is.EqualTo(KvmAccess.Usable));
    }

    private QemuTarget Target(SnapshotStore? store = null) =>
        new("fwb", TestGuest.Spec, TestGuest.Keys, _runner) { Snapshots = store ?? Store, Probe = ProbeFile.Embedded };

    private static Task<ITargetSession> Open(QemuTarget target, Steps? steps = null) =>
        target.OpenAsync(steps, default);

    private static string Hash(string file) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));

    private sealed class Steps : List<string>, IProgress<TargetProgress>
    {
        public List<string> Told { get; } = [];

        public void Report(TargetProgress value)
        {
            if (value.Step != TargetStep.CleanedUp)
                Add(value.Step.ToString());
            Told.Add(value.Text);
        }
    }

    /// <summary>The store with links to the files, so that one can be changed.</summary>
    private sealed class CopiedStore : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("snapshots-").FullName;

        public CopiedStore(SnapshotStore of)
        {
            foreach (var snapshot in of.All())
            {
                var at = Directory.CreateDirectory(Path.Combine(_folder, Path.GetFileName(snapshot.Folder))).FullName;
                using (var link = System.Diagnostics.Process.Start("ln", [snapshot.Memory, at]))
                    link.WaitForExit();
                foreach (var name in (string[])["state", "notes.json"])
                    File.Copy(Path.Combine(snapshot.Folder, name), Path.Combine(at, name));
            }
        }

        public SnapshotStore Store => new(_folder);

        public void Change(Action<JsonNode> change)
        {
            var file = Directory.EnumerateFiles(_folder, "notes.json", SearchOption.AllDirectories).Single();
            var notes = JsonNode.Parse(File.ReadAllText(file))!;
            change(notes);
            File.WriteAllText(file, notes.ToJsonString());
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
