namespace Harness.Model.Tests.Tables;

/// <summary>
/// Where tables and policies are known to part, and why the tables are thought to be right. One that is met nowhere any
/// more fails the comparison: it is struck out with the change that ends it.
/// </summary>
/// <param name="What">In a few words.</param>
/// <param name="Policies">The policies it is in.</param>
/// <param name="Covers">Whether it explains a difference over a case on a host.</param>
public sealed record OpenDifference(string What, string[] Policies, Func<Case, HostFacts, bool> Covers)
{
    public static IReadOnlyList<OpenDifference> All { get; } =
    [
        // 6.1 page_is_secretmem() and 7.3 gup_fast_folio_allowed(): without a mapping, no secretmem. Only what lies
        // between (folio->mapping is NULL: false) leaves such a page to the slow path.
        new("a driver's page is mapped writable at once, whatever CONFIG_SECRETMEM",
            ["mainline-6.1", "mainline-7.3"],
            (c, _) => DriversPage(c) && c.Slot == SlotFlags.None && c.Accesses[0] != Access.Write),

        // A leaf that a store made writable stays so: what the fetch's own lookup says of W adds, and takes nothing away.
        new("a leaf that was written through is writable after the fetch that follows",
            ["mainline-6.1", "mainline-6.9", "mainline-6.16", "mainline-6.17", "mainline-6.18", "mainline-6.19",
             "mainline-7.0", "mainline-7.1", "mainline-7.2", "mainline-7.3"],
            (c, host) => DriversPage(c) && c.Slot == SlotFlags.None && !host.Dic
                && c.Accesses == new AccessList(Access.Write, Access.Execute)),

        // kvm_pgtable_stage2_relax_perms() of 6.19 to 7.1 sets and clears XN as prot says, asked for X or not. Seen on
        // 6.19.14, 7.0.13 and 7.1.13 booted on a CPU without DIC: fetch, store, fetch of one logged page are three faults;
        // on 6.18.15 and 7.2.12 two.
        new("a store's permission fault takes X away again",
            ["mainline-6.19", "mainline-7.0", "mainline-7.1"],
            (c, host) => !host.Dic && c.Slot == SlotFlags.LogDirtyPages && c.Accesses == new AccessList(Access.Execute, Access.Write)),

        // Nothing in the kernel: after the look at FSC 0x35, the policy goes on with the looseness of the fault it only
        // imagined, though the slot is logged and the leaf not writable.
        new("after a load-exclusive, a leaf that is not writable is not said to be perhaps writable",
            ["mainline-7.0", "mainline-7.1", "mainline-7.2", "mainline-7.3"],
            (c, host) => DriversPage(c) && !host.Fwb && c.Slot == SlotFlags.LogDirtyPages && c.Accesses[0] == Access.Exclusive),
    ];

    private static bool DriversPage(Case c) =>
        c.Backing is { Kind: VmaKind.MixedMap, Memory: KernelMap.Known, Sharing: Sharing.Shared } && c.VmaWritable;
}
