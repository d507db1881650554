namespace Harness.Model.Programs;

/// <summary>
/// What the host's memory management does to a slot's pages, from 6.1 to 7.3 alike where <see cref="MemoryRules"/> has
/// no difference: virt/kvm/kvm_main.c is notified of a range before its pages change, and arch/arm64/kvm/mmu.c unmaps
/// it. Read at 6.1.192, 6.12.117, 7.2.12 and 7.3.4; functions that moved or have another name have both in their note.
/// </summary>
public static class HostRules
{
    private const string Memory = "mm/memory.c";
    private const string Advice = "mm/madvise.c";
    private const string Shmem = "mm/shmem.c";
    private const string Truncation = "mm/truncate.c";
    private const string HugePages = "mm/huge_memory.c";
    private const string Userfaults = "fs/userfaultfd.c";

    /// <summary>The leaf goes before the page does.</summary>
    public static Rule Discards { get; } =
        Stated(
            "host-discards",
            "zap_page_range_single",
            Memory,
            "MADV_DONTNEED: mmu_notifier_invalidate_range_start(), kvm_unmap_gfn_range(); 7.2: zap_vma_range_batched()",
            "memory that is given back is unmapped from stage 2 first, page by page"
        );

    public static Rule DiscardedPrivate { get; } =
        Stated(
            "discarded-private-gone",
            "zap_pte_range",
            Memory,
            "the page of a private mapping has no other user; do_anonymous_page()",
            "what a private mapping gave back is gone: a load finds zeroes, and a store another page"
        );

    public static Rule DiscardedShared { get; } =
        Stated(
            "discarded-shared-kept",
            "zap_pte_range",
            Memory,
            "the page stays in the page cache; filemap_fault(), shmem_fault()",
            "what a shared mapping gave back is still in its file, and is found there again"
        );

    public static Rule DiscardLocked { get; } =
        Stated(
            "discard-locked",
            "madvise_dontneed_free_valid_vma",
            Advice,
            "VM_LOCKED, not MADV_DONTNEED_LOCKED: -EINVAL",
            "locked memory is not given back",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule Punches { get; } =
        Stated(
            "host-punches",
            "shmem_fallocate",
            Shmem,
            "unmap_mapping_range(), shmem_truncate_range(); even_cows is 0, but the notifier is called for the whole range",
            "where a hole is punched into a file, all of its mappings are unmapped from stage 2"
        );

    public static Rule PunchedGone { get; } =
        Stated(
            "punched-gone",
            "shmem_truncate_range",
            Shmem,
            "the page cache has no page: shmem_fault() adds one of zeroes",
            "a page that was punched out of its file is gone: the next access finds zeroes"
        );

    public static Rule PunchedCopy { get; } =
        Stated(
            "punched-copy-kept",
            "should_zap_cows",
            Memory,
            "unmap_mapping_range() with even_cows 0; 6.12: should_zap_folio()",
            "a private mapping's own copy of a page stays when a hole is punched into the file"
        );

    public static Rule Truncates { get; } =
        Stated(
            "host-truncates",
            "truncate_pagecache",
            Truncation,
            "unmap_mapping_range() with even_cows 1",
            "beyond the end of a file that became shorter nothing is mapped, and private copies are gone, too"
        );

    public static Rule Extends { get; } =
        Stated(
            "host-extends",
            "shmem_setattr",
            Shmem,
            "i_size_write(): shmem_fault() no longer returns VM_FAULT_SIGBUS",
            "a file that becomes longer again has pages of zeroes there"
        );

    public static Rule Forks { get; } =
        Stated(
            "fork-shares-pages",
            "copy_page_range",
            Memory,
            "is_cow_mapping(): MMU_NOTIFY_PROTECTION_PAGE for the VMA; copy_present_pte() write-protects, 6.12: copy_present_ptes()",
            "the pages of a private mapping are unmapped from stage 2 when the process forks, and both have them read-only until one stores"
        );

    public static Rule ForkSkips { get; } =
        Stated(
            "fork-leaves-shared",
            "vma_needs_copy",
            Memory,
            "!src_vma->anon_vma: return false; and !is_cow_mapping(): no notifier",
            "fork(2) leaves the pages of a shared mapping, and those of a private one that has no page of its own yet"
        );

    public static Rule Locks { get; } =
        Stated(
            "mlock-populates",
            "populate_vma_page_range",
            "mm/gup.c",
            "FOLL_WRITE if VM_WRITE and not VM_SHARED",
            "locking memory gives a private mapping its own pages, as a store would, and leaves all others"
        );

    public static Rule Splits { get; } =
        Stated(
            "huge-page-split",
            "__split_huge_pmd",
            HugePages,
            "mmu_notifier_invalidate_range_start() for the whole huge page, wherever a part of it changes",
            "where a part of a huge page is changed, all of it is unmapped from stage 2, and is mapped by pages from then on"
        );

    public static Rule Collapses { get; } =
        Stated(
            "huge-page-collapse",
            "collapse_huge_page",
            "mm/khugepaged.c",
            "MADV_COLLAPSE: mmu_notifier_invalidate_range_start(), __collapse_huge_page_copy()",
            "pages that become a huge page are unmapped from stage 2 and copied: the next access maps a block where one fits"
        );

    public static Rule CollapseKeeps { get; } =
        Stated(
            "huge-page-stays",
            "madvise_collapse",
            "mm/khugepaged.c",
            "SCAN_PMD_MAPPED: nothing to do",
            "what is mapped by a huge page already stays as it is"
        );

    public static Rule Serves { get; } =
        Stated(
            "userfaultfd-registers",
            "userfaultfd_register",
            Userfaults,
            "VM_UFFD_MISSING; no notifier is called; 7.2: mm/userfaultfd.c",
            "memory whose missing pages the process provides stays mapped at stage 2"
        );

    public static Rule Served { get; } =
        Stated(
            "userfaultfd-serves",
            "handle_userfault",
            Userfaults,
            "from get_user_pages_unlocked() of KVM's lookup, which waits; UFFDIO_COPY: mfill_atomic_install_pte(); 7.2: mm/userfaultfd.c",
            "a fault at a page that there is none of waits until the process has provided it, and KVM_RUN goes on"
        );

    public static Rule Continues { get; } =
        Stated(
            "userfaultfd-continues",
            "shmem_get_folio_gfp",
            Shmem,
            "userfaultfd_minor(): handle_userfault() with VM_UFFD_MINOR, also from get_user_pages_unlocked() of KVM's lookup; UFFDIO_CONTINUE: mfill_atomic_pte_continue(); 6.1: mcontinue_atomic_pte()",
            "an access to a page that the memory's file has waits until the process has it mapped, and finds what it had"
        );

    public static Rule Protects { get; } =
        Stated(
            "userfaultfd-protects",
            "mwriteprotect_range",
            "mm/userfaultfd.c",
            "uffd_wp_range(), change_protection(): mmu_notifier_invalidate_range_start(); arm64 has it from 6.10 on",
            "what userfaultfd write-protects is unmapped from stage 2, and is read-only until a store was let through"
        );

    public static Rule PagesOut { get; } =
        Stated(
            "host-pages-out",
            "try_to_unmap_one",
            "mm/rmap.c",
            "MADV_PAGEOUT: reclaim_pages(), shrink_folio_list(), mmu_notifier_invalidate_range_start() for each page",
            "a page that is written to swap is unmapped from stage 2 first, in every slot"
        );

    public static Rule PageOutRefused { get; } =
        Stated(
            "page-out-refused",
            "can_madv_lru_vma",
            Advice,
            "VM_LOCKED, VM_PFNMAP or VM_HUGETLB: -EINVAL",
            "locked memory is not written to swap, and neither is that of hugetlbfs",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule PageOutLeaves { get; } =
        Stated(
            "page-out-leaves-zeroes",
            "madvise_cold_or_pageout_pte_range",
            Advice,
            "vm_normal_page() has none for the zero page; 6.6 and later: vm_normal_folio()",
            "where a private mapping has no page of its own, there is nothing to write to swap"
        );

    public static Rule SwapsIn { get; } =
        Stated(
            "swapped-page-returns",
            "do_swap_page",
            Memory,
            "from get_user_pages_unlocked() of KVM's lookup; of a file in memory shmem_swapin_folio()",
            "an access to a page that is in swap waits until it is read, and finds what it had"
        );

    public static Rule SwapsInReadOnly { get; } =
        Stated(
            "swapped-page-read-only",
            "do_swap_page",
            Memory,
            "maybe_mkwrite() with FAULT_FLAG_WRITE only; 6.11 and later: pte_mkwrite() where the VMA has VM_WRITE",
            "up to 6.10 a load reads a private page back from swap read-only, and a store makes it writable"
        );

    public static Rule Frees { get; } =
        Stated(
            "host-frees",
            "madvise_free_single_vma",
            Advice,
            "mmu_notifier_invalidate_range_start() for the whole range",
            "memory that may be taken is unmapped from stage 2, whether it has pages or not"
        );

    public static Rule FreedMayStay { get; } =
        Stated(
            "freed-page-may-stay",
            "madvise_free_pte_range",
            Advice,
            "folio_mark_lazyfree(); up to 6.1 mark_page_lazyfree(); then shrink_folio_list(): folio_test_dirty()",
            "a page that may be taken has what it had, or zeroes, until it is mapped writable"
        );

    public static Rule FreedIsTaken { get; } =
        Stated(
            "freed-page-taken",
            "shrink_folio_list",
            "mm/vmscan.c",
            "a clean page that is not swap-backed is freed; in swap already: madvise_free_pte_range(), free_swap_and_cache()",
            "a page that may be taken is taken where it would be written to swap, and at once where it is there already"
        );

    public static Rule FreeRefused { get; } =
        Stated(
            "free-refused",
            "madvise_free_single_vma",
            Advice,
            "!vma_is_anonymous(): -EINVAL; VM_LOCKED: madvise_dontneed_free_valid_vma()",
            "only the pages of private anonymous memory that is not locked may be taken",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule Poisons { get; } =
        Stated(
            "host-poisons",
            "hwpoison_user_mappings",
            "mm/memory-failure.c",
            "memory_failure(): try_to_unmap(), mmu_notifier_invalidate_range_start(); 6.12: unmap_poisoned_folio()",
            "a page whose memory fails is unmapped from stage 2, in every slot"
        );

    public static Rule PoisonReported { get; } =
        Stated(
            "poison-reported",
            "kvm_send_hwpoison_signal",
            "arch/arm64/kvm/mmu.c",
            "from user_mem_abort(): KVM_PFN_ERR_HWPOISON, as get_user_pages_unlocked() returns -EHWPOISON; 7.1 and later: "
                + "kvm_s2_fault_pin_pfn()",
            "an access to a page whose memory has failed sends the VMM SIGBUS with BUS_MCEERR_AR, and KVM_RUN ends with EINTR",
            new Effect.End(Outcome.RunFails(Errno.EHWPOISON))
        );

    public static Rule Migrates { get; } =
        Stated(
            "host-migrates",
            "try_to_migrate_one",
            "mm/rmap.c",
            "soft_offline_in_use_page(): migrate_pages(); mmu_notifier_invalidate_range_start()",
            "a page that moves to another frame is unmapped from stage 2, in every slot, and keeps what it has"
        );

    public static Rule Merges { get; } =
        Stated(
            "host-merges",
            "write_protect_page",
            "mm/ksm.c",
            "try_to_merge_one_page(): mmu_notifier_invalidate_range_start(), MMU_NOTIFY_CLEAR; then replace_page()",
            "a page that KSM merges is unmapped from stage 2, and the process has it read-only until somebody stores"
        );

    public static IReadOnlyList<Rule> All { get; } =
    [
        Discards,
        DiscardedPrivate,
        DiscardedShared,
        DiscardLocked,
        Punches,
        PunchedGone,
        PunchedCopy,
        Truncates,
        Extends,
        Forks,
        ForkSkips,
        Locks,
        Splits,
        Collapses,
        CollapseKeeps,
        Serves,
        Continues,
        Served,
        Protects,
        PagesOut,
        PageOutRefused,
        PageOutLeaves,
        SwapsIn,
        SwapsInReadOnly,
        Frees,
        FreedMayStay,
        FreedIsTaken,
        FreeRefused,
        Poisons,
        PoisonReported,
        Migrates,
        Merges,
    ];

    private static Rule Stated(
        string name,
        string function,
        string file,
        string note,
        string says,
        Effect? effect = null
    ) => ProgramRules.Stated(name, new Source(function, file, "6.1", note), says, effect);
}
