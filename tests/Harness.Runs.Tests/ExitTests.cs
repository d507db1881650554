using Harness.Cases;
using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;
using Operation = Harness.Model.Ownership.Operation;

namespace Harness.Runs.Tests;

/// <summary>
/// An exit is right only if all its fields are: a kernel that reports a wrong length, address or value is no match.
/// </summary>
public class ExitTests
{
    private const ulong Page = CaseLayout.TestAddress;

    private static readonly Case Deleted = AllCases.Find("anonymous:private vma=rw slot=none write,write then=delete")!;

    private static readonly Case ReadOnly = AllCases.Find("anonymous:private vma=rw slot=ro write")!;

    private static readonly Case Closed = AllCases.Find("gmem:mmap vma=rw slot=none write,read then=close")!;

    private static readonly Case NoSyndrome = AllCases.Find(
        "anonymous:private vma=rw slot=none write,str-post then=delete"
    )!;

    [TestCase(Page, true, 4u, CaseLayout.StoredValue, VerdictKind.Match)]
    [TestCase(Page, true, 8u, CaseLayout.StoredValue, VerdictKind.Mismatch)]
    [TestCase(Page, true, 1u, CaseLayout.StoredValue, VerdictKind.Mismatch)]
    [TestCase(Page + 8, true, 4u, CaseLayout.StoredValue, VerdictKind.Mismatch)]
    [TestCase(Page, true, 4u, 0u, VerdictKind.Mismatch)]
    [TestCase(Page, false, 4u, 0u, VerdictKind.Mismatch)]
    public void The_MMIO_exit_describes_the_guests_access(
        ulong address,
        bool write,
        uint length,
        uint data,
        VerdictKind expected
    )
    {
        var mmio = Mmio(address, write, length, data);
        var first = Judge().Decide(ReadOnly, Seen.Completed(ReadOnly, new MemslotResult(), mmio, Seen.Registers(0, 0)));
        var later = Judge()
            .Decide(
                Deleted,
                Seen.Completed(
                    Deleted,
                    new MemslotResult(),
                    Seen.Report(0x100),
                    Seen.Descriptor(Seen.NormalRwxFwb),
                    Seen.Registers(0, 0),
                    new MemslotResult(),
                    Seen.Descriptor(0, valid: false),
                    mmio,
                    Seen.Registers(0, 0)
                )
            );

        Assert.That((first.Kind, later.Kind), Is.EqualTo((expected, expected)));
        if (expected == VerdictKind.Mismatch)
            Assert.That(first.Observed?.ToString(), Does.Contain($"of {length} bytes at 0x{address:x}"));
    }

    [TestCase(Page, false, 4u, VerdictKind.Match)]
    [TestCase(Page, false, 8u, VerdictKind.Mismatch)]
    [TestCase(Page + 4, false, 4u, VerdictKind.Mismatch)]
    public void So_it_is_of_a_load(ulong address, bool write, uint length, VerdictKind expected)
    {
        var c = AllCases.Find("anonymous:private vma=rw slot=none exec,read then=delete")!;
        var verdict = Judge()
            .Decide(
                c,
                Seen.Completed(
                    c,
                    new MemslotResult(),
                    Seen.Report(0x200),
                    Seen.Descriptor(Seen.NormalRwxFwb & ~0x80ul),
                    Seen.Registers(0x0200_0000, Page),
                    new MemslotResult(),
                    Seen.Descriptor(0, valid: false),
                    Mmio(address, write, length, 0),
                    Seen.Registers(0, 0)
                )
            );

        Assert.That(verdict.Kind, Is.EqualTo(expected), verdict.Reason);
    }

    [TestCase(39u, Page, 0x1000ul, 0ul, VerdictKind.Match)]
    [TestCase(39u, Page, 0x20_0000ul, 0ul, VerdictKind.Mismatch)]
    [TestCase(39u, Page + 0x1000, 0x1000ul, 0ul, VerdictKind.Mismatch)]
    [TestCase(39u, Page, 0x1000ul, 8ul, VerdictKind.Mismatch)]
    [TestCase(0u, 0ul, 0ul, 0ul, VerdictKind.Mismatch)]
    public void Userspace_gets_the_address_of_an_unavailable_page(
        uint exit,
        ulong address,
        ulong size,
        ulong flags,
        VerdictKind expected
    )
    {
        var fault = Fault(exit, address, size, flags);
        var attributes = Judge()
            .Decide(
                Closed,
                Seen.Completed(
                    Closed,
                    new GuestMemoryResult(),
                    new MemslotResult(),
                    Seen.Report(0x100),
                    Seen.Descriptor(Seen.NormalRwxFwb),
                    Seen.Registers(0, 0),
                    new CloseResult(),
                    Seen.Descriptor(0, valid: false),
                    fault
                )
            );
        var lifecycle = Lifecycle(Operation.Create, Operation.Bind, Operation.CloseFile, Operation.GuestLoad);

        Assert.That(attributes.Kind, Is.EqualTo(expected), attributes.Observed?.ToString());
        Assert.That(Judge().Decide(lifecycle, Lived(lifecycle, fault)).Kind, Is.EqualTo(expected));
    }

    [Test]
    public void A_run_that_fails_reports_nothing_else()
    {
        Observation Ends(StepResult run) =>
            Seen.Completed(
                NoSyndrome,
                new MemslotResult(),
                Seen.Report(0x100),
                Seen.Descriptor(Seen.NormalRwxFwb),
                Seen.Registers(0, 0),
                new MemslotResult(),
                Seen.Descriptor(0, valid: false),
                run
            );

        Assert.That(
            Judge().Decide(NoSyndrome, Ends(new RunResult(Exit: 0) { Errno = 38 })).Kind,
            Is.EqualTo(VerdictKind.Match)
        );
        var mmio = Judge().Decide(NoSyndrome, Ends(Mmio(Page, write: true, 4, CaseLayout.StoredValue)));
        Assert.That((mmio.Kind, mmio.Rule), Is.EqualTo((VerdictKind.Mismatch, "no-slot-no-syndrome")));
        Assert.That(
            Judge().Decide(NoSyndrome, Ends(new RunResult(Exit: 17) { Errno = 38 })).Observed?.ToString(),
            Does.Contain("exit reason 17")
        );
    }

    [Test]
    public void A_report_of_another_length_is_a_kernels_that_reports_wrongly()
    {
        var c = Seen.Grace();
        var verdict = Judge()
            .Decide(
                c,
                Seen.Completed(
                    c,
                    new MemslotResult(),
                    Mmio(CaseLayout.ReportAddress, write: true, 8, 0x100),
                    Seen.Registers(0, 0)
                )
            );

        Assert.That(
            (verdict.Kind, verdict.Observed?.ToString()),
            Is.EqualTo(
                (
                    VerdictKind.Mismatch,
                    $"registered; read: KVM_EXIT_MMIO for a store of 8 bytes at 0x{CaseLayout.ReportAddress:x} of 0x100"
                )
            )
        );
    }

    [Test]
    public void The_operations_of_a_lifecycle_are_reported_by_whole_reports()
    {
        var c = Lifecycle(Operation.Create, Operation.Bind, Operation.GuestStore);
        RunResult Report(uint length) =>
            new(
                6,
                CaseLayout.ReportAddress,
                length,
                Write: true,
                (ulong)GuestProgram.GuestWord << 32 | GuestProgram.Finished
            );

        Assert.That(Judge().Decide(c, Lived(c, Report(8))).Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(Judge().Decide(c, Lived(c, Report(4))).Kind, Is.EqualTo(VerdictKind.Mismatch));
    }

    private static RunResult Mmio(ulong address, bool write, uint length, uint data) =>
        new RunResult(6, address, length, write, data);

    private static RunResult Fault(uint exit, ulong address, ulong size, ulong flags) =>
        new RunResult(Exit: exit, Flags: flags, Address: address, Size: size) { Errno = 14 };

    private static LifecycleCase Lifecycle(params Operation[] operations) =>
        new(
            new Backing(VmaKind.GuestMemory, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false)
            {
                GuestMemory = GuestMemoryFlags.Mmap,
            },
            true,
            VmKind.Ordinary,
            new OperationList(operations)
        );

    /// <summary>Everything succeeded up to the last operation, which has the given result.</summary>
    private static Observation Lived(Case c, StepResult last)
    {
        var compiled = Seen.Compiled(c);
        var steps = compiled.Program.Steps.Select(s => EmptyResult.Of(s)).ToArray();
        steps[compiled.Lifecycle!.Operations[^1].Step.Index] = last;
        return Seen.Whole(c, steps);
    }

    private static Judge Judge() =>
        new(
            Mainline.V7_2,
            new HostProfile(
                "7.2.0",
                new HostFacts(true, true),
                new ProbeAbilities(true, true, true),
                new Decoding(true, null)
            )
        );
}
