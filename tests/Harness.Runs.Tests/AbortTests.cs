using Harness.Cases;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;

namespace Harness.Runs.Tests;

public class AbortTests
{
    private const uint Mmio = 6;
    private const uint NoSyndrome = 28;

    private static readonly AbortCase Signed = new("ldrsb.none.high");

    private static readonly AbortCase Pair = new("ldp.none,nisv-to-user,ldp.none.abort");

    private static Judge JudgeOf(Policy policy, bool tcg = false)
    {
        var host = new HostFacts(Fwb: true, Dic: true);
        return new(
            policy,
            new HostProfile("7.2.0", host, Seen.Abilities, new Decoding(host.Fwb, null))
            {
                Platform = tcg ? new Platform(Tcg: true, Cpus: 2) : Platform.Unknown,
            }
        );
    }

    /// <summary>The results of a case's program: these for the guest's acts, in order, and all else works.</summary>
    private static Observation Did(AbortCase c, params StepResult[] acts)
    {
        int next = 0;
        return Seen.Whole(
            c,
            [
                .. Seen.Compiled(c)
                    .Program.Steps.Select(s =>
                        s is RunStep or AnswerStep or GetRegistersStep ? acts[next++]
                        : s is Stage2Step ? new Stage2Result(false, 0, 3)
                        : EmptyResult.Of(s, 0)
                    ),
            ]
        );
    }

    private static ulong AddressOf(AbortCase c, int act = 0) => Seen.Compiled(c).AbortActs[act].Act!.Address;

    private static GetRegistersResult Registers(ulong x0 = 0, ulong esr = 0, ulong far = 0, ulong vector = 0x200) =>
        new(
            new Dictionary<GuestRegister, ulong>
            {
                [GuestRegister.X0] = x0,
                [GuestRegister.X10] = esr,
                [GuestRegister.X11] = far,
                [GuestRegister.X12] = 0,
                [GuestRegister.X13] = vector,
            }
        );

    private static AnswerResult Report(uint status) => new(true, null, Mmio, CaseLayout.ReportAddress, 4, true, status);

    private static StepResult[] Load(ulong address, uint length, ulong value) =>
        [new RunResult(Mmio, address, length, false, 0), Report(0x100), Registers(value)];

    [TestCase(0xffff_ff88ul, VerdictKind.Match, "mmio-sign-kept")]
    [TestCase(0x88ul, VerdictKind.Mismatch, "mmio-sign-kept")]
    [TestCase(0xffff_ffff_ffff_ff88ul, VerdictKind.Mismatch, "mmio-sign-kept")]
    public void What_a_completed_load_leaves_in_its_register_is_judged(ulong value, VerdictKind kind, string rule)
    {
        var verdict = JudgeOf(Mainline.V7_2).Decide(Signed, Did(Signed, Load(AddressOf(Signed), 1, value)));

        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((kind, rule)), verdict.Reason);
    }

    [TestCase(0ul, 2u)]
    [TestCase(8ul, 1u)]
    public void An_exit_for_another_width_or_address_is_a_mismatch(ulong off, uint length) =>
        Assert.That(
            JudgeOf(Mainline.V7_2).Decide(Signed, Did(Signed, Load(AddressOf(Signed) + off, length, 0xffff_ff88))).Kind,
            Is.EqualTo(VerdictKind.Mismatch)
        );

    private static StepResult[] Pairs(params StepResult[] second) =>
        [new RunResult(0) { Errno = 38 }, new AnswerResult(), Registers(), .. second];

    [Test]
    public void A_run_that_fails_and_an_answered_one_are_acts_of_one_guest()
    {
        var c = Pair;
        var verdict = JudgeOf(Mainline.V7_3)
            .Decide(
                c,
                Did(
                    c,
                    Pairs(
                        new RunResult(NoSyndrome, AddressOf(c, 2), Syndrome: 0x7),
                        Report(0x201),
                        Registers(esr: 0x9600_0010, far: AddressOf(c, 2))
                    )
                )
            );

        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
            Assert.That(
                verdict.Observed!.ToString(),
                Is.EqualTo(
                    "ldp.none: ENOSYS; nisv-to-user: done; ldp.none.abort: KVM_EXIT_ARM_NISV, then data abort in the guest, FSC 0x10"
                )
            );
            Assert.That(
                verdict.Path,
                Is.EqualTo(
                    new[]
                    {
                        ("1 ldp.none", "no-slot-no-syndrome"),
                        ("2 nisv-to-user", "nisv-enabled"),
                        ("3 ldp.none.abort", "nisv-to-user"),
                        ("3 ldp.none.abort", "abort-injected"),
                    }
                )
            );
        });
    }

    [TestCase(0x9600_0011ul, 0ul, 0x200ul, "abort-injected")] // another fault status
    [TestCase(0x8600_0010ul, 0ul, 0x200ul, "abort-injected")] // an instruction abort
    [TestCase(0x9600_0010ul, 8ul, 0x200ul, "abort-injected")] // another address
    [TestCase(0x0200_0000ul, 0ul, 0x200ul, "abort-injected")] // another class
    [TestCase(0x9600_0010ul, 0ul, 0x380ul, "abort-injected")] // an SError
    public void Another_exception_is_a_mismatch(ulong esr, ulong off, ulong vector, string rule)
    {
        var verdict = JudgeOf(Mainline.V7_3)
            .Decide(
                Pair,
                Did(
                    Pair,
                    Pairs(
                        new RunResult(NoSyndrome, AddressOf(Pair, 2), Syndrome: 0x7),
                        Report(0x201),
                        Registers(esr: esr, far: AddressOf(Pair, 2) + off, vector: vector)
                    )
                )
            );

        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, rule)), verdict.Reason);
    }

    [Test]
    public void A_guest_that_is_stuck_ends_the_case_as_a_hang()
    {
        var verdict = JudgeOf(Mainline.V7_2)
            .Decide(
                Signed,
                Did(
                    Signed,
                    new RunResult(Mmio, AddressOf(Signed), 1, false, 0),
                    new AnswerResult(true, "KVM_RUN", 10, Timeout: true) { Errno = 4 },
                    Registers()
                )
            );

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Hang), verdict.Reason);
    }

    [TestCase(0x1ffu)]
    [TestCase(0x101u)]
    public void A_report_of_another_act_is_the_probes_fault(uint report) =>
        Assert.That(
            JudgeOf(Mainline.V7_2)
                .Decide(
                    Signed,
                    Did(Signed, new RunResult(Mmio, AddressOf(Signed), 1, false, 0), Report(report), Registers())
                )
                .Kind,
            Is.EqualTo(VerdictKind.ProbeError)
        );

    [Test]
    public void Cache_maintenance_needs_hardware_and_is_judged_there()
    {
        var c = new AbortCase("dc-civac.ro");
        RunResult ran = Seen.Report(0x100);
        var nothing = Did(c, ran, new AnswerResult(), Registers());

        Assert.Multiple(() =>
        {
            var emulated = JudgeOf(Mainline.V7_3, tcg: true).Decide(c, nothing);
            Assert.That(emulated.Kind, Is.EqualTo(VerdictKind.Skip), emulated.Reason);
            Assert.That(emulated.Reason, Does.StartWith("needs hardware"));
            Assert.That(JudgeOf(Mainline.V7_3).Decide(c, nothing).Kind, Is.EqualTo(VerdictKind.Mismatch));
            Assert.That(
                JudgeOf(Mainline.V7_3)
                    .Decide(c, Did(c, new RunResult(0) { Errno = 38 }, new AnswerResult(), Registers()))
                    .Kind,
                Is.EqualTo(VerdictKind.Match)
            );
        });
    }
}
