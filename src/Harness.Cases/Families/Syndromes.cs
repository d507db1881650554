using Harness.Model;
using static Harness.Cases.Families.DriverMemory;

namespace Harness.Cases.Families;

/// <summary>
/// Loads and stores without a valid syndrome: two registers, a SIMD register, address writeback, an atomic. If they are
/// mapped they behave like any other load or store; if one must be emulated it can't be.
/// </summary>
internal static class Syndromes
{
    private static readonly Access[] Loads =
    [
        Access.LoadPostIndexed,
        Access.LoadPreIndexed,
        Access.LoadPair,
        Access.LoadVector,
    ];

    private static readonly Access[] Stores =
    [
        Access.StorePostIndexed,
        Access.StorePreIndexed,
        Access.StorePair,
        Access.StoreVector,
    ];

    private static readonly Access[] Both = [.. Loads, .. Stores];

    private static readonly Backing GuestMemory = Backing.Plain with
    {
        Kind = VmaKind.GuestMemory,
        Sharing = Sharing.Shared,
        GuestMemory = GuestMemoryFlags.Mmap,
    };

    public static CaseFamily Family { get; } =
        new(
            "syndrome",
            "loads and stores whose syndrome doesn't say what they were: pairs, SIMD, write-back, atomics",
            () =>
                [
                    .. Mapped()
                        .Concat(WithoutSlot())
                        .Concat(ReadOnly())
                        .Concat(Atomics())
                        .Where(c => c.UnsupportedReason is null)
                        .DistinctBy(c => c.Key),
                ]
        );

    /// <summary>If nothing must be emulated they behave like LDR and STR.</summary>
    private static IEnumerable<AccessCase> Mapped() =>
        from backing in (Backing[])[Backing.Plain, Device]
        from access in Both
        from slot in backing == Backing.Plain
            ? (SlotFlags[])[SlotFlags.None, SlotFlags.LogDirtyPages]
            : [SlotFlags.None]
        select new AccessCase(backing, VmaWritable: true, slot, new AccessList(access));

    private static IEnumerable<AccessCase> WithoutSlot() =>
        [
            .. from first in (Access[])[Access.Read, Access.Write]
            from access in Both
            select Without(ChangeKind.DeleteSlot, Backing.Plain, first, access),
            .. from kind in (ChangeKind[])[ChangeKind.MoveSlot, ChangeKind.RecreateSlot]
            from access in Both
            select Without(kind, Backing.Plain, Access.Write, access),
            .. from backing in (Backing[])[Device, GuestMemory]
            from access in Both
            select Without(ChangeKind.DeleteSlot, backing, Access.Write, access),
            // With a slot but without memory nothing is emulated.
            .. from access in Both select Without(ChangeKind.Unmap, Backing.Plain, Access.Write, access),
        ];

    private static IEnumerable<AccessCase> ReadOnly() =>
        [
            .. from access in Both
            from slot in (SlotFlags[])[SlotFlags.ReadOnly, SlotFlags.ReadOnly | SlotFlags.LogDirtyPages]
            select new AccessCase(Backing.Plain, VmaWritable: true, slot, new AccessList(access)),
            .. from backing in (Backing[])[Backing.Plain, Device]
            from access in Stores
            select new AccessCase(backing, VmaWritable: true, SlotFlags.ReadOnly, new AccessList(Access.Read, access)),
        ];

    /// <summary>An atomic of a guest that has the page mapped, and then loses its slot.</summary>
    private static IEnumerable<AttributeCase> Atomics() =>
        from operation in (GuestOperation[])
            [GuestOperation.ExclusivePair, GuestOperation.AtomicAdd, GuestOperation.CompareAndSwap]
        from kind in (ChangeKind[])[ChangeKind.DeleteSlot, ChangeKind.RecreateSlot]
        let use = new GuestUse(EffectiveType.NormalWriteBack, operation)
        select new GuestCase(Backing.Plain, VmaWritable: true, SlotFlags.None, use) { Change = new LiveChange(kind) };

    private static AccessCase Without(ChangeKind kind, Backing backing, Access first, Access access) =>
        new(backing, VmaWritable: true, SlotFlags.None, new AccessList(first, access))
        {
            Change = new LiveChange(kind),
        };
}
