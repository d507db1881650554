namespace Harness.Model.Programs;

/// <summary>
/// How dirty pages are tracked. These rules are in no policy: where a release has one, it is the same in every later
/// one that was read, up to 7.3. Which has what: <see cref="TrackingRules"/>.
/// </summary>
public static class ProgramRules
{
    private const string KvmMain = "virt/kvm/kvm_main.c";
    private const string Ring = "virt/kvm/dirty_ring.c";
    private const string Mmu = "arch/arm64/kvm/mmu.c";
    private const string Arm = "arch/arm64/kvm/arm.c";

    public static Rule WritableMarksDirty { get; } =
        Stated(
            "writable-marks-dirty",
            new Source(
                "mark_page_dirty_in_slot",
                KvmMain,
                "6.1",
                "from user_mem_abort(): writable && !ret; 7.1 and later: kvm_s2_fault_map()"
            ),
            "a fault that maps a page writable in a slot with a log marks that page dirty, and no other: a store's, or any at a device's page"
        );

    public static Rule LogProtects { get; } =
        Stated(
            "dirty-log-protects",
            new Source(
                "kvm_get_dirty_log_protect",
                KvmMain,
                "6.1",
                "kvm_arch_mmu_enable_log_dirty_pt_masked(): stage2_wp_range() from the first to the last of 64 pages"
            ),
            "reading the log clears it and write-protects the pages from the first dirty one of 64 to the last"
        );

    public static Rule NoLog { get; } =
        Stated(
            "dirty-log-absent",
            new Source("kvm_get_dirty_log_protect", KvmMain, "6.1", "!memslot || !memslot->dirty_bitmap: -ENOENT"),
            "a slot that doesn't log has no log, and neither has one that is gone"
        );

    public static Rule ReadKeepsLog { get; } =
        Stated(
            "dirty-log-manual",
            new Source(
                "kvm_get_dirty_log_protect",
                KvmMain,
                "6.1",
                "kvm->manual_dirty_log_protect: dirty_bitmap_buffer = dirty_bitmap"
            ),
            "with manual protection, reading the log neither clears it nor protects a page"
        );

    public static Rule LogIsFull { get; } =
        Stated(
            "dirty-log-initially-set",
            new Source(
                "kvm_prepare_memory_region",
                KvmMain,
                "6.1",
                "kvm_dirty_log_manual_protect_and_init_set(): bitmap_set(new->dirty_bitmap, 0, new->npages)"
            ),
            "with KVM_DIRTY_LOG_INITIALLY_SET, every page of a slot is dirty in a new log"
        );

    public static Rule ClearProtects { get; } =
        Stated(
            "clear-log-protects",
            new Source(
                "kvm_clear_dirty_log_protect",
                KvmMain,
                "6.1",
                "mask &= atomic_long_fetch_andnot(mask, p); kvm_arch_mmu_enable_log_dirty_pt_masked(): "
                    + "from the first to the last bit of mask. manual_dirty_log_protect is not looked at"
            ),
            "clearing the log write-protects the pages from the first of 64 whose bit was set to the last"
        );

    public static Rule ClearUnaligned { get; } =
        Stated(
            "clear-log-unaligned",
            new Source(
                "kvm_clear_dirty_log_protect",
                KvmMain,
                "6.1",
                "log->first_page & 63: -EINVAL, before the slot is looked up"
            ),
            "a range to be cleared begins at a multiple of 64 pages"
        );

    public static Rule ClearOutside { get; } =
        Stated(
            "clear-log-range",
            new Source(
                "kvm_clear_dirty_log_protect",
                KvmMain,
                "6.1",
                "num_pages > npages - first_page, or less and num_pages & 63: -EINVAL"
            ),
            "a range to be cleared is a multiple of 64 pages long, or ends where the slot does"
        );

    public static Rule ManualFlags { get; } =
        Stated(
            "log-protection-flags",
            new Source(
                "kvm_vm_ioctl_enable_cap_generic",
                KvmMain,
                "6.1",
                "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: cap->args[0] & ~allowed_options"
            ),
            "KVM_DIRTY_LOG_INITIALLY_SET is refused without KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule RingEntry { get; } =
        Stated(
            "dirty-ring-entry",
            new Source(
                "mark_page_dirty_in_slot",
                KvmMain,
                "6.2",
                "kvm->dirty_ring_size && vcpu: kvm_dirty_ring_push(); user_mem_abort(): fault_ipa &= ~(vma_pagesize - 1)"
            ),
            "with a ring, a fault that maps a page writable adds an entry to the vCPU's ring, of a block for its first page only, and sets no bit in the log"
        );

    public static Rule RingRead { get; } =
        Stated(
            "dirty-ring-read",
            new Source("kvm_dirty_ring_push", Ring, "6.2", "KVM_DIRTY_GFN_F_DIRTY; the VMM sets KVM_DIRTY_GFN_F_RESET"),
            "a ring has the entries that were added since it was last read"
        );

    public static Rule RingReset { get; } =
        Stated(
            "dirty-ring-reset",
            new Source(
                "kvm_reset_dirty_gfn",
                Ring,
                "6.2",
                "kvm_arch_mmu_enable_log_dirty_pt_masked(), for the gfns of a batch"
            ),
            "KVM_RESET_DIRTY_RINGS returns the number of entries that were read, and write-protects their pages"
        );

    public static Rule RingWithoutLog { get; } =
        Stated(
            "dirty-ring-without-log",
            new Source(
                "kvm_get_dirty_log_protect",
                KvmMain,
                "6.2",
                "!kvm_use_dirty_bitmap(kvm): -ENXIO, before all else; so kvm_clear_dirty_log_protect()"
            ),
            "a VM with rings alone has no dirty log"
        );

    public static Rule RingAbsent { get; } =
        Stated(
            "dirty-ring-absent",
            new Source("kvm_vm_ioctl_reset_dirty_pages", KvmMain, "6.1", "!kvm->dirty_ring_size: -EINVAL"),
            "without rings there is nothing to reset"
        );

    public static Rule NoRings { get; } =
        Stated(
            "dirty-ring-unknown",
            new Source(
                "kvm_vm_ioctl_enable_cap_generic",
                KvmMain,
                "6.1",
                "!kvm_vm_ioctl_check_extension_generic(): -EINVAL; WITH_BITMAP is unknown to kvm_vm_ioctl_enable_cap(), too"
            ),
            "there are no rings",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule NoStrongRings { get; } =
        Stated(
            "dirty-ring-strong",
            new Source(
                "kvm_vm_ioctl_enable_cap_generic",
                KvmMain,
                "6.2",
                "KVM_CAP_DIRTY_LOG_RING: !CONFIG_HAVE_KVM_DIRTY_RING_TSO: -EINVAL"
            ),
            "rings without acquire and release are not for this architecture",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule BitmapWithoutRing { get; } =
        Stated(
            "dirty-ring-bitmap-alone",
            new Source(
                "kvm_vm_ioctl_enable_cap_generic",
                KvmMain,
                "6.2",
                "KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP: !kvm->dirty_ring_size: -EINVAL"
            ),
            "a log beside rings needs rings",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule RingSize { get; } =
        Stated(
            "dirty-ring-size",
            new Source(
                "kvm_vm_ioctl_enable_dirty_log_ring",
                KvmMain,
                "6.2",
                "size & (size - 1), size < PAGE_SIZE: -EINVAL"
            ),
            "a ring has a power of two of bytes, and at least a page",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule RingTooLarge { get; } =
        Stated(
            "dirty-ring-too-large",
            new Source(
                "kvm_vm_ioctl_enable_dirty_log_ring",
                KvmMain,
                "6.2",
                "size > KVM_DIRTY_RING_MAX_ENTRIES * sizeof(struct kvm_dirty_gfn): -E2BIG"
            ),
            "a ring has at most 65536 entries",
            new Effect.Refuse(Errno.E2BIG)
        );

    public static Rule RingOnce { get; } =
        Stated(
            "dirty-ring-once",
            new Source("kvm_vm_ioctl_enable_dirty_log_ring", KvmMain, "6.2", "kvm->dirty_ring_size: -EINVAL"),
            "the size of rings is set once",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule RingBeforeVcpus { get; } =
        Stated(
            "dirty-ring-before-vcpus",
            new Source("kvm_vm_ioctl_enable_dirty_log_ring", KvmMain, "6.2", "kvm->created_vcpus: -EINVAL"),
            "the size of rings is set before the first vCPU is created",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule SplitEager { get; } =
        Stated(
            "split-eager",
            new Source(
                "kvm_mmu_split_huge_pages",
                Mmu,
                "6.5",
                "kvm_arch_commit_memory_region(), or kvm_arch_mmu_enable_log_dirty_pt_masked() with KVM_DIRTY_LOG_INITIALLY_SET"
            ),
            "with a chunk size, blocks become pages with the same permissions where they are write-protected"
        );

    public static Rule NoSplit { get; } =
        Stated(
            "split-unknown",
            new Source("kvm_vm_ioctl_enable_cap", Arm, "6.1", "default: -EINVAL"),
            "there is no KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule SplitProtected { get; } =
        Stated(
            "split-protected",
            new Source(
                "kvm_pkvm_ext_allowed",
                "arch/arm64/include/asm/kvm_pkvm.h",
                "7.3",
                "KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE: false"
            ),
            "in protected mode no block is split eagerly",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule SplitSize { get; } =
        Stated(
            "split-size",
            new Source("kvm_vm_ioctl_enable_cap", Arm, "6.5", "!kvm_is_block_size_supported(new_cap): -EINVAL"),
            "the chunk size is the size of a leaf",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule SplitBeforeSlots { get; } =
        Stated(
            "split-before-slots",
            new Source("kvm_vm_ioctl_enable_cap", Arm, "6.5", "!kvm_are_all_memslots_empty(kvm): -EINVAL"),
            "the chunk size is set before the first slot",
            new Effect.Refuse(Errno.EINVAL)
        );

    public static Rule SameBlock { get; } =
        Stated(
            "block-maps-its-pages",
            new Source(
                "stage2_map_walker_try_leaf",
                "arch/arm64/kvm/hyp/pgtable.c",
                "6.1",
                "a leaf in place of a table, or a table in place of a leaf"
            ),
            "a block maps all its pages alike; where a page takes a block's place, the others are not mapped"
        );

    public static Rule CopyUnmaps { get; } =
        Stated(
            "copy-unmaps-each-slot",
            new Source(
                "kvm_handle_hva_range",
                KvmMain,
                "6.1",
                "kvm_mmu_notifier_invalidate_range_start(): kvm_for_each_memslot_in_hva_range(); up to 6.9 "
                    + "kvm_mmu_notifier_change_pte(): kvm_set_spte_gfn()"
            ),
            "a page that a store copies is unmapped from every slot over it; up to 6.9 the new one is mapped read-only there, if there is a table"
        );

    /// <summary>Those of single steps: of the dirty log, of rings, and of the host's memory management.</summary>
    public static IReadOnlyList<Rule> All => [.. Own, .. HostRules.All];

    private static IReadOnlyList<Rule> Own { get; } =
    [
        WritableMarksDirty,
        LogProtects,
        NoLog,
        ReadKeepsLog,
        LogIsFull,
        ClearProtects,
        ClearUnaligned,
        ClearOutside,
        ManualFlags,
        RingEntry,
        RingRead,
        RingReset,
        RingWithoutLog,
        RingAbsent,
        NoRings,
        NoStrongRings,
        BitmapWithoutRing,
        RingSize,
        RingTooLarge,
        RingOnce,
        RingBeforeVcpus,
        SplitEager,
        NoSplit,
        SplitProtected,
        SplitSize,
        SplitBeforeSlots,
        SameBlock,
        CopyUnmaps,
    ];

    /// <summary>A rule that is in no policy: it has no guard.</summary>
    internal static Rule Stated(string name, Source source, string says, Effect? effect = null) =>
        new(name, source, says, static (in _) => true, effect ?? new Effect.Continue(static (ref _) => { }));
}
