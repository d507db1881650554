namespace Harness.Model.Safety;

/// <summary>
/// What the mails require of a decision. Each property is a predicate over a policy's decisions, so that it applies to
/// every policy.
/// </summary>
public static class SafetyProperties
{
    private const string V3 =
        "Zyngier, 2025-03-10, on [PATCH v3 1/1] KVM: arm64: Allow cacheable stage 2 mapping using VMA flags";
    private const string Migration = "Zyngier, quoted by Gunthorpe, 2025-03-31, on the same patch";
    private const string Creation = "Gunthorpe, 2025-03-31, on the same patch";
    private const string Unified = "Marinas, 2023-04, on vfio and cacheable device memory at stage 2";

    public static SafetyProperty NoStaleData { get; } =
        new MappingProperty(
            "no-stale-data",
            "No guest bypasses the caches to read memory with lines that the host may have cached and that were not cleaned: data of another VM.",
            $"{Creation}: \"data could leak across VM A to B because the cache was not flushed\"",
            static m => m.PastTheCaches && m.HostMayCache && !m.Cleaned
        );

    public static SafetyProperty NoStaleInstructions { get; } =
        new MappingProperty(
            "no-stale-instructions",
            "No page is executable if its I-cache lines need an invalidation that is impossible: outside the kernel's memory map that requires DIC.",
            "kvm_supports_cacheable_pfnmap(), arch/arm64/include/asm/kvm_mmu.h, 6.17+: FWB and DIC; the mails ask for FWB alone",
            static m => m.Leaf.Execute && !m.InKernelMap && !m.Host.Dic
        );

    public static SafetyProperty NoSilentFallback { get; } =
        new MappingProperty(
            "no-silent-fallback",
            "Memory that the VMM maps cacheable is mapped cacheable for the guest, or refused: never Device or Normal-NC.",
            $"{Creation}: \"we must block 'fallback to device' as a security fix\"",
            static m => m.VmaCacheable && !m.WriteBack
        );

    public static SafetyProperty NoCowPfnMap { get; } =
        new MappingProperty(
            "no-cow-pfnmap",
            "A private VM_PFNMAP mapping is never mapped.",
            "Agrawal, 2025-03-10, [PATCH v3 1/1]: \"Add check for COW VM_PFNMAP and refuse such mapping\"",
            static m => m.PfnMap && m.Private
        );

    public static SafetyProperty BoundedAliases { get; } =
        new MappingProperty(
            "bounded-aliases",
            "The VMM's mapping and the guest's are both cacheable or both not: the architecture bounds no other mismatch (Arm ARM B2.16).",
            $"{Unified}: \"multiple memory aliases with different attributes\", which are bounded between Device and Normal-NC alone",
            static m => m.VmaCacheable != m.WriteBack
        );

    public static SafetyProperty NoExecutionFromNonCacheable { get; } =
        new MappingProperty(
            "no-exec-non-cacheable",
            "Only write-back memory is executable.",
            "Agrawal, 2025-03-10, [PATCH v3 1/1]: executable faults are for memory that is Normal cacheable",
            static m => m.Leaf.Execute && !m.WriteBack
        );

    public static SafetyProperty RefusedAtRegistration { get; } =
        new PairProperty(
            "refused-at-registration",
            "A host that can't support a slot on its CPU refuses it at registration: no VM that ran elsewhere first fails at a fault.",
            $"{Migration}: \"blow up on the first page fault. That's not an acceptable outcome\"",
            static (in row, host, other, out access) =>
            {
                access = row.Decisions[other].FailedAccess();
                return access >= 0 && !row.Case.Late && !row.Decisions[host].Refuses();
            }
        );

    public static SafetyProperty RegisteredMeansUsable { get; } =
        new RefusalProperty(
            "registered-means-usable",
            "No access to a registered slot with an unchanged mapping makes KVM_RUN fail or the guest fault forever.",
            $"{V3}: \"something telling a well behaved userspace that there is a bunch of combination we're unwilling to support\"",
            static c => !c.Late
        );

    public static SafetyProperty Discoverable { get; } =
        new PairProperty(
            "discoverable",
            "Capabilities alone determine what will be refused: hosts with equal capabilities refuse alike.",
            $"{V3}: \"FWB is not discoverable from userspace. How do you expect a VMM to know what it can or cannot do?\"",
            static (in row, host, other, out access) =>
            {
                access = row.Decisions[other].FailedAccess();
                return row.Answers[host] == row.Answers[other]
                    && row.Decisions[other].Refuses()
                    && !row.Decisions[host].Refuses();
            }
        );

    public static SafetyProperty SameAfterMigration { get; } =
        new PairProperty(
            "same-after-migration",
            "A VM that migrates either gets memory of the same type at every access, or is refused before it resumes.",
            $"{Creation}: \"a protective check during memslot creation ... will safely abort the migration\"",
            static (in row, host, other, out access) =>
            {
                access = -1;
                ref readonly var from = ref row.Decisions[host];
                ref readonly var to = ref row.Decisions[other];
                if (from.Refuses() || to.Registration != Errno.None)
                    return false;
                for (access = 0; access < from.Count; access++)
                    if (
                        access >= to.Count
                        || from.Outcome(access).Kind != to.Outcome(access).Kind
                        || from.Outcome(access).Leaf.Type != to.Outcome(access).Leaf.Type
                    )
                    {
                        access = Math.Min(access, to.Count - 1);
                        return true;
                    }
                return false;
            }
        );

    public static SafetyProperty OnlyItsMemory { get; } =
        new MappingProperty(
            "only-its-memory",
            "A guest reaches only the memory behind its slots: no mapping is larger than what is known to be contiguous.",
            "review of \"KVM: arm64: Block cacheable PFNMAP mapping\", 2025-06-30: get_vma_page_shift() takes a VM_PFNMAP VMA for physically contiguous; "
                + "\"KVM: arm64: Use stage-1 leaf size for VM_PFNMAP\", 7.3-rc6",
            static m => m.ReachesOthers
        );

    public static ProgramProperty NoStoreUnreported { get; } =
        new(
            "no-store-unreported",
            "Every page that a guest has stored to while its slot is logged is in the log or in the vCPU's ring, until userspace has read it and cleared it.",
            "Documentation/virt/kvm/api.rst, KVM_GET_DIRTY_LOG: \"any pages dirtied since the last call to this ioctl\"; KVM_CLEAR_DIRTY_LOG",
            ReportedStores.AreMissed
        );

    public static ProgramProperty NoPageKept { get; } =
        new(
            "no-page-kept",
            "A page that the host takes from behind a slot is not mapped at stage 2 any more, and no later load finds its content.",
            "Documentation/mm/mmu_notifier.rst: a page is only given to somebody else when no secondary TLB has it; kvm_unmap_gfn_range()",
            KeptPages.Are
        );

    /// <summary>Those of single cases.</summary>
    public static IReadOnlyList<SafetyProperty> All { get; } =
    [
        NoStaleData,
        NoStaleInstructions,
        NoSilentFallback,
        BoundedAliases,
        NoExecutionFromNonCacheable,
        NoCowPfnMap,
        RefusedAtRegistration,
        RegisteredMeansUsable,
        Discoverable,
        SameAfterMigration,
        OnlyItsMemory,
    ];

    /// <summary>Of programs only.</summary>
    public static IReadOnlyList<ProgramProperty> OfPrograms { get; } = [NoStoreUnreported, NoPageKept];

    /// <summary>Those that an observation on one host can violate.</summary>
    public static IEnumerable<SafetyProperty> OfOneHost => [.. All.Where(p => !p.OfPairs), .. OfPrograms];
}
