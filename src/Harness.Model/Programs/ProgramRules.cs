namespace Harness.Model.Programs;

/// <summary>
/// How a slot's dirty log is kept. The same in every release that was read, 6.1 to 7.3: these rules are in no policy.
/// </summary>
public static class ProgramRules
{
    private const string KvmMain = "virt/kvm/kvm_main.c";

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

    public static IReadOnlyList<Rule> All { get; } =
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
        SameBlock,
    ];

    /// <summary>The rule by which the VM can't track dirty pages in this way; null if it can.</summary>
    public static Rule? Refusal(DirtyTracking tracking) =>
        tracking.Protection == LogProtection.InitiallySetAlone ? ManualFlags : null;

    /// <summary>A rule that is in no policy: it has no guard.</summary>
    internal static Rule Stated(string name, Source source, string says, Effect? effect = null) =>
        new(name, source, says, static (in _) => true, effect ?? new Effect.Continue(static (ref _) => { }));
}
