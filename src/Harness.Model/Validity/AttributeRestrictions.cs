namespace Harness.Model.Validity;

/// <summary>Attribute cases that no machine can have.</summary>
public static class AttributeRestrictions
{
    public static Restrictions<AttributeCase> All { get; } =
        new()
        {
            { c => c.Backing, BackingRestrictions.All },
            { c => c.Accesses.Count == 0, "nothing shows of memory that the guest doesn't access" },
            { c => c, CaseRestrictions.All },
            {
                c =>
                    c.Late
                    && c.Backing
                        is { Kind: VmaKind.Anonymous, Provider: Provider.Usual or Provider.Thp or Provider.NoThp },
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
                "a guest_memfd has no host address that could be misaligned"
            },
            {
                c => c.Accesses.Count > 1 && c.Accesses[0].Stores() && ReadOnly(c),
                "a store to a READONLY slot leaves no mapping for a second access"
            },
            {
                c =>
                    c.Extent == Extent.Page
                    && c.Backing.Provider is Provider.Thp or Provider.ExporterHuge or Provider.VariantHuge,
                "a slot of pages has no room for a huge page"
            },
            {
                c =>
                    c
                        is {
                            Extent: Extent.Misaligned,
                            Backing: { Kind: VmaKind.MixedMap, Provider: Provider.ExporterHuge }
                        },
                "harms the host: follow_huge_pmd() takes its reference to the block's first page, and KVM gives back one to its own"
            },
            {
                c => !c.VmaWritable && c.Backing.Provider == Provider.Thp,
                "read-only memory gets no huge page beforehand"
            },
            {
                c =>
                    c.Mte
                    && ((Backing?[])[c.Backing, c.Change?.To, c.Beside?.Backing]).Any(b =>
                        b is not null && b.Provider != Provider.Usual
                    ),
                "tags are only tested with memory of the usual providers"
            },
            {
                c => c is GuestCase { Use.BeginsPlainly: true, Change: not null },
                "the effect of the change would show at the operation's first, aligned access"
            },
            { c => c.Accesses.Span.Contains(Access.ReadNext), NextPageRestrictions.All },
            { c => c.Backing.Bound && c.Mte, "a VM with MTE may refuse the slot that binds the range first" },
            { c => c.Beside is not null || c.Placement != Placement.Ordinary, SlotShapeRestrictions.All },
            { c => c.Change is not null, ChangeRestrictions.All },
            { c => c.Running, RunningRestrictions.All },
        };

    private static bool ReadOnly(AttributeCase c) => (c.Slot & SlotFlags.ReadOnly) != 0;
}
