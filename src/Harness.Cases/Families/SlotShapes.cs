using Harness.Model;
using static Harness.Cases.Families.DriverMemory;

namespace Harness.Cases.Families;

/// <summary>
/// Slots over two VMAs: registration checks both, a fault only its own. And slots at invalid positions.
/// </summary>
internal static class SlotShapes
{
    private static readonly Backing Shared = Backing.Plain with { Sharing = Sharing.Shared };

    private static readonly Backing Pages = Cacheable with { Kind = VmaKind.MixedMap, Memory = KernelMap.Known };

    private static readonly Backing Hole = new(
        VmaKind.Hole,
        KernelMap.Known,
        VmaMemoryType.WriteBack,
        Sharing.Shared,
        AllowAnyUncached: false
    );

    private static readonly SlotFlags[] Flags = [SlotFlags.None, SlotFlags.LogDirtyPages];

    private static readonly AccessList Read = new(Access.Read);

    private static readonly AccessList Write = new(Access.Write);

    public static CaseFamily Family { get; } =
        new("shape", "slots over two VMAs of different kinds, holes, misaligned and misplaced slots", () =>
            [.. Beside().Concat(Blocks()).Concat(Tagged()).Concat(Misplaced()).Where(c => c.UnsupportedReason is null)]
        );

    /// <summary>
    /// Every pair of kinds, in both orders; with logging too, since a VM_PFNMAP VMA forbids it for the whole slot.
    /// </summary>
    private static IEnumerable<AccessCase> Beside() =>
        from own in (Backing[])[Backing.Plain, Shared, Cacheable, Device, NonCacheable, Pages, Hole]
        from beside in (Neighbour[])
            [
                new(Backing.Plain, Writable: true, First: false),
                new(Backing.Plain, Writable: false, First: true),
                new(Cacheable, Writable: true, First: true),
                new(Cacheable, Writable: true, First: false),
                new(Device, Writable: true, First: true),
                new(Hole, Writable: true, First: true),
                new(Hole, Writable: true, First: false),
            ]
        where own != beside.Backing || !beside.Writable
        from flags in Flags
        from accesses in own == Backing.Plain && flags == SlotFlags.None ? (AccessList[])[Write, Read] : [Write]
        select new AccessCase(own, VmaWritable: true, flags, accesses) { Beside = beside };

    /// <summary>A block fits into the page's own VMA, whatever is beside it.</summary>
    private static IEnumerable<AccessCase> Blocks() =>
        from own in (Backing[])[Backing.Plain, Cacheable, Device]
        from first in (bool[])[false, true]
        select new AccessCase(own, VmaWritable: true, SlotFlags.None, Write)
        {
            Extent = Extent.Block,
            Beside = new(NonCacheable, Writable: true, first),
        };

    private static IEnumerable<AccessCase> Tagged() =>
        from own in (Backing[])[Backing.Plain, Device]
        from beside in (Backing[])[Backing.Plain, Shared, Device]
        where own != beside
        select new AccessCase(own, VmaWritable: true, SlotFlags.None, Write)
        {
            Mte = true,
            Beside = new(beside, Writable: true, First: false),
        };

    /// <summary>Errors of the slot are reported before errors of its memory.</summary>
    private static IEnumerable<AccessCase> Misplaced() =>
        from placement in Enum.GetValues<Placement>()
        where placement != Placement.Ordinary
        from own in (Backing[])[Backing.Plain, Cacheable]
        from flags in own == Cacheable ? Flags : [SlotFlags.None]
        select new AccessCase(own, VmaWritable: true, flags, Write) { Placement = placement };
}
