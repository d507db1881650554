using Harness.Model;
using static Harness.Cases.Families.DriverMemory;

namespace Harness.Cases.Families;

/// <summary>Changes to a slot that the guest has used, and their effect on the guest's next access.</summary>
internal static class LiveChanges
{
    private static readonly Backing Shared = Backing.Plain with { Sharing = Sharing.Shared };

    private static readonly Backing Ram = Cacheable with { Memory = KernelMap.Known };

    private static readonly Backing Pages = Ram with { Kind = VmaKind.MixedMap };

    private static readonly Backing GuestMemory = Shared with
    {
        Kind = VmaKind.GuestMemory,
        GuestMemory = GuestMemoryFlags.Mmap,
    };

    private static readonly AccessList ReadRead = new(Access.Read, Access.Read);
    private static readonly AccessList ReadWrite = new(Access.Read, Access.Write);
    private static readonly AccessList WriteRead = new(Access.Write, Access.Read);
    private static readonly AccessList WriteWrite = new(Access.Write, Access.Write);
    private static readonly AccessList ReadExecute = new(Access.Read, Access.Execute);
    private static readonly AccessList WriteExecute = new(Access.Write, Access.Execute);
    private static readonly AccessList ExecuteRead = new(Access.Execute, Access.Read);

    public static CaseFamily Family { get; } =
        new("change", "userspace changes the memory or the slot after the guest's first access", () =>
            [
                .. Mappings()
                    .Concat(Replacements())
                    .Concat(Stores())
                    .Concat(Slots())
                    .Concat(Checked())
                    .Concat(Logging())
                    .Concat(KnownLeaves())
                    .Concat(OfGuestMemory())
                    .Where(c => c.UnsupportedReason is null)
                    .DistinctBy(c => c.Key),
            ]
        );

    private static AccessCase With(
        ChangeKind kind,
        Backing backing,
        AccessList accesses,
        SlotFlags slot = SlotFlags.None,
        Backing? to = null
    ) => new(backing, VmaWritable: true, slot, accesses) { Change = new LiveChange(kind, to) };

    private static IEnumerable<AccessCase> Mappings() =>
        [
            .. Unmapped(),
            .. from backing in (Backing[])[Cacheable, Device, Ram]
            select With(ChangeKind.ProtectNone, backing, WriteRead) with
            {
                Extent = Extent.Block,
            },
        ];

    private static IEnumerable<AccessCase> Unmapped() =>
        from kind in (ChangeKind[])
            [ChangeKind.Unmap, ChangeKind.MoveMapping, ChangeKind.ProtectRead, ChangeKind.ProtectNone]
        from backing in (Backing[])[Backing.Plain, Shared, Cacheable, NonCacheable, Device, Pages]
        from accesses in kind is ChangeKind.Unmap or ChangeKind.MoveMapping ? (AccessList[])[WriteRead]
        : backing == Backing.Plain || backing == Cacheable ? [WriteRead, ReadWrite, WriteExecute]
        : [WriteRead, WriteWrite]
        select With(kind, backing, accesses);

    /// <summary>
    /// From every kind of memory to every other that the fault handles differently: registration doesn't check the
    /// replacement.
    /// </summary>
    private static IEnumerable<AccessCase> Replacements() =>
        [
            .. from to in (Backing[])[Shared, Cacheable, NonCacheable, Device, Ram, Pages]
            from accesses in to == Cacheable ? (AccessList[])[ReadRead, WriteExecute] : [WriteExecute]
            select With(ChangeKind.Replace, Backing.Plain, accesses, to: to),
            .. from pair in ((Backing From, Backing To)[])
                [
                    (Cacheable, Device),
                    (Cacheable, NonCacheable),
                    (Cacheable, Backing.Plain),
                    (Device, Cacheable),
                    (Device, NonCacheable),
                    (NonCacheable, Cacheable),
                    (Device, Backing.Plain),
                    (Ram, Cacheable),
                    (Pages, Device),
                ]
            select With(ChangeKind.Replace, pair.From, WriteWrite, to: pair.To),
            .. from to in (Backing[])[Cacheable, Device]
            from accesses in (AccessList[])[WriteRead, WriteWrite]
            select With(ChangeKind.Replace, Shared, accesses, SlotFlags.LogDirtyPages, to),
            .. from to in (Backing[])[Cacheable, Device, Backing.Plain]
            select With(ChangeKind.Replace, Backing.Plain, WriteWrite, to: to) with
            {
                Extent = Extent.Block,
            },
        ];

    private static IEnumerable<AccessCase> Stores() =>
        from backing in (Backing[])
            [
                Backing.Plain,
                Shared,
                Pages with
                {
                    Sharing = Sharing.Private,
                },
                Device with
                {
                    Sharing = Sharing.Private,
                },
                NonCacheable with
                {
                    Sharing = Sharing.Private,
                },
                Ram with
                {
                    Type = VmaMemoryType.DeviceNGnRE,
                    Sharing = Sharing.Private,
                },
            ]
        from accesses in backing == Backing.Plain
            ? (AccessList[])[ReadRead, ReadWrite, WriteRead, ExecuteRead]
            : [ReadRead, ReadWrite]
        select With(ChangeKind.Store, backing, accesses);

    private static IEnumerable<AccessCase> Slots() =>
        [
            .. from kind in (ChangeKind[])
                [ChangeKind.DeleteSlot, ChangeKind.RecreateSlot, ChangeKind.MoveSlot, ChangeKind.ToggleReadOnly]
            from backing in (Backing[])[Backing.Plain, Cacheable, Device, Pages]
            from accesses in backing == Backing.Plain || backing == Cacheable
                ? (AccessList[])[ExecuteRead, WriteWrite, WriteExecute]
                : [WriteWrite]
            select With(kind, backing, accesses),
            .. from kind in (ChangeKind[])
                [ChangeKind.DeleteSlot, ChangeKind.RecreateSlot, ChangeKind.MoveSlot, ChangeKind.ToggleReadOnly]
            select With(kind, Backing.Plain, WriteWrite, SlotFlags.ReadOnly),
            // The slot is where it was; a move beyond the IPA size has unmapped it, one onto another slot has not.
            .. from kind in (ChangeKind[])[ChangeKind.MoveBeyondIpa, ChangeKind.MoveOnto]
            from backing in (Backing[])[Backing.Plain, Cacheable, Pages]
            from accesses in backing == Backing.Plain ? (AccessList[])[WriteRead, ExecuteRead] : [WriteRead]
            select With(kind, backing, accesses),
            .. from kind in (ChangeKind[])[ChangeKind.MoveBeyondIpa, ChangeKind.MoveOnto]
            select With(kind, Backing.Plain, WriteRead, SlotFlags.LogDirtyPages),
            With(ChangeKind.DeleteSlot, Backing.Plain, new(Access.Write, Access.Exclusive)),
            With(ChangeKind.RecreateSlot, Cacheable, WriteRead) with
            {
                Extent = Extent.Block,
            },
            With(ChangeKind.RecreateSlot, Backing.Plain, WriteRead) with
            {
                Extent = Extent.Block,
            },
        ];

    /// <summary>Memory that was placed behind the slot without a check is checked when the slot is changed.</summary>
    private static IEnumerable<AccessCase> Checked() =>
        [
            .. from kind in (ChangeKind[])[ChangeKind.LogOn, ChangeKind.RecreateSlot, ChangeKind.MoveSlot]
            from backing in (Backing[])[Cacheable, Device, Ram, Ram with { Type = VmaMemoryType.NonCacheable }]
            select With(kind, backing, ExecuteRead) with
            {
                Late = true,
            },
            .. from backing in (Backing[])[Device, Ram with { Type = VmaMemoryType.NonCacheable }, Pages]
            from kind in (ChangeKind[])[ChangeKind.LogOff, ChangeKind.RecreateSlot]
            select With(kind, backing, WriteRead, SlotFlags.LogDirtyPages) with
            {
                Late = true,
            },
            With(ChangeKind.LogOn, Backing.Plain, WriteRead) with
            {
                Beside = new(Device, Writable: true, First: false),
            },
            With(ChangeKind.LogOn, Backing.Plain, WriteRead) with
            {
                Beside = new(Pages, Writable: true, First: true),
            },
        ];

    private static IEnumerable<AccessCase> Logging() =>
        [
            .. from kind in (ChangeKind[])[ChangeKind.LogOn, ChangeKind.LogOff, ChangeKind.LogOnOff]
            let slot = kind == ChangeKind.LogOff ? SlotFlags.LogDirtyPages : SlotFlags.None
            from backing in (Backing[])[Backing.Plain, Shared, Cacheable, Device, Pages]
            from accesses in backing.Kind == VmaKind.PfnMap
                ? (AccessList[])[WriteWrite]
                : [ReadWrite, WriteRead, WriteWrite, WriteExecute]
            where slot == SlotFlags.None || backing.Kind != VmaKind.PfnMap
            select With(kind, backing, accesses, slot),
            .. from kind in (ChangeKind[])[ChangeKind.LogOn, ChangeKind.LogOff, ChangeKind.LogOnOff]
            let slot = kind == ChangeKind.LogOff ? SlotFlags.LogDirtyPages : SlotFlags.None
            from backing in (Backing[])[Backing.Plain, Shared]
            from accesses in backing == Shared ? (AccessList[])[WriteWrite] : [ReadWrite, WriteWrite, WriteRead]
            select With(kind, backing, accesses, slot) with
            {
                Extent = Extent.Block,
            },
            With(ChangeKind.LogOnOff, Cacheable, WriteWrite) with
            {
                Extent = Extent.Block,
            },
            With(ChangeKind.LogOn, Backing.Plain, WriteRead, SlotFlags.ReadOnly),
        ];

    /// <summary>
    /// Logging that is enabled and disabled over memory with a known leaf size in the host's tables: a block is split
    /// by the first store or fetch while the slot is logged, and pages are collapsed into one by the first fault after
    /// it.
    /// </summary>
    private static IEnumerable<AccessCase> KnownLeaves() =>
        from kind in (ChangeKind[])[ChangeKind.LogOff, ChangeKind.LogOn, ChangeKind.LogOnOff]
        let slot = kind == ChangeKind.LogOff ? SlotFlags.LogDirtyPages : SlotFlags.None
        from backing in (Backing[])
            [
                Shared with
                {
                    Provider = Provider.HugeTlb,
                },
                Backing.Plain with
                {
                    Provider = Provider.Thp,
                },
                Pages with
                {
                    Provider = Provider.ExporterHuge,
                },
                Cacheable with
                {
                    Provider = Provider.ExporterHuge,
                },
                Ram with
                {
                    Provider = Provider.ExporterHuge,
                },
                Device with
                {
                    Type = VmaMemoryType.DeviceNGnRnE,
                    AllowAnyUncached = true,
                    Provider = Provider.Vfio,
                },
            ]
        from accesses in kind == ChangeKind.LogOnOff
            ? (AccessList[])[ReadWrite, WriteWrite]
            : [ReadWrite, ReadExecute, WriteExecute, WriteWrite]
        // A slot over VM_PFNMAP memory can't be logged from the start, nor can logging be enabled later: the memory is
        // placed behind a logged slot.
        where backing.Kind != VmaKind.PfnMap || kind == ChangeKind.LogOff
        select With(kind, backing, accesses, slot) with
        {
            Extent = Extent.Block,
            Late = backing.Kind == VmaKind.PfnMap,
        };

    private static IEnumerable<AccessCase> OfGuestMemory() =>
        from kind in (ChangeKind[])
            [
                ChangeKind.LogOn,
                ChangeKind.ToggleReadOnly,
                ChangeKind.DeleteSlot,
                ChangeKind.RecreateSlot,
                ChangeKind.MoveSlot,
                ChangeKind.MoveBeyondIpa,
                ChangeKind.MoveOnto,
                ChangeKind.PunchHole,
                ChangeKind.CloseGuestMemory,
            ]
        from accesses in (AccessList[])[WriteRead, ExecuteRead]
        select With(kind, GuestMemory, accesses);
}
