using Harness.Model;

namespace Harness.Cases.Families;

/// <summary>
/// VMAs with the same properties, created as VMMs do: files, huge pages, PCI BARs through sysfs and VFIO, /dev/mem,
/// device-dax, and drivers that insert their pages on a fault, one or 2 MiB at a time.
/// </summary>
internal static class Providers
{
    private static readonly AccessList[] Accesses =
    [
        new(Access.Read),
        new(Access.Write),
        new(Access.Execute),
        new(Access.Read, Access.Write),
    ];

    private static readonly SlotFlags[] Slots = [SlotFlags.None, SlotFlags.LogDirtyPages, SlotFlags.ReadOnly];

    /// <summary>Fetch, then store: the permissions of the leaf show whether the store copies the page.</summary>
    private static readonly AccessList FetchAndStore = new(Access.Execute, Access.Write);

    private static readonly AccessList Read = new(Access.Read),
        Write = new(Access.Write);

    public static CaseFamily Family { get; } =
        new(
            "provider",
            "memory as VMMs get it: huge pages, files, PCI BARs through sysfs, VFIO and a variant driver, /dev/mem, device-dax, drivers that insert on a fault",
            () => [.. Cases().Where(c => c.UnsupportedReason is null).Distinct()]
        );

    private static IEnumerable<AccessCase> Cases() =>
        [
            .. Bar(Provider.Sysfs, VmaMemoryType.DeviceNGnRE, any: false),
            .. Bar(Provider.Sysfs, VmaMemoryType.NonCacheable, any: false),
            .. Bar(Provider.Vfio, VmaMemoryType.DeviceNGnRnE, any: true),
            .. Bar(Provider.VfioDevice, VmaMemoryType.DeviceNGnRnE, any: true),
            .. from provider in (Provider[])[Provider.Variant, Provider.VariantFault, Provider.VariantHuge]
            from type in (VmaMemoryType[])
                [VmaMemoryType.WriteBack, VmaMemoryType.NonCacheable, VmaMemoryType.DeviceNGnRnE]
            from c in Bar(provider, type, type != VmaMemoryType.WriteBack)
            select c,
            .. Bar(Provider.DevMem, VmaMemoryType.DeviceNGnRnE, any: false),
            .. Ordinary(Provider.Thp, Sharing.Private, Extent.Block),
            .. Each(Plain(Provider.Thp, Sharing.Private), Extent.Misaligned, SlotFlags.None),
            .. Ordinary(Provider.NoThp, Sharing.Private, Extent.Block),
            .. Ordinary(Provider.HugeTlb, Sharing.Shared, Extent.Block),
            .. Ordinary(Provider.HugeTlb, Sharing.Private, Extent.Block),
            .. Each(Plain(Provider.HugeTlb, Sharing.Shared), Extent.Page, SlotFlags.None),
            .. Each(Plain(Provider.HugeTlb, Sharing.Shared), Extent.Misaligned, SlotFlags.None),
            .. Late(Plain(Provider.HugeTlb, Sharing.Shared), Extent.Block),
            .. Ordinary(Provider.HugeTlbContPte, Sharing.Shared, Extent.Block),
            .. Each(Plain(Provider.HugeTlbContPte, Sharing.Private), Extent.Block, SlotFlags.None),
            .. Each(Plain(Provider.HugeTlbContPte, Sharing.Shared), Extent.Page, SlotFlags.None),
            .. Late(Plain(Provider.HugeTlbContPte, Sharing.Shared), Extent.Block),
            .. Ordinary(Provider.HugeTlbContPmd, Sharing.Shared, Extent.Block),
            .. Each(Plain(Provider.HugeTlbContPmd, Sharing.Private), Extent.Block, SlotFlags.None),
            .. Each(Plain(Provider.HugeTlbContPmd, Sharing.Shared), Extent.Page, SlotFlags.None),
            .. Each(Plain(Provider.HugeTlbContPmd, Sharing.Shared), Extent.Misaligned, SlotFlags.None),
            .. Late(Plain(Provider.HugeTlbContPmd, Sharing.Shared), Extent.Block),
            .. Each(Plain(Provider.HugeTlbPud, Sharing.Shared), Extent.Block, SlotFlags.None),
            .. Ordinary(Provider.Dax, Sharing.Shared, Extent.Block),
            .. Each(Plain(Provider.Dax, Sharing.Shared), Extent.Page, SlotFlags.None),
            .. Each(Plain(Provider.Dax, Sharing.Shared), Extent.Misaligned, SlotFlags.None),
            .. Late(Plain(Provider.Dax, Sharing.Shared), Extent.Block),
            .. Ordinary(Provider.Memfd, Sharing.Shared, Extent.Page),
            .. Ordinary(Provider.Memfd, Sharing.Private, Extent.Page),
            .. Each(Plain(Provider.Memfd, Sharing.Shared), Extent.Block, SlotFlags.None),
            .. Late(Plain(Provider.Memfd, Sharing.Shared), Extent.Page),
            .. Ordinary(Provider.File, Sharing.Shared, Extent.Page),
            .. Ordinary(Provider.File, Sharing.Private, Extent.Page),
            .. Driver(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.WriteBack, false, Provider.UdmaBuf),
            .. Driver(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, false, Provider.ExporterFault),
            .. Driver(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.NonCacheable, true, Provider.ExporterFault),
            .. Driver(VmaKind.MixedMap, KernelMap.Unknown, VmaMemoryType.NonCacheable, false, Provider.ExporterFault),
            .. Driver(VmaKind.MixedMap, KernelMap.Known, VmaMemoryType.WriteBack, false, Provider.ExporterFault),
            .. Notified(KernelMap.Known, VmaMemoryType.WriteBack, false),
            .. Notified(KernelMap.Unknown, VmaMemoryType.WriteBack, false),
            .. Notified(KernelMap.Unknown, VmaMemoryType.NonCacheable, true),
            .. Scattered(KernelMap.Known, VmaMemoryType.WriteBack, false),
            .. Scattered(KernelMap.Unknown, VmaMemoryType.WriteBack, false),
            .. Scattered(KernelMap.Unknown, VmaMemoryType.NonCacheable, true),
            .. Huge(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, false),
            .. Huge(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.NonCacheable, true),
            .. Huge(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.DeviceNGnRE, false),
            .. Huge(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.WriteBack, false),
            .. Huge(VmaKind.MixedMap, KernelMap.Known, VmaMemoryType.WriteBack, false),
        ];

    private static Backing Plain(Provider provider, Sharing sharing) =>
        Backing.Plain with
        {
            Provider = provider,
            Sharing = sharing,
        };

    /// <summary>A PCI BAR: as pages, as a block, late, and as a private mapping if that is possible.</summary>
    private static IEnumerable<AccessCase> Bar(Provider provider, VmaMemoryType type, bool any)
    {
        var backing = new Backing(VmaKind.PfnMap, KernelMap.Unknown, type, Sharing.Shared, any) { Provider = provider };
        return
        [
            .. Each(backing, Extent.Page, SlotFlags.None),
            .. Each(backing, Extent.Page, SlotFlags.ReadOnly),
            .. Each(backing, Extent.Block, SlotFlags.None),
            new(backing, true, SlotFlags.LogDirtyPages, Read),
            new(backing, false, SlotFlags.None, Write),
            new(backing, true, SlotFlags.None, Read) { Extent = Extent.Misaligned },
            .. Late(backing, Extent.Block),
            new(backing, true, SlotFlags.LogDirtyPages, Read) { Extent = Extent.Block, Late = true },
            new(backing with { Sharing = Sharing.Private }, true, SlotFlags.None, Read),
            new(backing with { Sharing = Sharing.Private }, true, SlotFlags.None, Write),
        ];
    }

    private static IEnumerable<AccessCase> Ordinary(Provider provider, Sharing sharing, Extent extent) =>
        [
            .. from slot in Slots from c in Each(Plain(provider, sharing), extent, slot) select c,
            new(Plain(provider, sharing), true, SlotFlags.None, FetchAndStore) { Extent = extent },
        ];

    private static IEnumerable<AccessCase> Driver(
        VmaKind kind,
        KernelMap memory,
        VmaMemoryType type,
        bool any,
        Provider provider
    )
    {
        var backing = new Backing(kind, memory, type, Sharing.Shared, any) { Provider = provider };
        return
        [
            .. Each(backing, Extent.Page, SlotFlags.None),
            new(backing, true, SlotFlags.ReadOnly, Read),
            new(backing, true, SlotFlags.None, Read) { Extent = Extent.Block },
            .. Late(backing, Extent.Page),
            new(backing with { Sharing = Sharing.Private }, true, SlotFlags.None, new(Access.Read, Access.Write)),
        ];
    }

    /// <summary>
    /// A driver that wants notification of stores, before it is notified, and after the process has stored.
    /// </summary>
    private static IEnumerable<AccessCase> Notified(KernelMap memory, VmaMemoryType type, bool any)
    {
        var backing = new Backing(VmaKind.PfnMap, memory, type, Sharing.Shared, any)
        {
            Provider = Provider.ExporterNotified,
        };
        return
        [
            .. Each(backing, Extent.Page, SlotFlags.None),
            .. Each(backing, Extent.Page, SlotFlags.None).Select(c => c with { Restored = true }),
            new(backing, true, SlotFlags.None, FetchAndStore),
            new(backing, true, SlotFlags.None, new(Access.Read, Access.Write)) { Change = new(ChangeKind.Store) },
            new(backing, true, SlotFlags.None, new(Access.Read, Access.Read)) { Change = new(ChangeKind.Store) },
            new(backing, true, SlotFlags.ReadOnly, Read),
            new(backing, false, SlotFlags.None, Write),
            new(backing, true, SlotFlags.None, Read) { Extent = Extent.Block },
            .. Late(backing, Extent.Page),
        ];
    }

    /// <summary>Pages of which no two consecutive ones are contiguous: a block would map other memory.</summary>
    private static IEnumerable<AccessCase> Scattered(KernelMap memory, VmaMemoryType type, bool any)
    {
        var backing = new Backing(VmaKind.PfnMap, memory, type, Sharing.Shared, any)
        {
            Provider = Provider.ExporterScattered,
        };
        return
        [
            .. Each(backing, Extent.Block, SlotFlags.None),
            .. Each(backing, Extent.Page, SlotFlags.None),
            .. Late(backing, Extent.Block),
        ];
    }

    private static IEnumerable<AccessCase> Huge(VmaKind kind, KernelMap memory, VmaMemoryType type, bool any)
    {
        var backing = new Backing(kind, memory, type, Sharing.Shared, any) { Provider = Provider.ExporterHuge };
        return
        [
            .. Each(backing, Extent.Block, SlotFlags.None),
            new(backing, true, SlotFlags.None, Read) { Extent = Extent.Misaligned },
            .. Late(backing, Extent.Block),
        ];
    }

    private static IEnumerable<AccessCase> Late(Backing backing, Extent extent) =>
        from accesses in (AccessList[])[Read, Write]
        select new AccessCase(backing, true, SlotFlags.None, accesses) { Extent = extent, Late = true };

    private static IEnumerable<AccessCase> Each(Backing backing, Extent extent, SlotFlags slot) =>
        from accesses in Accesses
        select new AccessCase(backing, true, slot, accesses) { Extent = extent };
}
