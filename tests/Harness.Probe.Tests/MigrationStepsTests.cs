using Harness.Protocol;

namespace Harness.Probe.Tests;

/// <summary>The steps of a VM that moves, as far as memory on any Linux answers them.</summary>
public class MigrationStepsTests
{
    private const int SIGBUS = 7, SIGSEGV = 11, AccessError = 2, NoSuchPage = 2, EFAULT = 14;
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
            Steps.Map("a", null, 4 * _page, write: true, shared: false),
            Steps.Words("a", _page, words), Steps.Touch("a", 4 * _page - 4, 0xff),
            Steps.SavePages("a", 0, 4 * _page), Steps.SavePages("a", 2 * _page, 2 * _page), Steps.SavePages("a", 0, 0));
        Assert.That(saved.End, Is.EqualTo(ObservationEnd.Completed), saved.Detail);
        Assert.That(saved.Steps[3].Values.Bits("pageSize"), Is.EqualTo(_page));
        var pages = saved.Steps[3].Values.Inner("pages");
        Assert.That(pages.Select(p => p.Key), Is.EqualTo(new[] { $"{_page}", $"{3 * _page}" }));
        Assert.That(Convert.FromBase64String(pages.Text($"{_page}")), Is.EqualTo(words.SelectMany(BitConverter.GetBytes)));
        Assert.That(saved.Steps[4].Values.Inner("pages").Select(p => p.Key), Is.EqualTo(new[] { $"{3 * _page}" }));
        Assert.That(saved.Steps[5].Values.Inner("pages"), Is.Empty);

        var restored = _probe.Run(
            Steps.Memfd("m", 4 * _page), Steps.Map("b", "m", 4 * _page, write: true, shared: true),
            Steps.Touch("b", 4 * _page - 8, 1), Steps.RestorePages("b", pages), Steps.SavePages("b", 0, 4 * _page));
        Assert.That(restored.End, Is.EqualTo(ObservationEnd.Completed), restored.Detail);
        Assert.That(restored.Steps[4].Values.Inner("pages"), Is.EqualTo(pages));
    }

    [Test]
    public void Pages_of_a_host_with_larger_ones_are_stored_as_they_come()
    {
        var large = new byte[4 * _page];
        new Random(7).NextBytes(large);
        var seen = _probe.Run(
            Steps.Map("a", null, 8 * _page, write: true, shared: false),
            Steps.RestorePages("a", Fields.Of(($"{_page + 8}", Convert.ToBase64String(large)))), Steps.SavePages("a", 0, 8 * _page));
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        var all = new byte[8 * _page];
        foreach (var page in seen.Steps[2].Values.Inner("pages"))
            Convert.FromBase64String((string)page.Value!).CopyTo(all, long.Parse(page.Key, null));
        Assert.That(all.Skip((int)_page + 8).Take(large.Length), Is.EqualTo(large));
        Assert.That(all.Take((int)_page + 8).Concat(all.Skip((int)_page + 8 + large.Length)), Is.All.Zero);
    }

    [Test]
    public void Memory_that_is_not_there_is_told_with_the_signal_and_the_probe_goes_on()
    {
        var zeroes = Fields.Of(($"{_page}", Convert.ToBase64String(new byte[_page])));
        var seen = _probe.Run(
            Steps.Memfd("m", _page), Steps.Map("a", "m", 2 * _page, write: true, shared: true),
            Steps.SavePages("a", 0, 2 * _page, OnError.Continue), Steps.RestorePages("a", zeroes, OnError.Continue),
            Steps.Map("b", null, 2 * _page, write: true, shared: false), Steps.Protect("b", read: true, write: false),
            Steps.SavePages("b", 0, 2 * _page), Steps.RestorePages("b", zeroes, OnError.Continue));
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps.Select(s => s.Errno), Is.EqualTo(new[] { 0, 0, EFAULT, EFAULT, 0, 0, 0, EFAULT }));
        var beyond = Fields.Of(("offset", _page), ("signal", SIGBUS), ("code", NoSuchPage));
        Assert.That(seen.Steps[2].Values, Is.EqualTo(beyond));
        Assert.That(seen.Steps[3].Values, Is.EqualTo(beyond));
        Assert.That(seen.Steps[7].Values, Is.EqualTo(Fields.Of(("offset", _page), ("signal", SIGSEGV), ("code", AccessError))));
    }

    [Test]
    public void The_memory_of_a_small_VM_fits_into_a_message_several_times_and_more_is_refused_by_the_probe()
    {
        const ulong Size = 2 << 20;
        var fill = Fields.Of(("0", Convert.ToBase64String([.. Enumerable.Repeat((byte)0x5a, (int)Size)])));
        Step[] steps = [Steps.Map("a", null, Size, write: true, shared: false), Steps.RestorePages("a", fill)];
        var save = Steps.SavePages("a", 0, Size);
        var seen = _probe.Run([.. steps, save, save, save, save, save]);
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        Assert.That(seen.Steps[^1].Values.Inner("pages").Count, Is.EqualTo((int)(Size / _page)));

        long id = _probe.Send([.. steps, save, save, save, save, save, save]);
        var reply = _probe.Reply();
        Assert.That(reply.Id, Is.EqualTo(id));
        Assert.That(reply.Error, Does.Match($"^the answer takes [0-9]+ bytes; a line has {LineProtocol.LineLimit}$"));
        Assert.That(_probe.Run(save with { Args = Fields.Of(("map", "a"), ("offset", 0), ("size", 0)) }).Detail, Does.Contain("there is no 'a'"), "it lives");
    }

    [Test]
    public void More_pages_than_an_object_has_members_are_to_be_saved_in_parts()
    {
        ulong size = (LineProtocol.MemberLimit + 1) * _page;
        string ones = Convert.ToBase64String([1, 0, 0, 0, 0, 0, 0, 0]);
        // Requests are limited alike: so in two.
        Fields Ones(ulong from, ulong to) => Fields.Of([.. Enumerable.Range((int)from, (int)(to - from)).Select(i => ($"{(ulong)i * _page}", (object?)ones))]);
        var seen = _probe.Run(
            Steps.Map("a", null, size, write: true, shared: false),
            Steps.RestorePages("a", Ones(0, LineProtocol.MemberLimit)), Steps.RestorePages("a", Ones(LineProtocol.MemberLimit, LineProtocol.MemberLimit + 1)),
            Steps.SavePages("a", 0, size));
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.ProbeError));
        Assert.That(seen.Detail, Does.Contain($"more than {LineProtocol.MemberLimit} pages: save them in parts"));
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_programs_mistake_is_told_before_anything_is_touched(Step step, string says)
    {
        var seen = _probe.Run(Steps.Map("a", null, 2 * _page, write: true, shared: false), Steps.Map("gone", null, _page, write: true, shared: false),
            Steps.Unmap("gone"), step);
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.ProbeError));
        Assert.That(seen.Detail, Does.StartWith($"step 3 ({step.Op}): ").And.Contain(says));
        Assert.That(seen.Steps, Has.Count.EqualTo(3));
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        static Step Restore(string offset, object? content) => Steps.RestorePages("a", Fields.Of((offset, content)));
        string eight = Convert.ToBase64String(new byte[8]), page = Convert.ToBase64String(new byte[_page]);
        yield return Mistake("save past the end", Steps.SavePages("a", _page, 2 * _page), "are not inside");
        yield return Mistake("save around the end of addresses", Steps.SavePages("a", _page, ulong.MaxValue - _page + 1), "are not inside");
        yield return Mistake("save from within a page", Steps.SavePages("a", 8, _page), "are not whole pages");
        yield return Mistake("save half a page", Steps.SavePages("a", 0, _page / 2), "are not whole pages");
        yield return Mistake("save what is unmapped", Steps.SavePages("gone", 0, _page), "'gone' is unmapped");
        yield return Mistake("restore what is unmapped", Steps.RestorePages("gone", Fields.Empty), "'gone' is unmapped");
        yield return Mistake("restore past the end", Restore($"{2 * _page}", eight), "are no aligned words inside");
        yield return Mistake("restore over the end", Restore($"{_page + 8}", page), "are no aligned words inside");
        yield return Mistake("restore far out", Restore("18446744073709551608", eight), "are no aligned words inside");
        yield return Mistake("restore between words", Restore("4", eight), "are no aligned words inside");
        yield return Mistake("restore before the start", Restore("-8", eight), "are no aligned words inside");
        yield return Mistake("restore nowhere", Restore("0x10", eight), "are no aligned words inside");
        yield return Mistake("restore half a word", Restore("0", "AAAA"), "the page at '0': 3 bytes are no words");
        yield return Mistake("restore nothing", Restore("0", ""), "the page at '0': 0 bytes are no words");
        yield return Mistake("restore no base64", Restore("0", "?"), "the page at '0': ");
        yield return Mistake("restore a number", Restore("0", 1), "the page at '0': it is not text");
        yield return Mistake("a log of no VM", Steps.DirtyPages("a", 0, "a", 0, _page), "'a' is not a KvmVm");
        yield return Mistake("masks of no VM", Steps.RegisterMasks("a"), "'a' is not a KvmVm");
        yield return Mistake("registers of no vCPU", Steps.SaveRegisters("a"), "'a' is not a KvmVcpu");
        yield return Mistake("registers into no vCPU", Steps.RestoreRegisters("a", Fields.Empty, true), "'a' is not a KvmVcpu");
        yield return Mistake("no vCPU to settle", Steps.Settle("a"), "'a' is not a KvmVcpu");
        yield return Mistake("one argument too many", new Step("settle", Fields.Of(("vcpu", "a"), ("now", true))), "no argument is called 'now'");
    }

    private static TestCaseData Mistake(string name, Step step, string says) => new TestCaseData(step, says).SetArgDisplayNames(name);
}
