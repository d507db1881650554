using Harness.Cases;
using Harness.Guest;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Act = Harness.Model.Ownership.Act;

namespace Harness.Runs.Tests;

/// <summary>An exit is right only if all that it tells is: a kernel that reports a wrong length, address or value is no match.</summary>
public class ExitTests
{
    private const ulong Page = CaseLayout.TestAddress;

    private static readonly Case Deleted = AllCases.Find("anonymous:private vma=rw slot=none write,write then=delete")!;

    private static readonly Case ReadOnly = AllCases.Find("anonymous:private vma=rw slot=ro write")!;

    private static readonly Case Closed = AllCases.Find("gmem:mmap vma=rw slot=none write,read then=close")!;

    private static readonly Case NoSyndrome = AllCases.Find("anonymous:private vma=rw slot=none write,str-post then=delete")!;

    [TestCase(Page, true, 4, CaseLayout.StoredValue, VerdictKind.Match)]
    [TestCase(Page, true, 8, CaseLayout.StoredValue, VerdictKind.Mismatch)]
    [TestCase(Page, true, 1, CaseLayout.StoredValue, VerdictKind.Mismatch)]
    [TestCase(Page + 8, true, 4, CaseLayout.StoredValue, VerdictKind.Mismatch)]
    [TestCase(Page, true, 4, 0u, VerdictKind.Mismatch)]
    [TestCase(Page, false, 4, 0u, VerdictKind.Mismatch)]
    public void What_userspace_is_to_emulate_is_what_the_guest_did(ulong address, bool write, int length, uint data, VerdictKind expected)
    {
        var mmio = Mmio(address, write, length, data);
        var first = Judge().Decide(ReadOnly, Seen.Completed(ReadOnly, Seen.Step("memslot"), mmio, Seen.Registers(0, 0)));
        var later = Judge().Decide(Deleted, Seen.Completed(Deleted, Seen.Step("memslot"), Seen.Report(0x100), Seen.Descriptor(Seen.NormalRwxFwb),
            Seen.Registers(0, 0), Seen.Step("memslot"), Seen.Descriptor(0, valid: false), mmio, Seen.Registers(0, 0)));

        Assert.That((first.Kind, later.Kind), Is.EqualTo((expected, expected)));
        if (expected == VerdictKind.Mismatch)
            Assert.That(first.Observed, Does.Contain($"of {length} bytes at 0x{address:x}"));
    }

    [TestCase(Page, false, 4, VerdictKind.Match)]
    [TestCase(Page, false, 8, VerdictKind.Mismatch)]
    [TestCase(Page + 4, false, 4, VerdictKind.Mismatch)]
    public void So_it_is_of_a_load(ulong address, bool write, int length, VerdictKind expected)
    {
        var c = AllCases.Find("anonymous:private vma=rw slot=none exec,read then=delete")!;
        var verdict = Judge().Decide(c, Seen.Completed(c, Seen.Step("memslot"), Seen.Report(0x200), Seen.Descriptor(Seen.NormalRwxFwb & ~0x80ul),
            Seen.Registers(0x0200_0000, Page), Seen.Step("memslot"), Seen.Descriptor(0, valid: false), Mmio(address, write, length, 0), Seen.Registers(0, 0)));

        Assert.That(verdict.Kind, Is.EqualTo(expected), verdict.Reason);
    }

    [TestCase(39, Page, 0x1000ul, 0ul, VerdictKind.Match)]
    [TestCase(39, Page, 0x20_0000ul, 0ul, VerdictKind.Mismatch)]
    [TestCase(39, Page + 0x1000, 0x1000ul, 0ul, VerdictKind.Mismatch)]
    [TestCase(39, Page, 0x1000ul, 8ul, VerdictKind.Mismatch)]
    [TestCase(0, 0ul, 0ul, 0ul, VerdictKind.Mismatch)]
    public void Of_a_page_that_can_not_be_had_userspace_is_told_which(int exit, ulong address, ulong size, ulong flags, VerdictKind expected)
    {
        var fault = Fault(exit, address, size, flags);
        var attributes = Judge().Decide(Closed, Seen.Completed(Closed, Seen.Step("guest-memory"), Seen.Step("bound-memslot"), Seen.Report(0x100),
            Seen.Descriptor(Seen.NormalRwxFwb), Seen.Registers(0, 0), Seen.Step("close"), Seen.Descriptor(0, valid: false), fault, Seen.Registers(0, 0)));
        var life = Life(Act.Create, Act.Bind, Act.CloseFile, Act.GuestLoad);

        Assert.That(attributes.Kind, Is.EqualTo(expected), attributes.Observed);
        Assert.That(Judge().Decide(life, Lived(life, fault)).Kind, Is.EqualTo(expected));
    }

    [Test]
    public void A_run_that_fails_tells_nothing_else()
    {
        Observation Ends(StepResult run) => Seen.Completed(NoSyndrome, Seen.Step("memslot"), Seen.Report(0x100), Seen.Descriptor(Seen.NormalRwxFwb),
            Seen.Registers(0, 0), Seen.Step("memslot"), Seen.Descriptor(0, valid: false), run, Seen.Registers(0, 0));

        Assert.That(Judge().Decide(NoSyndrome, Ends(Seen.Step("run", 38, ("exit", 0)))).Kind, Is.EqualTo(VerdictKind.Match));
        var mmio = Judge().Decide(NoSyndrome, Ends(Mmio(Page, write: true, 4, CaseLayout.StoredValue)));
        Assert.That((mmio.Kind, mmio.Rule), Is.EqualTo((VerdictKind.Mismatch, "no-slot-no-syndrome")));
        Assert.That(Judge().Decide(NoSyndrome, Ends(Seen.Step("run", 38, ("exit", 17)))).Observed, Does.Contain("exit reason 17"));
    }

    [Test]
    public void A_report_of_another_length_is_a_kernels_that_reports_wrongly()
    {
        var c = Seen.Grace();
        var verdict = Judge().Decide(c, Seen.Completed(c, Seen.Step("memslot"), Mmio(CaseLayout.ReportAddress, write: true, 8, 0x100), Seen.Registers(0, 0)));

        Assert.That((verdict.Kind, verdict.Observed), Is.EqualTo((VerdictKind.Mismatch, $"registered; read: KVM_EXIT_MMIO for a store of 8 bytes at 0x{CaseLayout.ReportAddress:x} of 0x100")));
    }

    [Test]
    public void The_acts_of_a_life_are_told_by_whole_reports()
    {
        var c = Life(Act.Create, Act.Bind, Act.GuestStore);
        StepResult Report(int length) => Seen.Step("", 0, ("exit", 6), ("address", CaseLayout.ReportAddress), ("length", length), ("write", true),
            ("data", (ulong)GuestProgram.GuestWord << 32 | GuestProgram.Finished));

        Assert.That(Judge().Decide(c, Lived(c, Report(8))).Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(Judge().Decide(c, Lived(c, Report(4))).Kind, Is.EqualTo(VerdictKind.Mismatch));
    }

    private static StepResult Mmio(ulong address, bool write, int length, uint data) =>
        Seen.Step("run", 0, ("exit", 6), ("address", address), ("length", length), ("write", write), ("data", data));

    private static StepResult Fault(int exit, ulong address, ulong size, ulong flags) =>
        Seen.Step("run", 14, ("exit", exit), ("flags", flags), ("address", address), ("size", size));

    private static Case Life(params Act[] acts) => new(
        new Backing(VmaKind.GuestMemory, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false) { GuestMemory = GuestMemoryFlags.Mmap },
        true, SlotFlags.None, AccessList.None) { Life = new Lifecycle(VmKind.Ordinary, new ActList(acts)) };

    /// <summary>Everything went well up to the last act, which a guest run answers.</summary>
    private static Observation Lived(Case c, StepResult last)
    {
        var program = LifeCompiler.Compile(c, new ProbeAbilities(true, true, true));
        var steps = program.Steps.Select(s => Seen.Step(s.Op)).ToArray();
        steps[program.Acts[^1].Step] = last with { Op = "run" };
        return Seen.Completed(c, steps);
    }

    private static Judge Judge() => new(Mainline.V7_2,
        new HostProfile("7.2.0", new HostFacts(true, true), new ProbeAbilities(true, true, true), new Decoding(true, null)));
}
