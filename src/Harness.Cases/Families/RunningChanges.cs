using Harness.Model;
using static Harness.Cases.Families.DriverMemory;

namespace Harness.Cases.Families;

/// <summary>
/// Changes to a slot, its memory or its device while the guest uses the page: what the next access finds must be what
/// it finds when the guest was stopped meanwhile.
/// </summary>
internal static class RunningChanges
{
    private static readonly Backing Shared = Backing.Plain with { Sharing = Sharing.Shared };

    private static readonly AccessList ReadRead = new(Access.Read, Access.Read),
        WriteRead = new(Access.Write, Access.Read),
        WriteWrite = new(Access.Write, Access.Write);

    public static CaseFamily Family { get; } =
        new("running", "the slot, its memory or its VFIO device is changed while the guest repeats an access", () =>
            [
                .. OfMappings()
                    .Concat(OfSlots())
                    .Concat(OfDevices())
                    .Where(c => c.UnsupportedReason is null)
                    .DistinctBy(c => c.Key),
            ]
        );

    private static IEnumerable<AccessCase> OfMappings() =>
        [
            .. from kind in (ChangeKind[])
                [ChangeKind.Unmap, ChangeKind.MoveMapping, ChangeKind.ProtectRead, ChangeKind.ProtectNone]
            from backing in (Backing[])[Backing.Plain, Shared, Cacheable, Device]
            from accesses in (AccessList[])[WriteRead, WriteWrite]
            select With(new(kind), backing, accesses),
            .. from backing in (Backing[])[Backing.Plain, Shared, Cacheable, NonCacheable]
            select With(new(ChangeKind.Store), backing, WriteRead),
            .. from to in (Backing[])[Shared, Cacheable, NonCacheable]
            from accesses in (AccessList[])[ReadRead, WriteWrite]
            select With(new(ChangeKind.Replace, to), Backing.Plain, accesses),
        ];

    private static IEnumerable<AccessCase> OfSlots() =>
        from kind in (ChangeKind[])
            [ChangeKind.LogOn, ChangeKind.LogOff, ChangeKind.DeleteSlot, ChangeKind.MoveSlot, ChangeKind.ToggleReadOnly]
        from backing in (Backing[])[Backing.Plain, Cacheable, Device]
        from accesses in (AccessList[])[ReadRead, WriteWrite]
        from extent in (Extent[])[Extent.Page, Extent.Block]
        select With(new(kind), backing, accesses) with
        {
            Extent = extent,
            Slot = kind == ChangeKind.LogOff ? SlotFlags.LogDirtyPages : SlotFlags.None,
        };

    private static IEnumerable<AccessCase> OfDevices() =>
        from kind in (ChangeKind[])[ChangeKind.DisableMemory, ChangeKind.ResetDevice, ChangeKind.UnbindDevice]
        from backing in DeviceChanges.ThroughVfio()
        from accesses in (AccessList[])[ReadRead, WriteWrite]
        from extent in (Extent[])[Extent.Page, Extent.Block]
        select With(new(kind), backing, accesses) with
        {
            Extent = extent,
        };

    private static AccessCase With(LiveChange change, Backing backing, AccessList accesses) =>
        new(backing, VmaWritable: true, SlotFlags.None, accesses) { Change = change, Running = true };
}
