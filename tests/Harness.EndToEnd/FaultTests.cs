using Harness.Chaos;
using Harness.Chaos.Faults;

namespace Harness.EndToEnd;

/// <summary>A few of the faults that scripts/chaos injects, each once: those that take seconds.</summary>
[Category("Qemu")]
public class FaultTests
{
    private Lab _lab = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _lab = await Lab.StartAsync(
            Path.Combine(AppContext.BaseDirectory, "harness.dll"),
            Path.Combine(Cli.Root, "guest-images")
        );
        await _lab.UsualAsync(Lab.Host);
    }

    [OneTimeTearDown]
    public async Task Stop() => await _lab.DisposeAsync();

    [TestCase("ssh-stalled")]
    [TestCase("ssh-garbled")]
    [TestCase("sshd-killed")]
    [TestCase("probe-killed")]
    [TestCase("worker-killed")]
    [TestCase("lie-wrong-case")]
    public async Task A_fault_loses_no_verdict_is_not_shown_as_a_kernels_and_leaves_nothing_behind(string kind)
    {
        var tally = new Tally(AllFaults.Named(kind));
        if (tally.Fault.Needs is { } program && !Shell.Has(program))
            Assert.Ignore($"needs {program}");
        var log = new StringWriter();

        await new Suite(_lab, 1, log).InjectAsync(tally, 0);

        Assert.That(tally.Injected, Is.Positive, log.ToString());
        Assert.That(tally.Wrong, Is.Zero, log.ToString());
        Assert.That((tally.Lost, tally.Leftovers), Is.EqualTo((0, 0)));
    }

    /// <summary>By BusyBox: its grep sees only the first variable of a process's environment.</summary>
    [Test]
    public async Task A_probe_that_no_longer_responds_is_killed_on_the_host()
    {
        var channel = await _lab.Guest.StartProbeAsync();
        int pid = channel.Hello.Pid;
        await _lab.Guest.SignalAsync("STOP", [pid]);
        Assert.That((await _lab.Guest.ProcessesAsync()).Select(p => p.Pid), Does.Contain(pid));

        await channel.DisposeAsync();

        Assert.That(channel.EndedInOrder, Is.False);
        Assert.That((await _lab.Guest.ProcessesAsync()).Select(p => p.Pid), Does.Not.Contain(pid));
    }
}
