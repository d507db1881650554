using System.Globalization;
using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>Programs of steps that need no KVM, on any Linux.</summary>
public class InterpreterTests
{
    private RunningProbe _probe = null!;

    [OneTimeSetUp]
    public void Start() => _probe = RunningProbe.Start();

    [OneTimeTearDown]
    public void Stop() => _probe.Dispose();

    [Test]
    public void The_hello_says_who_speaks()
    {
        Assert.That(_probe.Hello.Protocol, Is.EqualTo(LineProtocol.Version));
        Assert.That(_probe.Hello.Probe, Is.EqualTo("cafe"));
        Assert.That(_probe.Hello.Pid, Is.EqualTo(_probe.Pid));
        Assert.That(_probe.Hello.Runtime, Does.StartWith(".NET 10"));
        Assert.That(_probe.Hello.BootId, Is.EqualTo(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()));
    }

    [Test]
    public void Every_step_gives_its_result_in_order()
    {
        var seen = _probe.Run(
            new MemfdStep("m", 8192),
            new MapStep("a", "m", 8192, Write: true, Shared: true, Align: 2 << 20),
            new WordsStep("a", 4096, [0xffffffff, 7]),
            new UnmapStep("a"),
            new CloseStep("m")
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(
            seen.Steps.Select(s => (s.Op, s.Errno)),
            Is.EqualTo(new[] { ("memfd", 0), ("map", 0), ("words", 0), ("unmap", 0), ("close", 0) })
        );
        ulong? address = Address(seen, 1);
        Assert.That(address, Is.Not.Zero);
        Assert.That(address % (2 << 20), Is.Zero);
    }

    [Test]
    public void A_mapping_takes_the_place_of_another_and_closes_its_name()
    {
        var seen = _probe.Run(
            new MemfdStep("m", 8192),
            new MapStep("a", null, 8192, Write: true, Shared: false, Align: 2 << 20),
            new WordsStep("a", 0, [1]),
            new MapStep("b", "m", 8192, Write: true, Shared: true, Over: "a"),
            new WordsStep("b", 4096, [7]),
            new MapStep("again", "m", 8192, Write: true, Shared: true, Align: 2 << 20),
            new UnmapStep("b"),
            new WordsStep("a", 0, [1])
        );
        Assert.That(seen.Detail, Is.EqualTo("step 7 (words): 'a' is closed"));
        Assert.That(Address(seen, 3), Is.EqualTo(Address(seen, 1)));
        Assert.That(seen.Steps.Select(s => s.Errno), Has.All.Zero);
    }

    [Test]
    public void Where_a_mapping_cannot_take_the_place_of_another_the_first_keeps_its_name()
    {
        var seen = _probe.Run(
            new OpenStep("null", "/dev/null"),
            new MapStep("a", null, 8192, Write: true, Shared: false, Align: 2 << 20),
            new MapStep("b", "null", 8192, Write: true, Shared: true, Over: "a") with
            {
                OnError = OnError.Continue,
            },
            new UnmapStep("a")
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(
            seen.Steps.Select(s => s.Errno),
            Is.EqualTo(new[] { 0, 0, 19, 0 }),
            "/dev/null maps nothing: ENODEV"
        );
    }

    [Test]
    public void Memory_is_moved_protected_and_replaced_in_part()
    {
        var seen = _probe.Run(
            new MemfdStep("m", 64 << 10),
            new MapStep("a", null, 128 << 10, Write: true, Shared: false, Align: 2 << 20),
            MapStep.Into("a", 64 << 10, "m", 64 << 10, write: true, shared: true),
            new WordsStep("a", 64 << 10, [7]),
            new HoleStep("a", 0, 64 << 10),
            new MapStep("b", null, 64 << 10, Write: true, Shared: false, Align: 2 << 20),
            new ProtectStep("b", Read: false, Write: false),
            new ProtectStep("b", Read: true, Write: true),
            new WordsStep("b", 0, [7]),
            new FallocateStep("m", FallocateStep.PunchHole, 0, 64 << 10) { OnError = OnError.Fail },
            new UnmapStep("b")
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps.Select(s => s.Errno), Has.All.Zero);
    }

    [Test]
    public void Mremap_moves_a_mapping_and_frees_its_old_address()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 64 << 10, Write: true, Shared: false, Align: 2 << 20),
            new WordsStep("a", 0, [7]),
            new MoveStep("b", "a"),
            new WordsStep("b", 0, [8]),
            new ProtectStep("a", Read: true, Write: false)
        );
        Assert.That(seen.Detail, Is.EqualTo("step 4 (protect): 'a' is unmapped"));
        Assert.That(RunningProbe.Result<MoveResult>(seen, 2).Address, Is.Not.EqualTo(Address(seen, 0)));
    }

    [Test]
    public void A_part_lies_inside_its_mapping()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 64 << 10, Write: true, Shared: false, Align: 2 << 20),
            new HoleStep("a", 32 << 10, 64 << 10)
        );
        Assert.That(seen.Detail, Does.Contain("are not inside the 65536 bytes of the mapping"));
    }

    [Test]
    public void Requests_sent_without_waiting_are_answered_in_order()
    {
        var ids = Enumerable.Range(0, 300).Select(i => _probe.Send(new MemfdStep("m", 4096))).ToArray();
        Assert.That(ids.Select(id => _probe.Observed(id).End), Has.All.EqualTo(ObservationEnd.Completed));
    }

    [Test]
    public void An_error_ends_the_program_as_its_step_says()
    {
        var refused = new OpenStep("x", "/nonexistent");
        var next = new MemfdStep("m", 4096);

        var fail = _probe.Run(refused, next);
        Assert.That(fail.End, Is.EqualTo(ObservationEnd.SetupFailed));
        Assert.That(fail.Detail, Is.EqualTo("step 0 (open): errno 2"));
        Assert.That(fail.Steps, Has.Count.EqualTo(1));
        Assert.That(fail.Steps[0].Errno, Is.EqualTo(2));

        var end = _probe.Run(refused with { OnError = OnError.End }, next);
        Assert.That(end.End, Is.EqualTo(ObservationEnd.Completed));
        Assert.That(end.Steps, Has.Count.EqualTo(1));

        var proceed = _probe.Run(refused with { OnError = OnError.Continue }, next);
        Assert.That(proceed.End, Is.EqualTo(ObservationEnd.Completed));
        Assert.That(proceed.Steps.Select(s => s.Errno), Is.EqualTo(new[] { 2, 0 }));
    }

    private static IEnumerable<TestCaseData> Faulty()
    {
        static TestCaseData Of(string why, params Step[] steps) => new TestCaseData(why, steps).SetArgDisplayNames(why);
        var file = new MemfdStep("m", 4096);
        var map = new MapStep("a", "m", 4096, Write: true, Shared: true);
        yield return Of("step 1 (memfd): 'm' is set twice", file, file);
        yield return Of("step 0 (map): there is no 'm'", map);
        yield return Of("step 1 (unmap): 'm' is not a Mapping", file, new UnmapStep("m"));
        yield return Of("step 2 (close): 'm' is closed", file, new CloseStep("m"), new CloseStep("m"));
        yield return Of("step 2 (close): 'a' is a mapping: unmap it", file, map, new CloseStep("a"));
        yield return Of(
            "step 2 (map): 'a' has 4096 bytes and its own alignment, not 8192 at 0",
            file,
            map,
            new MapStep("b", "m", 8192, Write: true, Shared: true, Over: "a")
        );
        yield return Of(
            "step 2 (map): 'a' has 4096 bytes and its own alignment, not 4096 at 4096",
            file,
            map,
            new MapStep("b", "m", 4096, Write: true, Shared: true, 4096, Over: "a")
        );
        yield return Of(
            "step 3 (map): 'a' is unmapped",
            file,
            map,
            new UnmapStep("a"),
            new MapStep("b", "m", 4096, Write: true, Shared: true, Over: "a")
        );
        yield return Of(
            "step 1 (map): 'm' is not a Mapping",
            file,
            new MapStep("b", "m", 4096, Write: true, Shared: true, Over: "m")
        );
        yield return Of("step 0 (enable-cap): there is no 'vm'", new EnableCapabilityStep("vm", 205));
        yield return Of("step 0 (guest-memory): there is no 'vm'", new GuestMemoryStep("g", "vm", 4096, 0));
        yield return Of(
            "step 0 (memslot): there is no 'vm'",
            new MemslotStep("vm", 0, 0, 4096, null, Flags: 4, Binding: new Binding("g"))
        );
        yield return Of("step 1 (map): 'align' is not a power of two: 3", file, map with { Align = 3 });
        yield return Of(
            "step 2 (words): 2 words at 4092 are not inside the 4096 bytes",
            file,
            map,
            new WordsStep("a", 4092, [1, 2])
        );
        yield return Of("step 2 (words): 1 words at 2 are not inside", file, map, new WordsStep("a", 2, [1]));
        yield return Of(
            "step 2 (words): 0 words at 18446744073709551612 are not inside",
            file,
            map,
            new WordsStep("a", ulong.MaxValue - 3, [])
        );
        yield return Of(
            "step 2 (map): 0 bytes at 4097 are not inside",
            file,
            map,
            MapStep.Into("a", 4097, null, 0, write: true, shared: true)
        );
        yield return Of(
            "step 0 (map): a mapping needs 'as' or 'over'",
            new MapStep(null, null, 4096, Write: true, Shared: true)
        );
        yield return Of("step 2 (hole): 'offset' needs 'size'", file, map, new HoleStep("a", 4096));
    }

    [TestCaseSource(nameof(Faulty))]
    public void An_unknown_step_is_a_probe_error(string why, Step[] steps)
    {
        var seen = _probe.Run(steps);
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.ProbeError));
        Assert.That(seen.Detail, Does.StartWith(why));
        Assert.That(seen.Steps, Has.Count.EqualTo(steps.Length - 1), "the steps before it have their results");
    }

    [Test]
    public void A_line_that_is_no_request_is_answered_so_and_costs_nothing_else()
    {
        _probe.SendBytes("{\"id\":77,\"run\":\n"u8.ToArray());
        var reply = _probe.Reply();
        Assert.That(reply.Id, Is.Zero);
        Assert.That(reply.Error, Does.StartWith("a request: ").And.Contain("at $.run"));

        _probe.SendBytes(
            "{\"id\":78,\"run\":{\"case\":\"c\",\"deadlineMs\":60000,\"steps\":[{\"op\":\"jump\"}]}}\n"u8.ToArray()
        );
        reply = _probe.Reply();
        Assert.That(reply.Id, Is.EqualTo(78));
        Assert.That(
            reply.Error,
            Does.Contain("'jump'").And.Contain("at $.run.steps[0]"),
            "a step that the probe does not know"
        );

        Assert.That(_probe.Run(new MemfdStep("m", 4096)).End, Is.EqualTo(ObservationEnd.Completed));
    }

    [Test]
    public void Facts_say_what_is_known_and_the_errno_of_what_is_not()
    {
        _probe.SendFacts();
        var reply = _probe.Reply();
        Assert.That(reply.Facts, Is.Not.Null, reply.Error);
        var kernel = reply.Facts!.Inner("kernel");
        Assert.That(kernel.Text("release"), Is.EqualTo(File.ReadAllText("/proc/sys/kernel/osrelease").Trim()));
        Assert.That(kernel.Text("version"), Is.EqualTo(File.ReadAllText("/proc/version").Trim()));
        Assert.That(kernel.Integer("pageSize"), Is.EqualTo(Environment.SystemPageSize));
        Assert.That(
            reply.Facts.Inner("exporter").Integer("errno"),
            Is.EqualTo(File.Exists("/dev/stage2-exporter") ? 0 : 2)
        );
        Assert.That(reply.Facts.Inner("kvm").Has("errno"), Is.True);
        Assert.That(reply.Facts.Inner("trace").Has("available"), Is.True);
        Assert.That(reply.Facts.Integer("euid"), Is.EqualTo(EffectiveUser()), "the probe is of who runs the tests");
    }

    /// <summary>From the kernel (proc(5)): "Uid:", then the real, the effective, ...</summary>
    private static long EffectiveUser() =>
        long.Parse(
            File.ReadLines("/proc/self/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[
                2
            ],
            CultureInfo.InvariantCulture
        );

    [Test]
    public void A_line_beyond_the_limit_ends_the_probe_with_the_reason()
    {
        using var probe = RunningProbe.Start();
        var blank = new byte[LineProtocol.LineLimit + 2];
        Array.Fill(blank, (byte)' ');
        probe.SendBytes(blank);
        Assert.That(probe.WaitForExit(), Is.True);
        Assert.That(probe.ExitCode, Is.EqualTo(1));
        Assert.That(probe.Error(), Does.Contain("a line of more than"));
    }

    [Test]
    public void Wrong_arguments_are_answered_with_the_usage()
    {
        foreach (string[] arguments in new string[][] { [], ["--hash"], ["--worker", "1", "2"], ["--help"] })
        {
            using var process = RunningProbe.Launch(arguments);
            Assert.That(process.StandardError.ReadToEnd(), Does.StartWith("usage: "));
            Assert.That(process.StandardOutput.ReadToEnd(), Is.Empty);
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.EqualTo(2));
        }
    }

    [Test]
    public void A_worker_without_its_supervisor_does_not_stay()
    {
        using var process = RunningProbe.Launch("--worker", "1");
        Assert.That(process.StandardOutput.ReadToEnd(), Is.Empty);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(1));
    }

    private static ulong? Address(Observation seen, int step) => RunningProbe.Result<MapResult>(seen, step).Address;
}
