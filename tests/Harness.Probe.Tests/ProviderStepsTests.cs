using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>Steps that make memory of a provider's, as far as any Linux has it.</summary>
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
            Steps.TemporaryFile("f", "/tmp", 8192),
            Steps.MapAt("a", "f", 4096, 4096, write: true, shared: true, align: 2 << 20),
            Steps.Words("a", 0, [7]),
            Steps.MapAt("beyond", "f", 1, 4096, write: true, shared: true) with { OnError = OnError.Continue });
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps[1].Values.Bits("address") % (2 << 20), Is.Zero);
        Assert.That(seen.Steps[3].Errno, Is.EqualTo(22), "an offset is a whole number of pages");
        Assert.That(Directory.EnumerateFiles("/tmp", "stage2-harness.*.*"), Is.Empty);
    }

    [Test]
    public void Memory_takes_the_place_of_other_memory_from_an_offset()
    {
        var seen = _probe.Run(
            Steps.MemoryFile("m", 8192, sealShrink: true),
            Steps.Map("a", null, 4096, write: true, shared: false, align: 2 << 20),
            Steps.MapAt("b", "m", 4096, 4096, write: true, shared: true, over: "a"),
            Steps.Words("b", 0, [7]));
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps[2].Values.Bits("address"), Is.EqualTo(seen.Steps[1].Values.Bits("address")));
    }

    [Test]
    public void Memory_that_has_no_huge_page_is_told_from_memory_that_has()
    {
        var seen = _probe.Run(
            Steps.Map("a", null, 2 << 20, write: true, shared: false, align: 2 << 20),
            Steps.Advise("a", 15),
            Steps.Words("a", 0, [7]),
            Steps.HugeMapped("a") with { OnError = OnError.Continue });
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That((seen.Steps[3].Errno, seen.Steps[3].Values.Bits("size")), Is.EqualTo((12, 0ul)));
    }

    [Test]
    public void A_device_that_is_not_there_is_an_errno_and_leaves_nothing()
    {
        var seen = _probe.Run(Steps.VfioBind("b", "ffff:00:00.0"));
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.SetupFailed));
        Assert.That(seen.Steps[0].Errno, Is.EqualTo(2));
    }

    [TestCase("/tmp/nowhere", 2)]
    public void A_folder_that_is_not_there_is_an_errno(string folder, int errno) =>
        Assert.That(_probe.Run(Steps.TemporaryFile("f", folder, 4096)).Steps[0].Errno, Is.EqualTo(errno));
}
