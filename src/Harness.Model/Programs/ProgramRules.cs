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

    public static IReadOnlyList<Rule> All { get; } = [WritableMarksDirty, LogProtects, NoLog, SameBlock];

    private static Rule Stated(string name, Source source, string says) =>
        new(name, source, says, static (in _) => true, new Effect.Continue(static (ref _) => { }));
}
