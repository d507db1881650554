using Harness.Model.Programs;

namespace Harness.Model.Caches;

/// <summary>
/// The architecture's and the kernel's part in what a load returns. The same in every release that was read, 6.1 to
/// 7.3: these rules are in no policy, which decides the leaf.
/// </summary>
public static class CacheRules
{
    private const string Arm = "Arm ARM (DDI 0487)";

    public static Rule CleanedAtFault { get; } =
        ProgramRules.Stated(
            "cleaned-at-fault",
            new Source(
                "stage2_map_walker_try_leaf",
                "arch/arm64/kvm/hyp/pgtable.c",
                "6.1",
                "stage2_pte_cacheable(): dcache_clean_inval_poc(), which is clean_dcache_guest_page(); nothing with FWB"
            ),
            "without FWB, KVM cleans and invalidates a page to memory before it maps it write-back: no line is left"
        );

    public static Rule CleanedAtUnmap { get; } =
        ProgramRules.Stated(
            "cleaned-at-unmap",
            new Source(
                "stage2_unmap_walker",
                "arch/arm64/kvm/hyp/pgtable.c",
                "6.1",
                "need_flush = !stage2_has_fwb() of a cacheable leaf: dcache_clean_inval_poc()"
            ),
            "without FWB, KVM cleans and invalidates a write-back page when it unmaps it"
        );

    public static Rule Forced { get; } =
        ProgramRules.Stated(
            "write-back-forced",
            Source.Specification(
                Arm,
                "Stage 2 memory type and Cacheability attributes when FEAT_S2FWB is implemented",
                "MemAttr[3:0] 0b0110 is Normal write-back, whatever stage 1 says"
            ),
            "with FWB, stage 2 makes the guest's accesses write-back: they find what the caches hold"
        );

    public static Rule OneType { get; } =
        ProgramRules.Stated(
            "one-type",
            Source.Specification(
                Arm,
                "Shareability and Cacheability attributes",
                "accesses of one type by all observers in one shareability domain are coherent"
            ),
            "guest and process access the page by one type: the hardware keeps it coherent"
        );

    public static Rule Mismatched { get; } =
        ProgramRules.Stated(
            "mismatched-types",
            Source.Specification(
                Arm,
                "Mismatched memory attributes",
                "a loss of coherency, until maintenance: one word that was stored or another, and no third"
            ),
            "guest and process access the page by different types: a load finds a word that was stored, not always the last"
        );

    public static Rule Maintained { get; } =
        ProgramRules.Stated(
            "maintained",
            Source.Specification(
                Arm,
                "The data cache maintenance instruction (DC)",
                "DC CVAC and DC CIVAC operate by address to the point of coherency, for every observer"
            ),
            "a clean by address brings what is dirty to memory, where every observer finds it"
        );

    public static Rule InvalidateCleans { get; } =
        ProgramRules.Stated(
            "invalidate-cleans",
            Source.Specification(
                Arm,
                "Effects of virtualization and Security state on the cache maintenance instructions",
                "HCR_EL2.VM is 1: DC IVAC at EL1 cleans and invalidates"
            ),
            "a guest's DC IVAC acts as DC CIVAC: it loses no word of the host"
        );

    public static Rule InstructionsCoherent { get; } =
        ProgramRules.Stated(
            "instructions-coherent",
            Source.Specification(
                Arm,
                "CTR_EL0, Cache Type Register",
                "DIC is 1: no invalidation of instruction caches is needed"
            ),
            "with DIC, an instruction fetch finds what a load of its type would"
        );

    public static Rule InstructionsInvalidated { get; } =
        ProgramRules.Stated(
            "instructions-invalidated",
            new Source(
                "invalidate_icache_guest_page",
                "arch/arm64/kvm/mmu.c",
                "6.1",
                "icache_inval_pou() before an executable leaf is written; nothing with DIC"
            ),
            "without DIC, KVM invalidates the instruction caches when it makes a page executable"
        );

    public static Rule InstructionsStale { get; } =
        ProgramRules.Stated(
            "instructions-stale",
            Source.Specification(
                Arm,
                "Concurrent modification and execution of instructions",
                "without DIC, a fetch may find the former instruction until it is invalidated"
            ),
            "without DIC, a guest may execute what was there before the process stored something else"
        );

    public static Rule ExclusivesOpen { get; } =
        ProgramRules.Stated(
            "exclusives-of-other-types",
            Source.Specification(
                Arm,
                "Load-Exclusive and Store-Exclusive instruction usage restrictions",
                "only write-back memory has to support exclusives and atomics"
            ),
            "an exclusive or an atomic on memory that isn't write-back works, faults, or never stores"
        );

    /// <summary>In place of the others, on a machine that an emulator executes.</summary>
    public static Rule NoCaches { get; } =
        ProgramRules.Stated(
            "no-caches",
            Source.Specification("QEMU's TCG", "accel/tcg", "it has no caches: memory is what was stored last"),
            "an emulator has no caches: a load returns the word that was stored last"
        );

    public static IReadOnlyList<Rule> All { get; } =
    [
        CleanedAtFault,
        CleanedAtUnmap,
        Forced,
        OneType,
        Mismatched,
        Maintained,
        InvalidateCleans,
        InstructionsCoherent,
        InstructionsInvalidated,
        InstructionsStale,
        ExclusivesOpen,
        NoCaches,
    ];
}
