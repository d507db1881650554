using System.Diagnostics;
using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>A program that breaks its worker only affects itself. By real means: SIGBUS, a FIFO, kill -9.</summary>
public class IsolationTests
{
    private static readonly Step[] Harmless =
    [
        new MemfdStep("m", 4096),
        new MapStep("a", "m", 4096, Write: true, Shared: true),
        new WordsStep("a", 0, [1, 2]),
    ];

    // The second page is beyond the file's end: accessing it raises SIGBUS.
    private static readonly Step[] Crashing =
    [
        new MemfdStep("m", 4096),
        new MapStep("a", "m", 8192, Write: true, Shared: true),
        new WordsStep("a", 4096, [1]),
    ];

    private RunningProbe _probe = null!;
    private string _fifo = null!;

    // Opening a FIFO for reading blocks until there is a writer: never.
    private Step[] Hanging => [new MemfdStep("marker", 4096), new OpenStep("f", _fifo, Writable: false)];

    [SetUp]
    public void Start()
    {
        _fifo = Path.Combine(Path.GetTempPath(), $"probe-tests-{Guid.NewGuid():N}");
        using (var mkfifo = Process.Start("mkfifo", _fifo))
            mkfifo.WaitForExit();
        _probe = RunningProbe.Start();
    }

    [TearDown]
    public void Stop()
    {
        _probe.Dispose();
        File.Delete(_fifo);
    }

    [Test]
    public void A_program_that_kills_its_worker_is_a_crash_and_the_next_one_runs()
    {
        _probe.Send(Harmless);
        long crashing = _probe.Send(Crashing);
        long after = _probe.Send(Harmless);

        Assert.That(_probe.Observed(1).End, Is.EqualTo(ObservationEnd.Completed));
        var crash = _probe.Observed(crashing);
        Assert.That(crash.End, Is.EqualTo(ObservationEnd.Crash));
        Assert.That(crash.Detail, Does.StartWith("the worker ended with signal ").And.Contain("in step 2"));
        Assert.That(crash.Detail, Does.Contain("AccessViolationException"), "the end of stderr is part of it");
        Assert.That(_probe.Observed(after).End, Is.EqualTo(ObservationEnd.Completed));
    }

    [Test]
    public void A_program_beyond_its_deadline_is_a_hang_and_the_next_one_runs()
    {
        // By then the worker has loaded its code.
        Assert.That(_probe.Run(Harmless).End, Is.EqualTo(ObservationEnd.Completed));
        long hanging = _probe.Send(500, Hanging);
        long after = _probe.Send(Harmless);

        var hang = _probe.Observed(hanging);
        Assert.That(hang.End, Is.EqualTo(ObservationEnd.Hang));
        Assert.That(hang.Detail, Does.Contain("in step 1, with signal 9"));
        Assert.That(hang.Micros, Is.GreaterThanOrEqualTo(500_000), "the program had its time");
        Assert.That(_probe.Observed(after).End, Is.EqualTo(ObservationEnd.Completed));
    }

    [Test]
    public void Crashes_and_hangs_in_a_row_cost_one_program_each()
    {
        Step[] hanging = Hanging;
        Step[][] programs = [Crashing, Crashing, hanging, Crashing, Harmless, hanging, Harmless];
        foreach (var program in programs)
            _probe.Send(program == hanging ? 300 : 60_000, program);
        var ends = Enumerable.Range(1, programs.Length).Select(id => _probe.Observed(id).End).ToArray();
        Assert.That(
            ends,
            Is.EqualTo(
                new[]
                {
                    ObservationEnd.Crash,
                    ObservationEnd.Crash,
                    ObservationEnd.Hang,
                    ObservationEnd.Crash,
                    ObservationEnd.Completed,
                    ObservationEnd.Hang,
                    ObservationEnd.Completed,
                }
            )
        );
    }

    [Test]
    public void A_worker_killed_from_outside_is_a_crash_and_the_next_one_runs()
    {
        long hanging = _probe.Send(Hanging);
        Process.GetProcessById(WaitForMarker()).Kill();
        var crash = _probe.Observed(hanging);
        Assert.That(crash.End, Is.EqualTo(ObservationEnd.Crash));
        Assert.That(crash.Detail, Is.EqualTo("the worker ended with signal 9 in step 1"));
        Assert.That(_probe.Run(Harmless).End, Is.EqualTo(ObservationEnd.Completed));
    }

    [Test]
    public void The_end_of_input_ends_every_process()
    {
        Assert.That(_probe.Run(Harmless).End, Is.EqualTo(ObservationEnd.Completed));
        var workers = _probe.Children();
        Assert.That(workers, Has.Length.EqualTo(1));
        _probe.EndInput();
        Assert.That(_probe.WaitForExit(), Is.True);
        Assert.That(_probe.ExitCode, Is.Zero);
        Assert.That(workers, Has.All.Matches<int>(RunningProbe.IsDead));
    }

    [Test]
    public void Requests_before_end_of_input_are_answered()
    {
        long first = _probe.Send(Harmless);
        long second = _probe.Send(Crashing);
        _probe.EndInput();
        Assert.That(_probe.Observed(first).End, Is.EqualTo(ObservationEnd.Completed));
        Assert.That(_probe.Observed(second).End, Is.EqualTo(ObservationEnd.Crash));
        Assert.That(_probe.WaitForExit(), Is.True);
    }

    [Test]
    public void Every_process_ends_when_no_reader_is_left()
    {
        _probe.Send(Hanging);
        int worker = WaitForMarker();
        _probe.EndOutput();
        Assert.That(_probe.WaitForExit(), Is.True);
        Assert.That(RunningProbe.IsDead(worker), Is.True);
    }

    [Test]
    public void A_supervisor_that_is_killed_takes_its_workers_along()
    {
        _probe.Send(Hanging);
        int worker = WaitForMarker();
        _probe.Kill();
        RunningProbe.Until(() => RunningProbe.IsDead(worker), "the kernel kills the worker");
    }

    [Test]
    public void The_worker_goes_first_when_memory_runs_out()
    {
        _probe.Send(Hanging);
        int worker = WaitForMarker();
        Assert.That(File.ReadAllText($"/proc/{worker}/oom_score_adj").Trim(), Is.EqualTo("1000"));
        Assert.That(File.ReadAllText($"/proc/{_probe.Pid}/oom_score_adj").Trim(), Is.Not.EqualTo("1000"));
    }

    [Test]
    public void Descriptors_and_mappings_of_a_program_are_gone_after_it_however_it_ended()
    {
        Assert.That(_probe.Run(Harmless).End, Is.EqualTo(ObservationEnd.Completed));
        int worker = _probe.Children()[0];
        string[] Descriptors() =>
            [.. Directory.GetFileSystemEntries($"/proc/{worker}/fd").Select(f => new FileInfo(f).LinkTarget ?? "")];
        int Maps() =>
            File.ReadAllLines($"/proc/{worker}/maps").Count(l => l.Contains("/memfd:m", StringComparison.Ordinal));
        void RunAll()
        {
            _probe.Run([.. Harmless, new OpenStep("x", "/nonexistent")]);
            _probe.Run([.. Harmless, new UnmapStep("nonsense")]);
            _probe.Run(
                new MemfdStep("m", 4096),
                new MapStep("a", "m", 4096, Write: true, Shared: true, Align: 1 << 21),
                new UnmapStep("a")
            );
        }

        RunAll(); // the runtime keeps what it loads for it
        var before = Descriptors();
        RunAll();
        Assert.That(Descriptors(), Is.EquivalentTo(before));
        Assert.That(Maps(), Is.Zero);
    }

    // The worker that executes the hanging program is the one with its memfd open.
    private int WaitForMarker()
    {
        int found = 0;
        RunningProbe.Until(() => (found = _probe.Children().FirstOrDefault(HasMarker)) != 0, "the program to begin");
        return found;
    }

    private static bool HasMarker(int pid)
    {
        try
        {
            // Step 1 opens the FIFO: once the marker is there, the program is blocked in it or about to be.
            return Directory
                    .GetFileSystemEntries($"/proc/{pid}/fd")
                    .Any(f => new FileInfo(f).LinkTarget?.StartsWith("/memfd:marker", StringComparison.Ordinal) == true)
                && File.ReadAllText($"/proc/{pid}/syscall").Split(' ')[0] is "257" or "2" or "56";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
