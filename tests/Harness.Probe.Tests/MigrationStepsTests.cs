using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>The steps of a migration, as far as they work with memory on any Linux.</summary>
public class MigrationStepsTests
{
    private const int SIGBUS = 7,
        SIGSEGV = 11,
        AccessError = 2,
        NoSuchPage = 2,
        EFAULT = 14;
    private static readonly ulong _page = (ulong)Environment.SystemPageSize;

    private RunningProbe _probe = null!;

    [OneTimeSetUp]
    public void Start() => _probe = RunningProbe.Start();

    [OneTimeTearDown]
    public void Stop() => _probe.Dispose();

    [Test]
    public void Pages_that_hold_something_are_saved_under_their_offsets_and_restored_bit_by_bit()
    {
        uint[] words = [.. Enumerable.Range(0, (int)_page / 4).Select(i => (uint)i * 0x9e3779b9 + 1)];
        var saved = _probe.Run(
            new MapStep("a", null, 4 * _page, Write: true, Shared: false),
            new WordsStep("a", _page, words),
            new TouchStep("a", 4 * _page - 4, 0xff),
            new SavePagesStep("a", 0, 4 * _page),
            new SavePagesStep("a", 2 * _page, 2 * _page),
            new SavePagesStep("a", 0, 0)
        );
        Assert.That(saved.End, Is.EqualTo(ObservationEnd.Completed), saved.Detail);
        Assert.That(RunningProbe.Result<SavePagesResult>(saved, 3).PageSize, Is.EqualTo(_page));
        var pages = Pages(saved, 3);
        Assert.That(pages.Select(p => p.Offset), Is.EqualTo(new[] { _page, 3 * _page }));
        Assert.That(pages[0].Content, Is.EqualTo(words.SelectMany(BitConverter.GetBytes)));
        Assert.That(Pages(saved, 4).Select(p => p.Offset), Is.EqualTo(new[] { 3 * _page }));
        Assert.That(Pages(saved, 5), Is.Empty);

        var restored = _probe.Run(
            new MemfdStep("m", 4 * _page),
            new MapStep("b", "m", 4 * _page, Write: true, Shared: true),
            new TouchStep("b", 4 * _page - 8, 1),
            new RestorePagesStep("b", pages),
            new SavePagesStep("b", 0, 4 * _page)
        );
        Assert.That(restored.End, Is.EqualTo(ObservationEnd.Completed), restored.Detail);
        Assert.That(
            Pages(restored, 4).Select(p => (p.Offset, Convert.ToHexString(p.Content))),
            Is.EqualTo(pages.Select(p => (p.Offset, Convert.ToHexString(p.Content))))
        );
    }

    [Test]
    public void Pages_of_a_host_with_larger_ones_are_stored_as_they_come()
    {
        var large = new byte[4 * _page];
        new Random(7).NextBytes(large);
        var seen = _probe.Run(
            new MapStep("a", null, 8 * _page, Write: true, Shared: false),
            new RestorePagesStep("a", [new SavedPage(_page + 8, large)]),
            new SavePagesStep("a", 0, 8 * _page)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        var all = new byte[8 * _page];
        foreach (var page in Pages(seen, 2))
            page.Content.CopyTo(all, (long)page.Offset);
        Assert.That(all.Skip((int)_page + 8).Take(large.Length), Is.EqualTo(large));
        Assert.That(all.Take((int)_page + 8).Concat(all.Skip((int)_page + 8 + large.Length)), Is.All.Zero);
    }

    [Test]
    public void Memory_that_is_not_there_is_reported_with_the_signal_and_the_probe_continues()
    {
        SavedPage[] zeroes = [new(_page, new byte[_page])];
        var seen = _probe.Run(
            new MemfdStep("m", _page),
            new MapStep("a", "m", 2 * _page, Write: true, Shared: true),
            new SavePagesStep("a", 0, 2 * _page) { OnError = OnError.Continue },
            new RestorePagesStep("a", zeroes) { OnError = OnError.Continue },
            new MapStep("b", null, 2 * _page, Write: true, Shared: false),
            new ProtectStep("b", Read: true, Write: false),
            new SavePagesStep("b", 0, 2 * _page),
            new RestorePagesStep("b", zeroes) { OnError = OnError.Continue }
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps.Select(s => s.Errno), Is.EqualTo(new[] { 0, 0, EFAULT, EFAULT, 0, 0, 0, EFAULT }));
        var beyond = new PageFault(_page, SIGBUS, NoSuchPage);
        Assert.That(RunningProbe.Result<SavePagesResult>(seen, 2).Fault, Is.EqualTo(beyond));
        Assert.That(RunningProbe.Result<RestorePagesResult>(seen, 3).Fault, Is.EqualTo(beyond));
        Assert.That(
            RunningProbe.Result<RestorePagesResult>(seen, 7).Fault,
            Is.EqualTo(new PageFault(_page, SIGSEGV, AccessError))
        );
    }

    [Test]
    public void The_memory_of_a_small_VM_fits_into_a_message_several_times_and_more_is_refused_by_the_probe()
    {
        const ulong Size = 2 << 20;
        SavedPage[] fill = [new(0, [.. Enumerable.Repeat((byte)0x5a, (int)Size)])];
        Step[] steps = [new MapStep("a", null, Size, Write: true, Shared: false), new RestorePagesStep("a", fill)];
        var save = new SavePagesStep("a", 0, Size);
        var seen = _probe.Run([.. steps, save, save, save, save, save]);
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(Pages(seen, 6), Has.Count.EqualTo((int)(Size / _page)));

        long id = _probe.Send([.. steps, save, save, save, save, save, save]);
        var reply = _probe.Reply();
        Assert.That(reply.Id, Is.EqualTo(id));
        Assert.That(reply.Error, Does.Match($"^the answer takes [0-9]+ bytes; a line has {LineProtocol.LineLimit}$"));
        Assert.That(_probe.Run(save with { Size = 0 }).Detail, Does.Contain("there is no 'a'"), "it lives");
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_programs_mistake_is_reported_before_anything_is_touched(Step step, string says)
    {
        var seen = _probe.Run(
            new MapStep("a", null, 2 * _page, Write: true, Shared: false),
            new MapStep("gone", null, _page, Write: true, Shared: false),
            new UnmapStep("gone"),
            step
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.ProbeError));
        Assert.That(seen.Detail, Does.StartWith($"step 3 ({step.Op}): ").And.Contain(says));
        Assert.That(seen.Steps, Has.Count.EqualTo(3));
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        static Step Restore(ulong offset, byte[] content) =>
            new RestorePagesStep("a", [new SavedPage(offset, content)]);
        byte[] eight = new byte[8],
            page = new byte[_page];
        yield return Mistake("save past the end", new SavePagesStep("a", _page, 2 * _page), "are not inside");
        yield return Mistake(
            "save around the end of addresses",
            new SavePagesStep("a", _page, ulong.MaxValue - _page + 1),
            "are not inside"
        );
        yield return Mistake("save from within a page", new SavePagesStep("a", 8, _page), "are not whole pages");
        yield return Mistake("save half a page", new SavePagesStep("a", 0, _page / 2), "are not whole pages");
        yield return Mistake("save what is unmapped", new SavePagesStep("gone", 0, _page), "'gone' is unmapped");
        yield return Mistake("restore what is unmapped", new RestorePagesStep("gone", []), "'gone' is unmapped");
        yield return Mistake(
            "restore past the end",
            Restore(2 * _page, eight),
            "are no aligned words of 64 bits inside"
        );
        yield return Mistake(
            "restore over the end",
            Restore(_page + 8, page),
            "are no aligned words of 64 bits inside"
        );
        yield return Mistake(
            "restore far out",
            Restore(18446744073709551608, eight),
            "are no aligned words of 64 bits inside"
        );
        yield return Mistake("restore between words", Restore(4, eight), "are no aligned words of 64 bits inside");
        yield return Mistake("restore half a word", Restore(0, [1, 2, 3]), "3 bytes at 0 are no aligned words");
        yield return Mistake("restore nothing", Restore(0, []), "0 bytes at 0 are no aligned words");
        yield return Mistake("a log of no VM", new DirtyPagesStep("a", 0, "a", 0, _page), "'a' is not a KvmVm");
        yield return Mistake("masks of no VM", new RegisterMasksStep("a"), "'a' is not a KvmVm");
        yield return Mistake("registers of no vCPU", new SaveRegistersStep("a"), "'a' is not a KvmVcpu");
        yield return Mistake(
            "registers into no vCPU",
            new RestoreRegistersStep("a", [], All: true),
            "'a' is not a KvmVcpu"
        );
        yield return Mistake("no vCPU to settle", new SettleStep("a"), "'a' is not a KvmVcpu");
    }

    private static IReadOnlyList<SavedPage> Pages(Observation seen, int step) =>
        RunningProbe.Result<SavePagesResult>(seen, step).Pages!;

    private static TestCaseData Mistake(string name, Step step, string says) =>
        new TestCaseData(step, says).SetArgDisplayNames(name);
}
