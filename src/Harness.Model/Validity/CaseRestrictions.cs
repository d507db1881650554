namespace Harness.Model.Validity;

/// <summary>What cases no machine can have.</summary>
public static class CaseRestrictions
{
    private static readonly Restrictions<Case> OfAttributes = new()
    {
        { c => !c.VmaWritable && WithoutVma(c), "where there is no VMA, none is read-only" },
        {
            c => c.Late && c.Backing is { Kind: VmaKind.Anonymous, Provider: Provider.Usual or Provider.Thp or Provider.NoThp },
            "anonymous memory in place of anonymous memory changes nothing"
        },
        {
            c => c.Late && c.Backing.Kind is VmaKind.GuestMemory,
            "a guest_memfd is bound when the slot is registered, or never"
        },
        {
            c => c.Extent != Extent.Page && c.Backing.Kind is VmaKind.Hole or VmaKind.Secret,
            "memory that is never mapped has no size in stage 2"
        },
        {
            c => c.Extent == Extent.Misaligned && c.Backing.Kind == VmaKind.GuestMemory,
            "a guest_memfd has no host address to be skewed by"
        },
        {
            c => c.Accesses.Count > 1 && c.Accesses[0].Stores() && ReadOnly(c),
            "a store to a READONLY slot leaves nothing that a second access could meet"
        },
        {
            c => c.Extent == Extent.Page && c.Backing.Provider is Provider.Thp or Provider.ExporterHuge,
            "a slot of pages has no room for a huge page"
        },
        {
            c => c is { Extent: Extent.Misaligned, Backing: { Kind: VmaKind.MixedMap, Provider: Provider.ExporterHuge } },
            "harms the host: follow_huge_pmd() takes its reference to the block's first page, and KVM gives back one to its own"
        },
        { c => !c.VmaWritable && c.Backing.Provider == Provider.Thp, "what can't be written to gets no huge page beforehand" },
        { c => c.Mte && c.Backing.Provider != Provider.Usual, "what tags are asked of is the memory of the usual providers" },
        {
            c => c.Guest is not null && Made(c) != c.Accesses,
            c => $"to stage 2, {GuestText.Word(c.Guest!.Value.Operation)} is {Made(c)}"
        },
        {
            c => c.Change is not null && c.Guest is { BeginsPlainly: true },
            "what the change does would show at the aligned access that the operation begins with"
        },
        { c => c.Accesses.Span.Contains(Access.ReadNext), NextPageRestrictions.All },
        { c => c.Backing.Bound && c.Mte, "a VM with MTE may refuse the slot that binds the range first" },
        { c => c.Beside is not null || c.Placement != Placement.Ordinary, SlotShapeRestrictions.All },
        { c => c.Change is not null, ChangeRestrictions.All },
    };

    private static readonly Restrictions<Case> OfLifecycles = new()
    {
        {
            c => c.Slot != SlotFlags.None || c.Extent != Extent.Page || c.Late || c.Mte || c.Beside is not null
                || c.Placement != Placement.Ordinary || c.Change is not null || c.Guest is not null || c.Backing.Bound || c.Restored,
            "a page's lifecycle has the plainest of slots"
        },
        {
            c => c.Backing.Provider is not (Provider.Usual or Provider.NoThp or Provider.Memfd),
            "a page's lifecycle is that of plain memory, a memfd's or what the exporter maps"
        },
        {
            c => c.Lifecycle!.Operations.Count == 0 || c.Lifecycle.Operations[0] != Ownership.Operation.Create,
            "a page's lifecycle begins with its VM"
        },
        { c => !c.VmaWritable && WithoutVma(c), "where there is no VMA, none is read-only" },
    };

    public static Restrictions<Case> All { get; } = new()
    {
        { c => c.Backing, BackingRestrictions.All },
        {
            c => (c.Lifecycle is null) == (c.Accesses.Count == 0),
            "a case has accesses, or else the operations of a page's life"
        },
        { c => c.Lifecycle is not null, OfLifecycles },
        { c => c.Lifecycle is null, OfAttributes },
    };

    private static bool WithoutVma(Case c) => c.Backing.Kind is VmaKind.Hole or VmaKind.GuestMemory;

    private static bool ReadOnly(Case c) => (c.Slot & SlotFlags.ReadOnly) != 0;

    /// <summary>What the guest's operation is to stage 2.</summary>
    private static AccessList Made(Case c) => ReadOnly(c) ? c.Guest!.Value.ReadOnlyAccesses : c.Guest!.Value.Accesses;
}
