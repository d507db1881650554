namespace Harness.Model.Validity;

/// <summary>Why a slot can't span two VMAs, or be misplaced.</summary>
internal static class SlotShapeRestrictions
{
    private static readonly Restrictions<AttributeCase> OfTwoVmas = new()
    {
        {
            c => c.Late || c.Extent == Extent.Misaligned || OfItsOwnKind(c.Backing),
            "a slot of two VMAs has both from the start, aligned, and is not a guest_memfd's"
        },
        {
            c =>
                c.Beside!.Backing.UnsupportedReason is not null
                || OfItsOwnKind(c.Beside.Backing)
                || (c.Beside.Backing.Kind == VmaKind.Hole && (!c.Beside.Writable || c.Extent != Extent.Page)),
            "the VMA beside can't be made"
        },
    };

    public static Restrictions<AttributeCase> All { get; } =
        new()
        {
            { c => c.Beside is not null, OfTwoVmas },
            {
                c =>
                    c.Placement != Placement.Ordinary
                    && (
                        c.Beside is not null
                        || c.Change is not null
                        || c.Late
                        || c.Mte
                        || c.Extent != Extent.Page
                        || OfItsOwnKind(c.Backing)
                        || c.Backing.Kind is VmaKind.Hole
                    ),
                "only a plain slot is misplaced"
            },
            {
                c => c is GuestCase && c.Placement == Placement.AtIpaEnd,
                "a guest with tables of its own has addresses of 32 bits"
            },
        };

    /// <summary>Memory with its own kind of file descriptor.</summary>
    private static bool OfItsOwnKind(Backing b) => b.Kind is VmaKind.GuestMemory or VmaKind.Secret;
}
