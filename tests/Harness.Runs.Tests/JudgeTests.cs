using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Tests;

public class JudgeTests
{
    private static readonly ProtBits Prot612 = new(Execute: 1, Write: 2, Device: 8, NonCacheable: 0x10);

    private static Judge Judge(Policy policy, bool fwb = true, bool dic = true) =>
        new(policy, Profile(new HostFacts(fwb, dic)));

    private static HostProfile Profile(params HostFacts[] possible) =>
        new("7.2.0", possible[0], new ProbeAbilities(true, true, true), new Decoding(possible[0].Fwb, Prot612))
        {
            Possible = possible,
        };

    [Test]
    public void An_allowed_outcome_is_a_match_with_the_descriptor_as_evidence()
    {
        var c = Seen.Grace();
        var verdict = Judge(Mainline.V7_2).Decide(c, Seen.ReadMapped(c, Seen.NormalRwxFwb));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
        Assert.That(verdict.Evidence, Is.EqualTo(new[] { Evidence.Pte, Evidence.Exit, Evidence.Errno }));
    }

    [Test]
    public void A_match_has_the_properties_that_it_violates_and_that_its_policy_predicts_them()
    {
        var c = Seen.Grace();
        var verdict = Judge(Mainline.V6_1, dic: false).Decide(c, Seen.ReadMapped(c, Seen.DeviceRw));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
        Assert.That(
            verdict.Breaches.Select(b => (b.Property, b.Predicted)),
            Is.EqualTo(new[] { ("no-stale-data", true), ("no-silent-fallback", true), ("bounded-aliases", true) })
        );
    }

    [Test]
    public void A_private_page_that_is_mapped_read_only_is_no_breach_in_itself()
    {
        var c = Seen.Grace() with
        {
            Backing = new Backing(
                VmaKind.PfnMap,
                KernelMap.Unknown,
                VmaMemoryType.NonCacheable,
                Sharing.Private,
                AllowAnyUncached: false
            ),
        };
        const ulong deviceR = Seen.DeviceRw & ~(2ul << 6); // S2AP r
        var verdict = Judge(Mainline.V7_2).Decide(c, Seen.ReadMapped(c, deviceR));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
        Assert.That(verdict.Breaches, Is.Empty);
    }

    [Test]
    public void A_mismatch_has_the_properties_that_it_violates_and_that_its_policy_does_not_predict_them()
    {
        var c = Seen.Grace();
        var verdict = Judge(Mainline.V7_2).Decide(c, Seen.ReadMapped(c, Seen.DeviceRw));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(verdict.Breaches.Select(b => b.Property), Does.Contain("no-silent-fallback"));
        Assert.That(verdict.Breaches.Select(b => b.Predicted), Has.All.False);
    }

    [Test]
    public void A_mapping_that_harms_nothing_and_a_refusal_at_registration_violate_no_property()
    {
        var c = Seen.Grace();
        Assert.That(Judge(Mainline.V7_2).Decide(c, Seen.ReadMapped(c, Seen.NormalRwxFwb)).Breaches, Is.Empty);
        Assert.That(Judge(Mainline.V7_2, fwb: false, dic: false).Decide(c, Seen.Refused(c, 22)).Breaches, Is.Empty);
    }

    [Test]
    public void Only_what_is_violated_whatever_the_unknown_facts_are_is_a_breach()
    {
        var c = Seen.Grace();
        // Executable memory outside the kernel's memory map: harmless with DIC.
        var judge = new Judge(Mainline.V6_9, Profile(new HostFacts(true, false), new HostFacts(true, true)));
        var known = new Judge(Mainline.V6_9, Profile(new HostFacts(true, false)));
        var seen = Seen.ReadMapped(c, Seen.NormalRwxFwb);

        Assert.That(
            known.Decide(c, seen).Breaches.Select(b => b.Property),
            Is.EqualTo(new[] { "no-stale-instructions" })
        );
        Assert.That(judge.Decide(c, seen).Breaches, Is.Empty);
    }

    [Test]
    public void A_wrong_policy_is_a_mismatch_that_names_the_rule_and_shows_both_sides()
    {
        var c = Seen.Grace();
        var verdict = Judge(Mainline.V6_9).Decide(c, Seen.ReadMapped(c, Seen.NormalRwxFwb));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(verdict.Rule, Is.EqualTo("device-unless-map-memory"));
        Assert.That(verdict.Predicted?.ToString(), Does.Contain("Device-nGnRE rw-"));
        Assert.That(verdict.Observed?.ToString(), Does.Contain("Normal-WB rwx"));
        Assert.That(
            verdict.Reason,
            Does.Contain("a page outside the kernel's memory map is a device").And.Contain("mainline-6.9")
        );
    }

    [Test]
    public void A_wrong_errno_at_registration_is_a_mismatch()
    {
        var c = Seen.Grace();
        var judge = Judge(Mainline.V7_2, fwb: false, dic: false);

        Assert.That(judge.Decide(c, Seen.Refused(c, 22)).Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(judge.Decide(c, Seen.Refused(c, 14)).Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(judge.Decide(c, Seen.Refused(c, 14)).Rule, Is.EqualTo("cacheable-pfnmap-unsupported"));
    }

    [Test]
    public void The_same_descriptor_means_another_type_without_FWB()
    {
        var c = Seen.Grace() with
        {
            Backing = new Backing(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.NonCacheable, Sharing.Shared, false),
        };
        var judge = Judge(Mainline.V7_2, fwb: false, dic: false);

        Assert.That(judge.Decide(c, Seen.ReadMapped(c, Seen.NormalRwNoFwb)).Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(
            judge.Decide(c, Seen.ReadMapped(c, Seen.NormalRwFwb)).Kind,
            Is.EqualTo(VerdictKind.Mismatch),
            "0b0110 is no KVM encoding there"
        );
    }

    [Test]
    public void Execute_permission_alone_makes_a_mismatch()
    {
        var c = Seen.Grace();
        var verdict = Judge(Mainline.V7_2).Decide(c, Seen.ReadMapped(c, Seen.NormalRwFwb));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(verdict.Rule, Is.EqualTo("dic-executable"));
    }

    [Test]
    public void For_an_encoding_that_is_none_the_rule_that_set_the_type_is_named()
    {
        var c = Seen.Grace();
        const ulong asStage1 = Seen.NormalRwxFwb | 1ul << 2; // MemAttr 0b0111
        var verdict = Judge(Mainline.V7_2).Decide(c, Seen.ReadMapped(c, asStage1));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(verdict.Rule, Is.EqualTo("normal"));
        Assert.That(verdict.Observed!.ToString(), Does.Contain("MemAttr 0b0111, which is no KVM encoding"));
    }

    [Test]
    public void Without_a_descriptor_the_traced_mapping_decides()
    {
        var c = Seen.Grace();
        var device = Seen.Completed(
            c,
            new MemslotResult(),
            Seen.Report(0x100),
            Seen.Trace(("stage2_map", 0xe)),
            Seen.Registers(0, 0)
        );

        Assert.That(Judge(Mainline.V7_2).Decide(c, device).Kind, Is.EqualTo(VerdictKind.Mismatch));
        var match = Judge(Mainline.V6_9).Decide(c, device);
        Assert.That(match.Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(match.Evidence[0], Is.EqualTo(Evidence.Trace));
    }

    [Test]
    public void With_neither_only_the_exit_is_judged_and_the_verdict_says_so()
    {
        var c = Seen.Grace();
        var verdict = Judge(Mainline.V6_9)
            .Decide(c, Seen.Completed(c, new MemslotResult(), Seen.Report(0x100), Seen.Registers(0, 0)));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(verdict.Evidence, Is.EqualTo(new[] { Evidence.Exit, Evidence.Errno }));
    }

    [Test]
    public void A_descriptor_that_is_neither_as_predicted_nor_as_the_traced_mapping_is_the_kernels_trouble()
    {
        var verdict = WithTwoLeaves(traced: 0x7, Seen.DeviceRw);

        Assert.That((verdict.Kind, verdict.Culprit), Is.EqualTo((VerdictKind.Mismatch, Culprit.Kernel)));
        Assert.That(
            verdict.Reason,
            Does.Contain("the descriptor says Device-nGnRE rw-").And.Contain("the traced mapping Normal-WB rwx")
        );
    }

    /// <summary>The verdict on a read with a descriptor other than the traced mapping.</summary>
    private static Verdict WithTwoLeaves(ulong traced, ulong descriptor)
    {
        var c = Seen.Grace();
        return Judge(Mainline.V7_2)
            .Decide(
                c,
                Seen.Completed(
                    c,
                    new MemslotResult(),
                    Seen.Report(0x100),
                    Seen.Trace(("stage2_map", traced)),
                    Seen.Descriptor(descriptor),
                    Seen.Registers(0, 0)
                )
            );
    }

    [Test]
    public void Evidence_that_contradicts_itself_is_the_probes_trouble_not_the_kernels()
    {
        var verdict = WithTwoLeaves(traced: 0xe, Seen.NormalRwxFwb);

        Assert.That((verdict.Kind, verdict.Culprit), Is.EqualTo((VerdictKind.ProbeError, Culprit.Probe)));
    }

    [Test]
    public void A_fetch_that_succeeds_ends_in_an_undefined_instruction_and_one_that_fails_in_an_abort()
    {
        var c = Seen.Grace(Access.Execute);
        var judge = Judge(Mainline.V7_2);
        Observation With(ulong esr, params StepResult[] more) =>
            Seen.Completed(
                c,
                [new MemslotResult(), Seen.Report(0x200), .. more, Seen.Registers(esr, Cases.CaseLayout.TestAddress)]
            );

        Assert.That(
            judge.Decide(c, With(0x0200_0000, Seen.Descriptor(Seen.NormalRwxFwb))).Kind,
            Is.EqualTo(VerdictKind.Match)
        );
        var abort = judge.Decide(c, With(0xffff_ffff_8600_0010));
        Assert.That(abort.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(abort.Observed?.ToString(), Does.Contain("external instruction abort"));
        Assert.That(abort.Evidence[0], Is.EqualTo(Evidence.Guest));
    }

    [Test]
    public void A_guest_that_makes_no_progress_is_a_hang()
    {
        var c = Seen.Grace();
        var verdict = Judge(Mainline.V7_2)
            .Decide(c, Seen.Completed(c, new MemslotResult(), new RunResult(Timeout: true) { Errno = 4 }));

        Assert.That((verdict.Kind, verdict.Culprit), Is.EqualTo((VerdictKind.Hang, Culprit.Kernel)));
        Assert.That(verdict.Reason, Does.Contain("no progress within 2000 ms"));
        Assert.That(verdict.Observed?.ToString(), Is.EqualTo("registered; read: the guest faults for ever"));
        Assert.That(Mainline.V7_2.Has(verdict.Rule), verdict.Rule);
    }

    [Test]
    public void A_guest_that_is_predicted_to_make_no_progress_and_makes_none_is_a_match()
    {
        var memory = new Backing(VmaKind.GuestMemory, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false)
        {
            GuestMemory = GuestMemoryFlags.Mmap,
        };
        var c = new AccessCase(memory, true, SlotFlags.None, new AccessList(Access.Write, Access.Execute));
        var observation = Seen.Completed(
            c,
            new GuestMemoryResult(),
            new MemslotResult(),
            Seen.Report(0x100),
            Seen.Descriptor(Seen.NormalRwFwb),
            Seen.Registers(0, 0),
            new RunResult(Timeout: true) { Errno = 4 }
        );

        Assert.That(Judge(Mainline.V6_18, dic: false).Decide(c, observation).Kind, Is.EqualTo(VerdictKind.Match));
        var stalled = Judge(Mainline.V7_1, dic: false).Decide(c, observation);
        Assert.That(
            (stalled.Kind, stalled.Culprit, stalled.Rule),
            Is.EqualTo((VerdictKind.Hang, Culprit.Kernel, "exec-fault")),
            stalled.Reason
        );
    }

    [Test]
    public void Exporter_features_missing_on_old_kernels_are_skipped_and_other_failures_are_not()
    {
        var c = CaseSpace.WithKey("pfnmap:unknown:nc:shared:any vma=rw slot=none read")!;
        Observation Failed(int errno) =>
            new(
                c.Id,
                ObservationEnd.SetupFailed,
                "step 1 (export)",
                1000,
                [new OpenResult(), new ExportResult { Errno = errno }],
                []
            );

        var skipped = Judge(Mainline.V6_1).Decide(c, Failed(95));

        Assert.That(
            (skipped.Kind, skipped.Reason),
            Is.EqualTo(
                (
                    VerdictKind.Skip,
                    "needs VM_ALLOW_ANY_UNCACHED, which the kernel there doesn't have (6.9 and later do)"
                )
            )
        );
        Assert.That(Judge(Mainline.V6_1).Decide(c, Failed(22)).Kind, Is.EqualTo(VerdictKind.ProbeError));
    }

    [TestCase(ObservationEnd.Hang, VerdictKind.Hang)]
    [TestCase(ObservationEnd.Crash, VerdictKind.Crash)]
    [TestCase(ObservationEnd.ProbeError, VerdictKind.ProbeError)]
    [TestCase(ObservationEnd.SetupFailed, VerdictKind.ProbeError)]
    public void A_case_that_never_got_to_its_question_is_no_mismatch(ObservationEnd end, VerdictKind verdict)
    {
        var c = Seen.Grace();
        var seen = new Observation(c.Id, end, "why", 1, [new VmResult { Errno = 12 }], []);

        Assert.That(Judge(Mainline.V6_9).Decide(c, seen).Kind, Is.EqualTo(verdict));
    }

    [Test]
    public void A_kernel_warning_is_reported_with_whatever_the_verdict_is()
    {
        var c = Seen.Grace();
        var seen = Seen.ReadMapped(c, Seen.NormalRwxFwb) with
        {
            KernelLog = ["WARNING: CPU: 0 PID: 7 at arch/arm64/kvm/mmu.c:1"],
        };

        var verdict = Judge(Mainline.V7_2).Decide(c, seen);

        Assert.That(
            (verdict.Kind, verdict.Reason),
            Is.EqualTo((VerdictKind.Match, "the kernel reported: WARNING at arch/arm64/kvm/mmu.c"))
        );
    }

    [TestCase(Culprit.Kernel, "WARNING: CPU: 0 PID: 7 at arch/arm64/kvm/mmu.c:1 f+0x1/0x2")]
    [TestCase(Culprit.Platform, "Out of memory: Killed process 90 (probe) total-vm:1kB")]
    [TestCase(Culprit.Probe, "WARNING: the mand mount option is being deprecated")]
    public void A_crash_is_the_kernels_only_if_it_reported_trouble_of_its_own(Culprit culprit, string line)
    {
        var c = Seen.Grace();
        var seen = new Observation(c.Id, ObservationEnd.Crash, "died by signal 9", 1, [], [line]);

        Assert.That(Judge(Mainline.V7_2).Decide(c, seen).Culprit, Is.EqualTo(culprit));
    }

    private static Judge Either(string fact, params HostFacts[] possible) =>
        new(Mainline.V7_2, Profile(possible) with { Facts = [Fact.Of(fact, "no source has it")] });

    [Test]
    public void An_unknown_fact_skips_only_cases_that_depend_on_it()
    {
        var judge = Either("FWB", new HostFacts(false, true), new HostFacts(true, true));
        var c = Seen.Grace();
        var device = c with { Backing = c.Backing with { Type = VmaMemoryType.NonCacheable } };

        var skipped = judge.Decide(c, Seen.Refused(c, 22));
        Assert.That((skipped.Kind, skipped.Culprit), Is.EqualTo((VerdictKind.Skip, Culprit.Platform)));
        Assert.That(skipped.Reason, Is.EqualTo("depends on FWB, which is unknown, because no source has it"));
        Assert.That(skipped.Predicted?.ToString(), Does.Contain("refused with EINVAL; or registered"));
        Assert.That(judge.Decide(device, Seen.ReadMapped(device, Seen.DeviceRw)).Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(
            judge.Decide(device, Seen.ReadMapped(device, Seen.NormalRwFwb)).Kind,
            Is.EqualTo(VerdictKind.Mismatch)
        );
    }

    [Test]
    public void Evidence_too_weak_to_show_what_is_unknown_is_judged_all_the_same()
    {
        var judge = Either("DIC", new HostFacts(true, false), new HostFacts(true, true));
        var c = Seen.Grace() with
        {
            Backing = new Backing(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.NonCacheable, Sharing.Shared, false),
        };

        Assert.That(
            judge.Decide(c, Seen.Completed(c, new MemslotResult(), Seen.Report(0x100), Seen.Registers(0, 0))).Kind,
            Is.EqualTo(VerdictKind.Match)
        );
        var skipped = judge.Decide(c, Seen.ReadMapped(c, Seen.NormalRwxFwb));
        Assert.That(
            (skipped.Kind, skipped.Reason),
            Is.EqualTo((VerdictKind.Skip, "depends on DIC, which is unknown, because no source has it"))
        );
    }
}
