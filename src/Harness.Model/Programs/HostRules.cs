namespace Harness.Model.Programs;

/// <summary>
/// What the host's memory management does to a slot's pages, from 6.1 to 7.3 alike: virt/kvm/kvm_main.c is notified
/// of a range before its pages change, and arch/arm64/kvm/mmu.c unmaps it.
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
            "MADV_DONTNEED: mmu_notifier_invalidate_range_start(), kvm_unmap_gfn_range()",
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
            "is_cow_mapping(): MMU_NOTIFY_PROTECTION_PAGE for the VMA; copy_present_pte() write-protects",
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
            "VM_UFFD_MISSING; no notifier is called",
            "memory whose missing pages the process provides stays mapped at stage 2"
        );

    public static Rule Served { get; } =
        Stated(
            "userfaultfd-serves",
            "handle_userfault",
            Userfaults,
            "from get_user_pages_unlocked() of KVM's lookup, which waits; UFFDIO_COPY: mfill_atomic_install_pte()",
            "a fault at a page that there is none of waits until the process has provided it, and KVM_RUN goes on"
        );

    public static Rule Protects { get; } =
        Stated(
            "userfaultfd-protects",
            "mwriteprotect_range",
            "mm/userfaultfd.c",
            "change_protection(): mmu_notifier_invalidate_range_start(); arm64 has it from 6.10 on",
            "what userfaultfd write-protects is unmapped from stage 2, and is read-only until a store was let through"
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
        Served,
        Protects,
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
