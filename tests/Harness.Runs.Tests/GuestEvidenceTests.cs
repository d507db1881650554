using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Tests;

/// <summary>Observations of guests with their own tables, compared with the descriptor and the policy.</summary>
public class GuestEvidenceTests
{
    private const ulong AlignmentFault = 0x9600_0021,
        FetchAbort = 0x8600_0010,
        Udf = 0x0200_0000;

    private const ulong NormalRxFwb = 0x0000_0000_b214_475b; // MemAttr 6, S2AP r, SH 3, AF, XN 0

    private static readonly Platform Tcg = new(Tcg: true, Cpus: 2);

    private static readonly Backing Device = new(
        VmaKind.PfnMap,
        KernelMap.Unknown,
        VmaMemoryType.DeviceNGnRE,
        Sharing.Shared,
        false
    );

    [Test]
    public void A_guest_that_sees_what_both_stages_come_to_is_evidence_for_the_mapping()
    {
        var c = Case(Device, EffectiveType.NormalWriteBack, GuestOperation.UnalignedLoad);
        var verdict = Judge().Decide(c, Saw(c, Seen.DeviceRw, AlignmentFault));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
        Assert.That(verdict.Evidence, Does.Contain(Evidence.Guest).And.Contain(Evidence.Pte));
        Assert.That(verdict.Observed?.ToString(), Does.EndWith("guest: alignment fault, DFSC 0x21"));
        Assert.That(
            verdict.Predicted?.ToString(),
            Does.Contain("guest: unaligned-load on Device-nGnRE: alignment fault, DFSC 0x21")
        );
    }

    [Test]
    public void A_guest_that_contradicts_the_descriptor_is_a_disagreement_and_no_mismatch()
    {
        var c = Case(Device, EffectiveType.NormalWriteBack, GuestOperation.UnalignedLoad);
        var verdict = Judge().Decide(c, Saw(c, Seen.DeviceRw));

        Assert.That((verdict.Kind, verdict.Culprit), Is.EqualTo((VerdictKind.Disagreement, Culprit.Model)));
        Assert.That(
            verdict.Reason,
            Does.Contain("stage 1 Normal-WB and stage 2 Device-nGnRE with FWB combine to Device-nGnRE")
                .And.Contain("the guest saw: works")
        );
    }

    /// <summary>
    /// A recorded observation: a guest with Device memory over an anonymous page under FWB; its unaligned load
    /// completes. On a CPU that shows it, it contradicts a table of combinations without FWB's row, by name. Under TCG
    /// it proves nothing: there it completes in any case.
    /// </summary>
    [Test]
    public void A_combination_without_FWBs_row_disagrees_with_what_a_guest_under_FWB_saw()
    {
        var c = Case(Backing.Plain, EffectiveType.DeviceNGnRE, GuestOperation.UnalignedLoad);
        var leaf = new Leaf(MemoryType.NormalWriteBack, true, true);
        GuestEvidence Evidence(bool fwb) =>
            new(
                GuestExpectation.Of(new GuestView(EffectiveType.DeviceNGnRE, leaf, fwb), c.Use.Operation),
                new GuestObservation(GuestResult.Works),
                LeafSeen: true
            );

        Assert.That(Evidence(fwb: true).Judge(Platform.Unknown, "").Kind, Is.EqualTo(VerdictKind.Match));
        var swapped = Evidence(fwb: false).Judge(Platform.Unknown, "");
        Assert.That(swapped.Kind, Is.EqualTo(VerdictKind.Disagreement));
        Assert.That(
            swapped.Reason,
            Does.Contain("stage 1 Device-nGnRE and stage 2 Normal-WB without FWB combine to Device-nGnRE")
        );
        Assert.That(Evidence(fwb: false).Judge(Tcg, "").Reason, Does.StartWith("tcg-stage-1-device-alignment: "));
    }

    [Test]
    public void A_wrong_mapping_is_the_kernels_whatever_the_guest_saw()
    {
        var c = Case(Device, EffectiveType.NormalWriteBack, GuestOperation.UnalignedLoad);
        foreach (var seen in (ulong?[])[null, AlignmentFault])
            Assert.That(
                Judge().Decide(c, Saw(c, Seen.NormalRwFwb, seen)),
                Has.Property("Kind").EqualTo(VerdictKind.Mismatch).And.Property("Culprit").EqualTo(Culprit.Kernel)
            );
    }

    [Test]
    public void Without_a_descriptor_the_guest_contradicts_the_mapping()
    {
        var c = Case(Device, EffectiveType.NormalWriteBack, GuestOperation.UnalignedLoad);

        Assert.That(Judge().Decide(c, Saw(c, null, AlignmentFault)).Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(Judge().Decide(c, Saw(c, null)).Kind, Is.EqualTo(VerdictKind.Mismatch));
    }

    [Test]
    public void DC_ZVA_of_Device_memory_that_works_is_an_erratum_of_TCG_and_a_disagreement_elsewhere()
    {
        var c = Case(Device, EffectiveType.NormalNonCacheable, GuestOperation.ZeroBlock);
        var verdict = Judge(Tcg).Decide(c, Saw(c, Seen.DeviceRw));

        Assert.That((verdict.Kind, verdict.Culprit), Is.EqualTo((VerdictKind.Erratum, Culprit.Platform)));
        Assert.That(verdict.Reason, Does.StartWith("tcg-dc-zva-device: "));
        Assert.That(
            Judge(Platform.Unknown).Decide(c, Saw(c, Seen.DeviceRw)).Kind,
            Is.EqualTo(VerdictKind.Disagreement)
        );
    }

    [Test]
    public void An_erratum_that_does_not_show_is_said()
    {
        var c = Case(Device, EffectiveType.NormalNonCacheable, GuestOperation.ZeroBlock);
        var verdict = Judge(Tcg).Decide(c, Saw(c, Seen.DeviceRw, AlignmentFault));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(verdict.Reason, Does.StartWith("the erratum tcg-dc-zva-device did not show"));
    }

    [Test]
    public void An_erratum_excuses_no_wrong_mapping()
    {
        var c = Case(Device, EffectiveType.NormalNonCacheable, GuestOperation.ZeroBlock);
        Assert.That(Judge(Tcg).Decide(c, Saw(c, Seen.NormalRwFwb)).Kind, Is.EqualTo(VerdictKind.Mismatch));
    }

    [Test]
    public void A_fetch_that_KVM_answers_with_an_external_abort_is_stage_2s_and_no_sight()
    {
        var c = Case(Device, EffectiveType.NormalWriteBack, GuestOperation.Execute);
        var verdict = Judge(Tcg).Decide(c, Saw(c, Seen.DeviceRw, FetchAbort, CaseLayout.TestAddress));
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
        Assert.That(verdict.Observed?.ToString(), Does.EndWith("exec: external instruction abort in the guest"));

        c = Case(Backing.Plain, EffectiveType.NormalWriteBack, GuestOperation.Execute);
        Assert.That(
            Judge(Tcg).Decide(c, Saw(c, NormalRxFwb, Udf, CaseLayout.TestAddress)).Kind,
            Is.EqualTo(VerdictKind.Match)
        );
    }

    private static Judge Judge(Platform? platform = null) =>
        new(
            Mainline.V7_2,
            new HostProfile(
                "7.2.12-arm64",
                new HostFacts(Fwb: true, Dic: true),
                new ProbeAbilities(true, true, false),
                new Decoding(true, null)
            )
            {
                Platform = platform ?? Tcg,
            }
        );

    private static GuestCase Case(Backing backing, EffectiveType stageOne, GuestOperation operation)
    {
        var use = new GuestUse(stageOne, operation);
        return new GuestCase(backing, true, SlotFlags.None, use);
    }

    /// <summary>
    /// Two accesses with the same descriptor; the second ends in an exception if a syndrome is given.
    /// </summary>
    private static Observation Saw(
        Case c,
        ulong? descriptor,
        ulong? syndrome = null,
        ulong at = CaseLayout.CodeAddress + 0x900
    )
    {
        StepResult[] Leaf() => descriptor is { } d ? [Seen.Descriptor(d)] : [];
        return Seen.Completed(
            c,
            [
                new MemslotResult(),
                Seen.Report(0x100),
                .. Leaf(),
                Registers(0, 0),
                Seen.Report(syndrome is null ? 0x101u : 0x201u),
                .. Leaf(),
                Registers(syndrome ?? 0, at),
            ]
        );
    }

    private static StepResult Registers(ulong esr, ulong elr) => Seen.Registers(esr, elr, x17: 0);
}
