using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>Steps that create memory of a provider, as far as any Linux supports it.</summary>
public class ProviderStepsTests
{
    private RunningProbe _probe = null!;

    [OneTimeSetUp]
    public void Start() => _probe = RunningProbe.Start();

    [OneTimeTearDown]
    public void Stop() => _probe.Dispose();

    [Test]
    public void A_file_is_mapped_from_where_the_program_says()
    {
        var seen = _probe.Run(
            new TemporaryFileStep("f", "/tmp", 8192),
            new MapStep("a", "f", 4096, Write: true, Shared: true, Align: 2 << 20, FileOffset: 4096),
            new WordsStep("a", 0, [7]),
            new MapStep("beyond", "f", 4096, Write: true, Shared: true, FileOffset: 1) with
            {
                OnError = OnError.Continue,
            }
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(Address(seen, 1) % (2 << 20), Is.Zero);
        Assert.That(seen.Steps[3].Errno, Is.EqualTo(22), "an offset is a whole number of pages");
        Assert.That(Directory.EnumerateFiles("/tmp", "stage2-harness.*.*"), Is.Empty);
    }

    [Test]
    public void Memory_takes_the_place_of_other_memory_from_an_offset()
    {
        var seen = _probe.Run(
            new MemfdStep("m", 8192, SealShrink: true),
            new MapStep("a", null, 4096, Write: true, Shared: false, Align: 2 << 20),
            new MapStep("b", "m", 4096, Write: true, Shared: true, Over: "a", FileOffset: 4096),
            new WordsStep("b", 0, [7])
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(Address(seen, 2), Is.EqualTo(Address(seen, 1)));
    }

    [Test]
    public void Memory_that_has_no_huge_page_is_distinguished_from_memory_that_has()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 2 << 20, Write: true, Shared: false, Align: 2 << 20),
            new AdviseStep("a", 15),
            new WordsStep("a", 0, [7]),
            new HugeMappedStep("a") with
            {
                OnError = OnError.Continue,
            }
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(
            (seen.Steps[3].Errno, RunningProbe.Result<HugeMappedResult>(seen, 3).Size),
            Is.EqualTo((12, (ulong?)0))
        );
    }

    [Test]
    public void A_page_has_a_frame_once_it_was_touched()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 8192, Write: true, Shared: false),
            new FrameStep("a", 4096),
            new WordsStep("a", 4096, [7]),
            new FrameStep("a", 4096)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(
            new[] { 1, 3 }.Select(i => RunningProbe.Result<FrameResult>(seen, i).Entry >> 63),
            Is.EqualTo(new ulong?[] { 0, 1 })
        );
    }

    /// <summary>Bit 56 of an entry of /proc/self/pagemap: no other process maps the page.</summary>
    [Test]
    public void A_child_shares_pages_until_one_is_stored_to()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 8192, Write: true, Shared: false),
            new WordsStep("a", 0, [7]),
            new WordsStep("a", 4096, [7]),
            new FrameStep("a"),
            new ForkStep("child"),
            new FrameStep("a"),
            new WordsStep("a", 0, [8]),
            new FrameStep("a"),
            new FrameStep("a", 4096),
            new CloseStep("child"),
            new FrameStep("a", 4096)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(
            new[] { 3, 5, 7, 8, 10 }.Select(i => RunningProbe.Result<FrameResult>(seen, i).Entry >> 56 & 1),
            Is.EqualTo(new ulong?[] { 1, 0, 1, 0, 1 })
        );
    }

    [TestCase(ServedFaults.Missing, 0ul, 0x3001u)]
    [TestCase(ServedFaults.Protected, 4096ul, 8u)]
    [TestCase(ServedFaults.Minor, 4096ul, 8u)]
    public void A_thread_serves_the_faults_of_a_mapping(ServedFaults faults, ulong at, uint word)
    {
        var seen = _probe.Run(
            new MapStep("a", null, 8192, Write: true, Shared: faults == ServedFaults.Minor),
            new WordsStep("a", 4096, [7]),
            new UserFaultStep("u", "a", faults, 0x3001) { OnError = OnError.End },
            new WordsStep("a", 4096, [8]),
            new AdviseStep("a", faults == ServedFaults.Minor ? 4 : 0), // MADV_DONTNEED or MADV_NORMAL
            new CopyStep("a", at)
        );
        if (seen.Steps[2].Errno is 1 or 22 or 38)
            Assert.Ignore($"userfaultfd(2) can't be used here: errno {seen.Steps[2].Errno}");
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(RunningProbe.Result<CopyResult>(seen, 5).Value, Is.EqualTo(word));
    }

    [Test]
    public void Pages_are_written_to_swap_where_there_is_some()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 8192, Write: true, Shared: false),
            new WordsStep("a", 4096, [7]),
            new AdviseStep("a", 21),
            new PagedOutStep("a") with
            {
                OnError = OnError.End,
            },
            new FrameStep("a", 4096),
            new CopyStep("a", 4096)
        );
        if (!File.ReadLines("/proc/swaps").Skip(1).Any())
        {
            Assert.That(seen.Steps[3].Errno, Is.EqualTo(16), "the page stays");
            return;
        }
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(RunningProbe.Result<FrameResult>(seen, 4).Entry >> 62, Is.EqualTo(1), "swapped, not present");
        Assert.That(RunningProbe.Result<CopyResult>(seen, 5).Value, Is.EqualTo(7));
    }

    [Test]
    public void Locked_memory_is_left_out_of_swap()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 4096, Write: true, Shared: false),
            new LockStep("a"),
            new AdviseStep("a", 21) { OnError = OnError.Continue },
            new PagedOutStep("a")
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That((seen.Steps[2].Errno, seen.Steps[3].Errno), Is.EqualTo((22, 0)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Memory_does_not_fail_where_no_module_has_it_fail(bool soft)
    {
        if (Directory.Exists("/sys/kernel/debug/hwpoison"))
            Assert.Ignore("memory of this machine would fail");
        var seen = _probe.Run(
            new MapStep("a", null, 8192, Write: true, Shared: false),
            new WordsStep("a", 4096, [7]),
            new PoisonStep("p", "a", 4096, soft) with
            {
                OnError = OnError.Continue,
            },
            new CopyStep("a", 4096)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps[2].Errno, Is.EqualTo(1).Or.EqualTo(2).Or.EqualTo(13), "EPERM, ENOENT, EACCES");
        Assert.That(RunningProbe.Result<CopyResult>(seen, 3).Value, Is.EqualTo(7));
    }

    [Test]
    public void A_part_of_a_mapping_is_given_back_and_protected()
    {
        var seen = _probe.Run(
            new MapStep("a", null, 8192, Write: true, Shared: false),
            new WordsStep("a", 0, [7]),
            new WordsStep("a", 4096, [7]),
            new AdviseStep("a", 4, 4096, 4096),
            new FrameStep("a"),
            new FrameStep("a", 4096),
            new ProtectStep("a", Read: true, Write: false, 0, 4096),
            new WordsStep("a", 4096, [8]),
            new LockStep("a"),
            new AdviseStep("a", 4) { OnError = OnError.Continue }
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(
            new[] { 4, 5 }.Select(i => RunningProbe.Result<FrameResult>(seen, i).Entry >> 63),
            Is.EqualTo(new ulong?[] { 1, 0 })
        );
        Assert.That(seen.Steps[9].Errno, Is.EqualTo(22), "locked memory is not given back");
        Assert.That(
            _probe.Run(new MapStep("a", null, 4096, true, false), new AdviseStep("a", 4, 4096, 4096)).End,
            Is.EqualTo(ObservationEnd.ProbeError)
        );
    }

    [Test]
    public void A_device_that_is_not_there_is_an_errno_and_leaves_nothing()
    {
        var seen = _probe.Run(new VfioBindStep("b", "ffff:00:00.0"));
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.SetupFailed));
        Assert.That(seen.Steps[0].Errno, Is.EqualTo(2));
    }

    [TestCase("/tmp/nowhere", 2)]
    public void A_folder_that_is_not_there_is_an_errno(string folder, int errno) =>
        Assert.That(_probe.Run(new TemporaryFileStep("f", folder, 4096)).Steps[0].Errno, Is.EqualTo(errno));

    private static ulong? Address(Observation seen, int step) => RunningProbe.Result<MapResult>(seen, step).Address;
}
