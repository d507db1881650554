using System.Diagnostics;
using System.Globalization;
using Harness.Processes;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>A real guest under QEMU. Each boot takes 5 to 20 s, so tests share one if possible.</summary>
[Category("Qemu")]
public class QemuTests
{
    private readonly ProcessRunner _runner = new();

    [Test]
    public async Task A_guest_boots_takes_commands_and_files_and_goes_without_a_trace()
    {
        var clock = Stopwatch.StartNew();
        var steps = new Steps(clock);
        var target = new QemuTarget("fwb", TestGuest.Spec, TestGuest.Keys, _runner);
        var session = await target.OpenAsync(steps, default);
        TestContext.Out.WriteLine($"open after {clock.ElapsedMilliseconds} ms: {string.Join(", ", steps.Said)}");
        var run = Path.GetDirectoryName(QmpSocket(session))!;
        await using (session)
        {
            Assert.That(session.Origin.QemuVersion, Does.Match(@"^\d+\.\d+\.\d+ "));
            Assert.That(session.ConsoleTail, Is.Not.Empty);
            Assert.That((await session.Connection.ExecAsync("uname -m")).Output, Is.EqualTo("aarch64\n"));
            Assert.That(
                (await session.Connection.ExecAsync("cat /proc/cmdline")).Output,
                Does.Contain("harness.unknown=0xA0000000,0x10000000")
            );

            clock.Restart();
            for (int i = 0; i < 10; i++)
                await session.Connection.ExecAsync("true");
            TestContext.Out.WriteLine($"exec: {clock.ElapsedMilliseconds / 10} ms each");

            var bytes = new byte[4 << 20];
            new Random(2).NextBytes(bytes);
            clock.Restart();
            await session.Connection.UploadAsync("/tmp/four-mebibytes", bytes);
            TestContext.Out.WriteLine($"upload of 4 MiB: {clock.ElapsedMilliseconds} ms");

            clock.Restart();
            var survey = await TargetSurvey.TakeAsync(session.Connection);
            TestContext.Out.WriteLine($"survey: {clock.ElapsedMilliseconds} ms: {survey}");
            Assert.That(survey.Kvm, Is.EqualTo(KvmAccess.Usable), "KVM is what the guest is for");
            Assert.That((survey.Machine, survey.Base), Is.EqualTo(("aarch64", "/tmp")));
            Assert.That(session.Lost.IsCompleted, Is.False);
        }
        Assert.That(ProcessList.NamedBy(run), Is.Empty);
        Assert.That(Directory.Exists(run), Is.False);
        Assert.That(session.Lost.IsCompleted, Is.False, "it was closed, not lost");
    }

    [Test]
    public async Task Killing_qemu_in_the_middle_is_the_reason_of_every_loss()
    {
        var target = new QemuTarget("fwb", TestGuest.Spec, TestGuest.Keys, _runner);
        await using var session = await target.OpenAsync(null, default);
        await using var channel = await session.Connection.StartAsync("echo up; exec sleep 1007");
        await channel.ReceiveAsync();

        var qemu = Pid(Path.GetDirectoryName(QmpSocket(session))!);
        await new ProcessSession(ProcessIdentity.Of(qemu)!).KillAsync();

        var reason = await session.Lost;
        Assert.That(reason.Failure, Is.EqualTo(TargetFailure.QemuDied));
        Assert.That(reason.Message, Is.EqualTo("target 'fwb': QEMU ended with signal 9"));
        Assert.That(reason.Details, Does.Contain("qemu-system-aarch64").And.Contains("--- console ---"));
        Assert.That(await channel.ReceiveAsync(), Is.Null);
        Assert.That((await channel.Ended).Loss, Is.Not.Null);
    }

    [Test]
    public async Task A_guest_that_panics_is_lost_with_its_last_words()
    {
        var target = new QemuTarget("fwb", TestGuest.Spec, TestGuest.Keys, _runner);
        await using var session = await target.OpenAsync(null, default);
        await using var channel = await session.Connection.StartAsync("echo c >/proc/sysrq-trigger");
        var reason = await session.Lost;
        Assert.That(reason.Failure, Is.EqualTo(TargetFailure.QemuDied));
        Assert.That(reason.Details, Does.Contain("Kernel panic - not syncing: sysrq triggered crash"));
        Assert.That(reason.Console, Does.Contain("sysrq triggered crash").And.Contain("Call trace:"));
    }

    [Test]
    public void A_guest_with_another_host_key_than_the_images_is_refused_and_stopped()
    {
        var spec = TestGuest.Spec with { KernelArguments = ["mark=other-host-key"] };
        var keys = TestGuest.Keys with
        {
            HostPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHYjMgqXUhQcXxaRUGP2jmSQ2v4pZWt5qjMRlIYLQ7gB",
        };
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new QemuTarget("fwb", spec, keys, _runner).OpenAsync(null, default)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
        Assert.That(ProcessList.NamedBy("mark=other-host-key"), Is.Empty);
    }

    [Test]
    public void Cancelling_a_boot_leaves_nothing_behind()
    {
        using var cancel = new CancellationTokenSource();
        var booting = new Progress(said =>
        {
            if (said == "booting")
                cancel.Cancel();
        });
        var spec = TestGuest.Spec with { KernelArguments = ["mark=cancelled-boot"] };
        var opening = new QemuTarget("fwb", spec, TestGuest.Keys, _runner).OpenAsync(booting, cancel.Token);
        Assert.That(async () => await opening, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(ProcessList.NamedBy("mark=cancelled-boot"), Is.Empty);
    }

    [Test]
    public void A_guest_that_does_not_come_up_is_reported_with_what_the_kernel_said()
    {
        // The kernel stops at once: it has no init by that name.
        var spec = TestGuest.Spec with
        {
            KernelArguments = ["rdinit=/no/such/init"],
            BootDeadline = TimeSpan.FromSeconds(60),
        };
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new QemuTarget("fwb", spec, TestGuest.Keys, _runner).OpenAsync(null, default)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.QemuDied));
        Assert.That(thrown.Details, Does.Contain("Kernel panic"));
        Assert.That(thrown.Message, Does.Contain("output: ").And.Contain("Kernel panic"));
    }

    [Test]
    public void A_cpu_that_qemu_does_not_know_is_reported_in_qemus_words()
    {
        var spec = TestGuest.Spec with { Cpu = "no-such-cpu" };
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new QemuTarget("fwb", spec, TestGuest.Keys, _runner).OpenAsync(null, default)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.QemuDied));
        Assert.That(thrown.Message, Does.Contain("exit status 1").And.Contains("no-such-cpu"));
    }

    [Test]
    public void An_image_that_is_not_there_is_reported_by_path()
    {
        var spec = TestGuest.Spec with { InitrdPath = "/no/such/initrd" };
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new QemuTarget("fwb", spec, TestGuest.Keys, _runner).OpenAsync(null, default)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Message, Does.Contain("/no/such/initrd"));
    }

    private static string QmpSocket(ITargetSession session) =>
        session
            .Origin.CommandLine!.Split("path=")
            .Select(p => p.Split(',')[0])
            .Single(p => p.EndsWith("/qmp", StringComparison.Ordinal));

    private static int Pid(string run)
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "qemu.pid.json")));
        return json.RootElement.GetProperty("Pid").GetInt32();
    }

    private sealed class Steps(Stopwatch clock) : IProgress<TargetProgress>
    {
        public List<string> Said { get; } = [];

        public void Report(TargetProgress value) =>
            Said.Add(string.Create(CultureInfo.InvariantCulture, $"{value.Text} at {clock.ElapsedMilliseconds}"));
    }

    private sealed class Progress(Action<string> report) : IProgress<TargetProgress>
    {
        public void Report(TargetProgress value) => report(value.Text);
    }
}
