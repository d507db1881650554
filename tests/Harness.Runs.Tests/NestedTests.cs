using Harness.Cases;
using Harness.Model;
using Harness.Model.Nesting;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;

namespace Harness.Runs.Tests;

public class NestedTests
{
    private const uint Mmio = 6;

    // ESR_ELx: EC, IL and the fault status.
    private const ulong Done = 0x16ul << 26 | 1;
    private const ulong Excepted = 0x16ul << 26 | 2;
    private const ulong DataPermission = 0x24ul << 26 | 0x0f;

    // XN 0b10 is not set: bits 54:53.
    private const ulong ReadsAndExecutes = 0x4000_045b;
    private const ulong Everything = 0x4000_04db;
    private const ulong ReadsOnly = ReadsAndExecutes | 1ul << 54;

    private static readonly NestedCase Load = new("plain.rwx,read");

    private static readonly NestedCase Store = new("plain.r,write");

    private static Judge JudgeOf(Policy? policy = null)
    {
        var host = new HostFacts(Fwb: true, Dic: true) { Nested = true };
        return new(
            policy ?? Mainline.V7_2,
            new HostProfile(
                "7.2.0",
                host,
                Seen.Abilities with
                {
                    Nested = true,
                    IpaLimit = 48,
                },
                new Decoding(host.Fwb, null)
            )
        );
    }

    private static CompiledCase Compiled(NestedCase c) => Seen.Compiled(c);

    /// <summary>The results of a case's program: these for the guest's acts, in order, and all else works.</summary>
    private static Observation Did(NestedCase c, params StepResult[] acts)
    {
        int next = 0;
        return Seen.Whole(
            c,
            [
                .. Compiled(c)
                    .Program.Steps.Select(s =>
                        s is RunStep or AnswerStep or GetRegistersStep or Stage2Step
                            ? acts[next++]
                            : EmptyResult.Of(s, 0)
                    ),
            ]
        );
    }

    private static RunResult Report(uint status) => new(Mmio, CaseLayout.ReportAddress, 4, true, status);

    private static GetRegistersResult Registers(
        ulong esr,
        ulong x0 = 0,
        ulong hpfar = 0,
        ulong ownEsr = 0,
        ulong ownFar = 0,
        ulong ownElr = 0
    ) =>
        new(
            new Dictionary<GuestRegister, ulong>
            {
                [GuestRegister.X0] = x0,
                [GuestRegister.X10] = esr,
                [GuestRegister.X11] = 0,
                [GuestRegister.X12] = 0,
                [GuestRegister.X13] = 0x400,
                [GuestRegister.X17] = hpfar,
                [GuestRegister.X19] = ownEsr,
                [GuestRegister.X20] = ownFar,
                [GuestRegister.X21] = ownElr,
            }
        );

    private static Stage2Result Leaf(ulong descriptor, int level = 3) => new(true, descriptor, level);

    private static readonly Stage2Result NoLeaf = new(false, 0, 3);

    private static ulong HpfarOf(NestedCase c, int act = 1) =>
        1ul << 63 | Compiled(c).NestedActs[act].Run!.Address >> 12 << 4;

    [TestCase(0x100ul, Everything, VerdictKind.Match)]
    [TestCase(0x101ul, Everything, VerdictKind.Mismatch)] // other memory
    [TestCase(0x100ul, ReadsAndExecutes, VerdictKind.Mismatch)] // not writable
    [TestCase(0x100ul, 0x4000_04c7ul, VerdictKind.Mismatch)] // Device-nGnRE
    public void What_a_nested_guest_reads_and_its_shadow_are_judged(ulong value, ulong descriptor, VerdictKind kind)
    {
        var verdict = JudgeOf()
            .Decide(Load, Did(Load, Report(0x200), new AnswerResult(), Registers(Done, value), Leaf(descriptor)));

        Assert.That(verdict.Kind, Is.EqualTo(kind), verdict.Reason);
    }

    [Test]
    public void A_block_where_the_guest_hypervisor_has_a_page_is_a_mismatch() =>
        Assert.That(
            JudgeOf()
                .Decide(
                    Load,
                    Did(Load, Report(0x200), new AnswerResult(), Registers(Done, 0x100), Leaf(Everything, level: 2))
                )
                .Kind,
            Is.EqualTo(VerdictKind.Mismatch)
        );

    [TestCase(DataPermission, 0ul, VerdictKind.Match)]
    [TestCase(DataPermission, 1ul << 4, VerdictKind.Mismatch)] // another page
    [TestCase(0x24ul << 26 | 0x07, 0ul, VerdictKind.Mismatch)] // a translation fault
    [TestCase(0x20ul << 26 | 0x0f, 0ul, VerdictKind.Mismatch)] // an instruction abort
    [TestCase(Done, 0ul, VerdictKind.Mismatch)] // the store was done
    public void What_the_guest_hypervisor_gets_is_judged(ulong esr, ulong off, VerdictKind kind)
    {
        var verdict = JudgeOf()
            .Decide(
                Store,
                Did(
                    Store,
                    Report(0x201),
                    new AnswerResult(),
                    Registers(esr, hpfar: HpfarOf(Store) + off),
                    Leaf(ReadsOnly)
                )
            );

        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((kind, "nested-permission")), verdict.Reason);
    }

    [TestCase(0ul, 0x5a5aul, VerdictKind.Match)]
    [TestCase(8ul, 0x5a5aul, VerdictKind.Mismatch)]
    [TestCase(0ul, 0x5a5bul, VerdictKind.Mismatch)]
    public void An_exit_has_the_address_that_the_guest_hypervisor_sees(ulong off, ulong data, VerdictKind kind)
    {
        var c = new NestedCase("none.r,write");
        var verdict = JudgeOf()
            .Decide(
                c,
                Did(
                    c,
                    new RunResult(Mmio, Compiled(c).NestedActs[1].Run!.Memory + off, 4, true, data),
                    new AnswerResult(true, null, Mmio, CaseLayout.ReportAddress, 4, true, 0x201),
                    Registers(Done),
                    NoLeaf
                )
            );

        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((kind, "nested-unmapped-not-forwarded")), verdict.Reason);
    }

    [TestCase(0x21ul << 26 | 0x10, 0ul, VerdictKind.Match)]
    [TestCase(0x21ul << 26 | 0x10, 4ul, VerdictKind.Mismatch)]
    [TestCase(0ul, 0ul, VerdictKind.Mismatch)] // it was executed
    public void The_nested_guests_own_exception_is_judged(ulong esr, ulong off, VerdictKind kind)
    {
        var c = new NestedCase("device.rwx,exec");
        ulong address = Compiled(c).NestedActs[1].Run!.Address;
        var verdict = JudgeOf()
            .Decide(
                c,
                Did(
                    c,
                    Report(0x202),
                    new AnswerResult(),
                    Registers(Excepted, ownEsr: esr, ownFar: address + off, ownElr: address),
                    NoLeaf
                )
            );

        Assert.That(verdict.Kind, Is.EqualTo(kind), verdict.Reason);
    }

    [Test]
    public void Without_a_shadow_there_is_no_leaf()
    {
        var c = new NestedCase("plain.rwx,map-r");
        var verdict = JudgeOf()
            .Decide(c, Did(c, Report(0x103), new AnswerResult(), Registers(0), new Stage2Result { Errno = 61 }));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
        Assert.That(verdict.Observed!.ToString(), Is.EqualTo("plain.rwx: done; map-r: done [shadow: not mapped]"));
    }

    [TestCase(Everything, Done, 0x100ul, VerdictKind.Match)] // by the old descriptor
    [TestCase(0ul, 0x24ul << 26 | 0x07, 0ul, VerdictKind.Match)] // by the new one
    [TestCase(0ul, Done, 0x100ul, VerdictKind.Mismatch)]
    public void Before_it_is_invalidated_both_descriptors_may_be_used(
        ulong descriptor,
        ulong esr,
        ulong value,
        VerdictKind kind
    )
    {
        var c = new NestedCase("plain.rwx,read,map-invalid,read");
        var verdict = JudgeOf()
            .Decide(
                c,
                Did(
                    c,
                    Report(0x200),
                    new AnswerResult(),
                    Registers(Done, 0x100),
                    Leaf(Everything),
                    Report(0x103),
                    new AnswerResult(),
                    Registers(0),
                    Leaf(Everything),
                    Report(0x200),
                    new AnswerResult(),
                    Registers(esr, value, HpfarOf(c)),
                    descriptor == 0 ? NoLeaf : Leaf(descriptor)
                )
            );

        Assert.That(verdict.Kind, Is.EqualTo(kind), verdict.Reason);
    }

    [Test]
    public void A_guest_that_is_stuck_ends_the_case_as_a_hang() =>
        Assert.That(
            JudgeOf()
                .Decide(
                    Load,
                    Did(Load, new RunResult(10, Timeout: true) { Errno = 4 }, new AnswerResult(), Registers(0), NoLeaf)
                )
                .Kind,
            Is.EqualTo(VerdictKind.Hang)
        );

    [TestCase(0x203u)]
    [TestCase(0x100u)]
    public void A_report_of_another_entry_is_the_probes_fault(uint report) =>
        Assert.That(
            JudgeOf()
                .Decide(Load, Did(Load, Report(report), new AnswerResult(), Registers(Done), Leaf(Everything)))
                .Kind,
            Is.EqualTo(VerdictKind.ProbeError)
        );
}
