using Harness.Model.Aborts;
using Harness.Model.Nesting;
using Harness.Model.Ownership.Machines;
using Harness.Model.Programs;
using Harness.Model.Slots;
using static Harness.Model.Policies.Effects;

namespace Harness.Model.Policies;

/// <summary>
/// The decisions of mainline and its stable series, each policy as its changes. A policy is named after the first
/// release known to decide so; <see cref="ReleaseCatalog"/> lists the releases that were read.
/// </summary>
public static class Mainline
{
    /// <summary>Linux 6.1: pfn_is_map_memory() alone decides the memory type.</summary>
    public static Policy V6_1 => Linux61.Policy;

    /// <summary>Linux 6.1.191: "Don't use the VMA to size stage-2 block mappings for VM_PFNMAP".</summary>
    public static Policy V6_1_191 { get; } =
        V6_1.As(
                "mainline-6.1.191",
                "As 6.1 to 6.1.190, but VM_PFNMAP memory is mapped by a block only where it is RAM and the host's tables have one."
            )
            .Without("pfnmap-block")
            .Replace(
                "host-huge-page",
                new Rule(
                    "host-huge-page",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "6.1.191",
                        "!(force_pte || device): transparent_hugepage_adjust(), get_user_mapping_size() >= PMD_SIZE"
                    ),
                    "memory other than a device's is mapped by a block if the host's own tables have one and dirty logging is off",
                    static (in s) =>
                        (s.Kind == VmaKind.Anonymous || s.Backing.Driver)
                        && !s.Device
                        && s.Backing.HostLeaf != HostLeaf.Page
                        && s.BlockFits
                        && !s.Logging,
                    Linux61.HostSized
                )
            )
            .Before(
                "host-huge-page",
                HostLeafGone("user_mem_abort", "6.1.191", static (in s) => IsAskedForGoneLeaf(in s) && !s.Device)
            );

    /// <inheritdoc cref="Linux62To69.V6_2"/>
    public static Policy V6_2 => Linux62To69.V6_2;

    /// <inheritdoc cref="Linux62To69.V6_5"/>
    public static Policy V6_5 => Linux62To69.V6_5;

    /// <inheritdoc cref="Linux62To69.V6_8"/>
    public static Policy V6_8 => Linux62To69.V6_8;

    /// <inheritdoc cref="Linux62To69.V6_9"/>
    public static Policy V6_9 => Linux62To69.V6_9;

    /// <inheritdoc cref="Linux610To616.V6_10"/>
    public static Policy V6_10 => Linux610To616.V6_10;

    /// <summary>Linux 6.12.113: as <see cref="V7_2_10"/>, backported to the stable series.</summary>
    public static Policy V6_12_113 { get; } =
        V6_10
            .As(
                "mainline-6.12.113",
                "As 6.10 to 6.12.112, but VM_PFNMAP memory is mapped by a block only where the host's tables have one."
            )
            .Without("pfnmap-block")
            .Replace(
                "host-huge-page",
                HostLeafGone("user_mem_abort", "6.12.113", IsAskedForGoneLeaf),
                // The lookup holds the page of the address; the reference is no longer moved when that is adjusted.
                HostLeafSize("user_mem_abort", "6.12.113") with
                {
                    FreesFirst =
                        "kvm_release_pfn_clean() frees the first page of a driver's block that was mapped for another page (finding pfnmap-block-reference)",
                }
            );

    /// <inheritdoc cref="Linux610To616.V6_13"/>
    public static Policy V6_13 => Linux610To616.V6_13;

    /// <inheritdoc cref="Linux610To616.V6_14"/>
    public static Policy V6_14 => Linux610To616.V6_14;

    /// <inheritdoc cref="Linux610To616.V6_16"/>
    public static Policy V6_16 => Linux610To616.V6_16;

    /// <summary>
    /// Linux 6.17: the VMA's type decides for VM_PFNMAP and VM_MIXEDMAP pages outside the kernel's memory map.
    /// </summary>
    public static Policy V6_17 { get; } =
        CacheablePfnMap
            .On(
                V6_16.As(
                    "mainline-6.17",
                    "Cacheable device memory is mapped write-back where FWB and DIC make that safe, and refused at registration elsewhere."
                )
            )
            .Replace("host-pte-writable", Linux610To616.V6_14.Rule("host-pte-writable"))
            .WithAborts(AbortRules.V6_17);

    /// <summary>Linux 6.18: a slot can be bound to a guest_memfd.</summary>
    public static Policy V6_18 { get; } =
        V6_17
            .As("mainline-6.18", "A slot can be bound to a guest_memfd that may be mapped.")
            .WithOwnership(Arm64.V6_18)
            .WithSlotChecks(SlotChecks.V6_18)
            .Replace(
                "gmem-unknown",
                new Rule(
                    "gmem-slot-flags",
                    new Source(
                        "check_memory_region_flags",
                        KvmMain,
                        "6.18",
                        "KVM_MEM_GUEST_MEMFD forbids LOG_DIRTY_PAGES and READONLY"
                    ),
                    "a slot of a guest_memfd is neither logged nor read-only",
                    static (in s) => s.GuestMemory && s.Slot != SlotFlags.None,
                    Refuse(Errno.EINVAL)
                ),
                new Rule(
                    "gmem-bound",
                    new Source("kvm_gmem_bind", GuestMemfd, "6.18", "the range holds a slot: -EINVAL"),
                    "a range of a guest_memfd belongs to one slot",
                    static (in s) => s.GuestMemory && s.Backing.Bound,
                    Refuse(Errno.EINVAL)
                ),
                new Rule(
                    "gmem-slot-for-good",
                    new Source(
                        "kvm_set_memory_region",
                        KvmMain,
                        "6.18",
                        "an existing slot, KVM_MEM_GUEST_MEMFD: -EINVAL"
                    ),
                    "a slot of a guest_memfd can only be deleted",
                    static (in s) => s.GuestMemory && s.SlotExists,
                    Refuse(Errno.EINVAL)
                ),
                new Rule(
                    "gmem-without-mmap",
                    new Source(
                        "kvm_arch_prepare_memory_region",
                        Mmu,
                        "6.18",
                        "kvm_slot_has_gmem(new) && !kvm_memslot_is_gmem_only(new)"
                    ),
                    "only a guest_memfd that can be mapped can be bound to a slot",
                    static (in s) => s.GuestMemory && (s.Backing.GuestMemory & GuestMemoryFlags.Mmap) == 0,
                    Refuse(Errno.EINVAL)
                )
            )
            .After(
                "driver-page-read",
                new Rule(
                    "gmem-maps-again",
                    new Source(
                        "stage2_map_walker_try_leaf",
                        Pgtable,
                        "6.18",
                        "gmem_abort() maps on a permission fault too; only permissions differ: -EAGAIN"
                    ),
                    "a permission fault on a page of a guest_memfd maps it again, which changes nothing",
                    static (in s) => s.GuestMemory && !s.TranslationFault && !s.ExclusiveFault,
                    End(Outcome.Stalls)
                ),
                new Rule(
                    "gmem-page",
                    new Source("gmem_abort", Mmu, "6.18", "kvm_gmem_get_pfn(); prot = R | W; map PAGE_SIZE"),
                    "a page of a guest_memfd is looked up without a VMA, is writable, and is mapped as a Normal page",
                    static (in s) => s.GuestMemory,
                    Do(static (ref s) => s.Writable = true)
                )
            )
            .Replace(
                "slot-flushed",
                new Rule(
                    "slot-flushed",
                    new Source(
                        "kvm_arch_flush_shadow_memslot",
                        Mmu,
                        "6.1",
                        "kvm_invalidate_memslot(): after gmem-slot-for-good and slot-overlaps, but before a move may fail otherwise"
                    ),
                    "a deleted or moved slot is unmapped from stage 2 first; a guest_memfd's slot can't be moved",
                    static (in s) =>
                        s.Change is ChangeKind.DeleteSlot or ChangeKind.RecreateSlot
                        || (s.Change is ChangeKind.MoveSlot or ChangeKind.MoveBeyondIpa && !s.GuestMemory)
                        || (s.Change == ChangeKind.MoveOnto && !s.Refused),
                    Do(static (ref s) => s.Leaf = null)
                )
            )
            .Before(
                "slot-flushed",
                new Rule(
                    "gmem-unmaps",
                    new Source(
                        "kvm_gmem_invalidate_begin",
                        GuestMemfd,
                        "6.18",
                        "from kvm_gmem_punch_hole() and kvm_gmem_release(): kvm_mmu_unmap_gfn_range()"
                    ),
                    "pages that are punched out of a guest_memfd, or closed with it, are unmapped from stage 2 first",
                    static (in s) => s.Change is ChangeKind.PunchHole or ChangeKind.CloseGuestMemory,
                    Do(static (ref s) => s.Leaf = null)
                ),
                new Rule(
                    "gmem-released",
                    new Source("kvm_gmem_release", GuestMemfd, "6.18", "WRITE_ONCE(slot->gmem.file, NULL)"),
                    "the slot remains after its guest_memfd is closed",
                    static (in s) => s.Change == ChangeKind.CloseGuestMemory,
                    Do(static (ref s) => s.GuestMemoryClosed = true)
                )
            )
            .Before(
                "gmem-maps-again",
                new Rule(
                    "gmem-gone",
                    new Source(
                        "kvm_gmem_get_pfn",
                        GuestMemfd,
                        "6.18",
                        "!file: -EFAULT; gmem_abort(): kvm_prepare_memory_fault_exit()"
                    ),
                    "a slot with a closed guest_memfd has no pages, and userspace gets the faulting address",
                    static (in s) => s.GuestMemoryClosed,
                    End(Outcome.MemoryFault(Errno.EFAULT))
                )
            )
            .WithCapabilities(KvmCapabilities.GuestMemory, KvmCapabilities.GuestMemoryFlags);

    /// <summary>Linux 6.18.56: as <see cref="V7_2_10"/>, backported to the stable series.</summary>
    public static Policy V6_18_56 { get; } =
        V6_18
            .As(
                "mainline-6.18.56",
                "As 6.18 to 6.18.55, but VM_PFNMAP memory is mapped by a block only where the host's tables have one."
            )
            .Without("pfnmap-block")
            .Replace(
                "host-huge-page",
                HostLeafGone("user_mem_abort", "6.18.56", IsAskedForGoneLeaf),
                HostLeafSize("user_mem_abort", "6.18.56")
            );

    /// <summary>Linux 6.19: X is split into EL1's and EL0's, and relaxing a leaf sets both as requested.</summary>
    public static Policy V6_19 { get; } =
        V6_18
            .As(
                "mainline-6.19",
                "A permission fault without an X request removes X; userspace can request synchronous external aborts."
            )
            .Without("relax-keeps-execute")
            .WithCapabilities(KvmCapabilities.SeaToUser);

    /// <summary>Linux 7.0: an exclusive that the memory type doesn't support is a fault in the guest.</summary>
    public static Policy V7_0 { get; } =
        V6_19
            .As(
                "mainline-7.0",
                "An exclusive or atomic that the memory type doesn't support is injected into the guest; no tags in protected mode."
            )
            .After(
                "mte-unsupported",
                new Rule(
                    "pkvm-mte",
                    new Source(
                        "kvm_pkvm_ext_allowed",
                        "arch/arm64/include/asm/kvm_pkvm.h",
                        "7.0",
                        "KVM_CAP_ARM_MTE: false"
                    ),
                    "in protected mode no VM has tags",
                    static (in s) => s.UnderHypervisor && s.Case.Mte && s.Host.Mte,
                    Refuse(Errno.EINVAL)
                )
            )
            .WithCapabilities(KvmCapabilities.MteUnlessProtected)
            .Without("exclusive-unsupported")
            .After(
                "exec-from-non-cacheable",
                new Rule(
                    "exclusive-injected",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "7.0",
                        "esr_fsc_is_excl_atomic_fault(): kvm_inject_dabt_excl_atomic()"
                    ),
                    "an exclusive on memory that doesn't support it is a data abort in the guest; gmem_abort() doesn't check",
                    static (in s) => s.ExclusiveFault && !s.GuestMemory,
                    End(Outcome.GuestDataAbort)
                )
            );

    /// <summary>Linux 7.1: user_mem_abort() is split into helpers; tags and guest_memfd exclude each other.</summary>
    public static Policy V7_1 { get; } =
        V7_0.As(
                "mainline-7.1",
                "Decides in the helpers that user_mem_abort() was split into; no guest_memfd in a VM with tags; its pages can be relaxed."
            )
            .WithOwnership(Arm64.V7_1)
            .After(
                "gmem-without-mmap",
                new Rule(
                    "gmem-mte",
                    new Source(
                        "kvm_arch_prepare_memory_region",
                        Mmu,
                        "7.1",
                        "kvm_slot_has_gmem(new) && kvm_has_mte(kvm)"
                    ),
                    "a VM with tags has no guest_memfd",
                    static (in s) => s.GuestMemory && s.Case.Mte,
                    Refuse(Errno.EINVAL)
                )
            )
            .Without("gmem-maps-again")
            .Moved("no-vma", "kvm_s2_fault_get_vma_info", "7.1")
            .Moved("cacheable-device-unsupported", "kvm_s2_fault_pin_pfn", "7.1")
            .Moved("non-cacheable-device", "kvm_s2_fault_pin_pfn", "7.1", "!is_vma_cacheable: map_non_cacheable")
            .Moved(
                "log-dirty-read",
                "kvm_s2_fault_compute_prot",
                "7.1",
                "writable && (device || !logging_active || write_fault)"
            )
            .Moved(
                "exec-from-non-cacheable",
                "kvm_s2_fault_compute_prot",
                "7.1",
                "exec_fault && map_non_cacheable: -ENOEXEC"
            )
            .Moved("exclusive-injected", "kvm_s2_fault_compute_prot", "7.1")
            .Moved(
                "mte-fault-untagged",
                "kvm_s2_fault_compute_prot",
                "7.1",
                "!perm fault && !map_non_cacheable && kvm_has_mte(): !mte_allowed"
            )
            .Moved("writable", "kvm_s2_fault_compute_prot", "7.1")
            .Moved("exec-fault", "kvm_s2_fault_compute_prot", "7.1")
            .Moved(
                "non-cacheable-any-uncached",
                "kvm_s2_fault_compute_prot",
                "7.1",
                "map_non_cacheable && vm_flags & VM_ALLOW_ANY_UNCACHED"
            )
            .Moved("non-cacheable", "kvm_s2_fault_compute_prot", "7.1", "map_non_cacheable: KVM_PGTABLE_PROT_DEVICE")
            .Moved("normal", "kvm_s2_fault_compute_prot", "7.1")
            .Moved("dic-executable", "kvm_s2_fault_compute_prot", "7.1", "!map_non_cacheable && ARM64_HAS_CACHE_DIC");

    /// <summary>Linux 7.2: relaxing a leaf no longer changes X.</summary>
    public static Policy V7_2 { get; } =
        V7_1.As(
                "mainline-7.2",
                "A permission fault leaves X alone again; a range of a guest_memfd that holds a slot is EEXIST."
            )
            .WithOwnership(Arm64.V7_2)
            .WithAborts(AbortRules.V7_2)
            .WithNested(NestedRules.V7_2)
            .After(
                "relax-keeps-write",
                new Rule(
                    "relax-keeps-execute",
                    new Source(
                        "kvm_pgtable_stage2_relax_perms",
                        Pgtable,
                        "7.2",
                        "prot & KVM_PGTABLE_PROT_X: stage2_set_xn_attr()"
                    ),
                    "a permission fault doesn't remove execute permission",
                    static (in s) => s.Leaf is { Execute: true } && !s.MapsAnew,
                    Linux61.KeepExecute
                )
            )
            .Replace(
                "gmem-bound",
                new Rule(
                    "gmem-bound",
                    new Source("kvm_gmem_bind", GuestMemfd, "7.2", "the range holds a slot: -EEXIST"),
                    "a range of a guest_memfd belongs to one slot",
                    static (in s) => s.GuestMemory && s.Backing.Bound,
                    Refuse(Errno.EEXIST)
                )
            );

    /// <summary>
    /// Linux 7.2.10 (7.3-rc6): the leaf of a VM_PFNMAP page has the size of the host's own mapping.
    /// </summary>
    public static Policy V7_2_10 { get; } =
        V7_2.As(
                "mainline-7.2.10",
                "As 7.2 to 7.2.9, but VM_PFNMAP memory is mapped by a block only where the host's tables have one."
            )
            .Without("pfnmap-block")
            .Replace(
                "host-huge-page",
                HostLeafGone("kvm_s2_fault_map", "7.2.10", IsAskedForGoneLeaf),
                HostLeafSize("kvm_s2_fault_map", "7.2.10")
            );

    /// <summary>Linux 7.3: a driver's page is found writable regardless of the kernel's configuration.</summary>
    public static Policy V7_3 { get; } =
        V7_2_10
            .As("mainline-7.3", "A driver's page may be written at once: a page without a mapping is no secretmem.")
            .Without("driver-page-read")
            .Moved("gmem-bound", "kvm_gmem_commit_memory_region", "7.3")
            .WithOwnership(Arm64.V7_3)
            .WithTracking(TrackingRules.V7_3)
            .WithCapabilities(KvmCapabilities.BlockSizesUnlessProtected, KvmCapabilities.PmuStrict);

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<Policy> All { get; } =
    [
        V6_1,
        V6_1_191,
        V6_2,
        V6_5,
        V6_8,
        V6_9,
        V6_10,
        V6_12_113,
        V6_13,
        V6_14,
        V6_16,
        V6_17,
        V6_18,
        V6_18_56,
        V6_19,
        V7_0,
        V7_1,
        V7_2,
        V7_2_10,
        V7_3,
    ];

    /// <summary>
    /// The host's tables are read although the process may not access its memory any more: what mprotect(2) with
    /// PROT_NONE leaves there is no valid leaf, and the fault is replayed for ever.
    /// </summary>
    private static Rule HostLeafGone(string function, string since, Guard when) =>
        new(
            "host-leaf-gone",
            new Source(function, Mmu, since, "get_user_mapping_size(): !kvm_pte_valid(pte): -EAGAIN"),
            "a fault on VM_PFNMAP memory that could have a block is replayed while the host's tables have no valid leaf: for ever, with PROT_NONE",
            when,
            End(Outcome.Stalls)
        );

    private static bool IsAskedForGoneLeaf(in Situation s) =>
        s.PfnMap && s.Inaccessible && s.BlockFits && !s.Logging && s.Leaf is not { Block: true };

    /// <summary>
    /// "KVM: arm64: Use stage-1 leaf size for VM_PFNMAP": no block unless the host's tables have one; they are now
    /// read for driver memory, too.
    /// </summary>
    private static Rule HostLeafSize(string function, string since) =>
        new(
            "host-huge-page",
            new Source(function, Mmu, since, "transparent_hugepage_adjust(): get_user_mapping_size() >= PMD_SIZE"),
            "memory is mapped by a block if the host's own tables have one and dirty logging is off: anonymous memory if it has a huge page, VM_PFNMAP if its driver inserted one",
            static (in s) =>
                (s.Kind == VmaKind.Anonymous || s.Backing.Driver)
                && s.Backing.HostLeaf != HostLeaf.Page
                && s.BlockFits
                && !s.Logging,
            Linux61.HostSized
        );
}
