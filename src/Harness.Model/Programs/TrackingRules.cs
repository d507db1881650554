namespace Harness.Model.Programs;

/// <summary>What a kernel has to track dirty pages with, beside the log that all have.</summary>
/// <param name="HasRings">CONFIG_HAVE_KVM_DIRTY_RING_ACQ_REL, CONFIG_NEED_KVM_DIRTY_RING_WITH_BITMAP.</param>
/// <param name="HasSplit">KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE.</param>
/// <param name="RefusesProtected">In protected mode, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE is refused.</param>
public sealed record TrackingRules(bool HasRings, bool HasSplit, bool RefusesProtected)
{
    /// <summary>Linux 6.1: the dirty log only.</summary>
    public static TrackingRules V6_1 { get; } = new(HasRings: false, HasSplit: false, RefusesProtected: false);

    /// <summary>Linux 6.2: rings, arch/arm64/kvm/Kconfig.</summary>
    public static TrackingRules V6_2 { get; } = V6_1 with { HasRings = true };

    /// <summary>Linux 6.5: blocks can be split eagerly, kvm_mmu_split_huge_pages().</summary>
    public static TrackingRules V6_5 { get; } = V6_2 with { HasSplit = true };

    /// <summary>
    /// Linux 7.3: kvm_pkvm_ext_allowed() refuses the capability. From 6.14 to 7.2 pkvm_pgtable_stage2_split() warns,
    /// but the hypervisor has no blocks that could be split.
    /// </summary>
    public static TrackingRules V7_3 { get; } = V6_5 with { RefusesProtected = true };

    /// <summary>The rule by which a VM can't track dirty pages in this way; null if it can.</summary>
    public Rule? Refusal(DirtyTracking tracking, HostFacts host) =>
        OfLog(tracking) ?? OfRing(tracking.Ring) ?? OfSplit(tracking.Split, host);

    private static Rule? OfLog(DirtyTracking tracking) =>
        tracking.Protection == LogProtection.InitiallySetAlone ? ProgramRules.ManualFlags : null;

    private Rule? OfRing(DirtyRing ring) =>
        ring switch
        {
            DirtyRing.None => null,
            _ when !HasRings => ProgramRules.NoRings,
            DirtyRing.StronglyOrdered => ProgramRules.NoStrongRings,
            DirtyRing.BitmapAlone => ProgramRules.BitmapWithoutRing,
            DirtyRing.Small or DirtyRing.Odd => ProgramRules.RingSize,
            DirtyRing.Large => ProgramRules.RingTooLarge,
            DirtyRing.Twice => ProgramRules.RingOnce,
            DirtyRing.Late => ProgramRules.RingBeforeVcpus,
            _ => null,
        };

    private Rule? OfSplit(SplitChunk split, HostFacts host) =>
        split switch
        {
            SplitChunk.None => null,
            _ when !HasSplit => ProgramRules.NoSplit,
            _ when RefusesProtected && host.Mode == KvmMode.Protected => ProgramRules.SplitProtected,
            SplitChunk.Unsupported => ProgramRules.SplitSize,
            SplitChunk.Late => ProgramRules.SplitBeforeSlots,
            _ => null,
        };
}
