using System.Diagnostics;
using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>Two workers under one supervisor. A program waits by reading a FIFO without a writer.</summary>
public class WorkersTests
{
    private static readonly Step[] Harmless = [new MemfdStep("m", 4096)];

    // The second page is beyond the file's end: to touch it is SIGBUS.
    private static readonly Step[] Crashing =
    [
        new MemfdStep("m", 4096),
        new MapStep("a", "m", 8192, Write: true, Shared: true),
        new WordsStep("a", 4096, [1]),
    ];

    private RunningProbe _probe = null!;
    private string _fifo = null!;

    private Step[] Hanging => [new OpenStep("f", _fifo, Writable: false)];

    [SetUp]
    public void Start()
    {
        _fifo = Path.Combine(Path.GetTempPath(), $"probe-tests-{Guid.NewGuid():N}");
        using (var mkfifo = Process.Start("mkfifo", _fifo))
            mkfifo.WaitForExit();
        _probe = RunningProbe.Start(workers: 2);
    }

    [TearDown]
    public void Stop()
    {
        _probe.Dispose();
        File.Delete(_fifo);
    }

    [Test]
    public void A_program_is_answered_while_an_earlier_one_still_runs()
    {
        _probe.Send(60_000, Hanging);
        long beside = _probe.Send(Harmless);
        Assert.That(_probe.Observed(beside).End, Is.EqualTo(ObservationEnd.Completed));
    }

    [Test]
    public void A_program_that_needs_the_host_alone_waits_and_is_waited_for()
    {
        long hanging = _probe.Send(1000, Hanging);
        long alone = _probe.Send(2000, alone: true, Hanging);
        long after = _probe.Send(Harmless);
        Assert.That(_probe.Observed(hanging).End, Is.EqualTo(ObservationEnd.Hang));
        Assert.That(_probe.Observed(alone).End, Is.EqualTo(ObservationEnd.Hang));
        Assert.That(_probe.Observed(after).End, Is.EqualTo(ObservationEnd.Completed));
    }

    [Test]
    public void A_crash_costs_its_own_program_and_not_the_one_beside()
    {
        long hanging = _probe.Send(3000, Hanging);
        long crashing = _probe.Send(Crashing);
        long after = _probe.Send(Harmless);
        var ends = Enumerable.Range(0, 3).Select(_ => _probe.Reply()).ToDictionary(r => r.Id, r => r.Observation?.End);
        Assert.That(
            (ends[hanging], ends[crashing], ends[after]),
            Is.EqualTo((ObservationEnd.Hang, ObservationEnd.Crash, ObservationEnd.Completed)),
            "it had its time"
        );
    }

    [Test]
    public void The_end_of_input_ends_every_process_after_the_last_answer()
    {
        long first = _probe.Send(Harmless);
        long second = _probe.Send(Harmless);
        _probe.EndInput();
        long[] answered = [_probe.Reply().Id, _probe.Reply().Id];
        Assert.That(answered, Is.EquivalentTo(new[] { first, second }));
        Assert.That(_probe.WaitForExit(), Is.True);
        Assert.That(_probe.ExitCode, Is.Zero);
        Assert.That(_probe.Children, Throws.InstanceOf<IOException>(), "the supervisor is gone");
    }

    [Test]
    public void Each_of_two_hundred_programs_has_one_answer()
    {
        var sent = Enumerable.Range(0, 200).Select(i => _probe.Send(60_000, alone: i % 7 == 0, Harmless)).ToArray();
        var answered = sent.Select(_ => _probe.Reply()).ToArray();
        Assert.That(answered.Select(r => r.Id), Is.EquivalentTo(sent));
        Assert.That(answered.Select(r => r.Observation?.Case), Is.EquivalentTo(sent.Select(id => $"case {id}")));
    }
}
