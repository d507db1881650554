using Harness.Model;
using Harness.Model.Caches;
using static Harness.Cases.Families.DriverMemory;
using static Harness.Model.Caches.CacheAct;

namespace Harness.Cases.Families;

/// <summary>
/// What only a cache can show: process and guest access one word by types of their own. Every kind of maintenance that
/// KVM, the process and the guest can do stands in some case between a store and a load, and is missing in another.
/// </summary>
internal static class CacheFamily
{
    /// <summary>The line is dirty when the guest's first access faults.</summary>
    private static readonly CacheAct[][] Faults =
    [
        [HostStore, GuestLoad],
        [HostStore, HostClean, GuestLoad],
    ];

    /// <summary>The line is dirty, or cached, while the page is mapped.</summary>
    private static readonly CacheAct[][] Lines =
    [
        [GuestLoad, HostStore, GuestLoad],
        [GuestLoad, HostStore, HostClean, GuestLoad],
        [GuestLoad, HostStore, GuestClean, GuestLoad, HostLoad],
        [GuestLoad, HostStore, GuestCleanInvalidate, GuestLoad, HostLoad],
        [GuestStore, HostStore, GuestInvalidate, GuestLoad, HostLoad],
        [HostLoad, GuestStore, HostLoad, HostCleanInvalidate, HostLoad],
        [GuestLoad, HostLoad, GuestStore, GuestLoad, GuestInvalidate, HostLoad],
        [GuestStore, HostStore, GuestLoad, HostLoad, HostCleanInvalidate, GuestLoad],
        [GuestLoad, HostStore, GuestStore, GuestLoad, HostLoad, HostCleanInvalidate, HostLoad, GuestLoad],
        [GuestLoad, HostStore, GuestExclusive, HostLoad, GuestLoad],
        [GuestLoad, HostStore, GuestAtomic, HostLoad, GuestLoad],
    ];

    private static readonly CacheAct[][] Remapped =
    [
        [GuestLoad, HostStore, RecreateSlot, GuestLoad],
        [GuestLoad, HostStore, RecreateSlot, HostLoad, GuestLoad],
        [GuestStore, RecreateSlot, HostLoad, GuestLoad],
    ];

    private static readonly CacheAct[][] Fetches =
    [
        [HostStore, GuestExecute],
        [GuestLoad, HostStore, GuestExecute],
        [GuestExecute, HostStore, GuestExecute],
        [GuestExecute, HostStore, HostClean, GuestExecute],
        [GuestExecute, HostStore, RecreateSlot, GuestExecute],
        [GuestExecute, GuestStore, GuestExecute, HostLoad],
    ];

    private static readonly EffectiveType[] Types =
    [
        Combination.MmuOff,
        EffectiveType.NormalNonCacheable,
        EffectiveType.NormalWriteBack,
    ];

    private static readonly Backing Shared = Backing.Plain with { Sharing = Sharing.Shared };

    /// <summary>Memory that the kernel knows, behind a VMA that isn't cacheable: the linear map still is.</summary>
    private static readonly Backing KnownNonCacheable = Cacheable with
    {
        Memory = KernelMap.Known,
        Type = VmaMemoryType.NonCacheable,
    };

    public static CaseFamily Family { get; } =
        new(
            CacheCase.KeyWord,
            "what only a cache can show: stale lines, maintenance by host and guest, mismatched types, stale instructions",
            () => [.. All().Where(c => c.UnsupportedReason is null).DistinctBy(c => c.Key)]
        );

    private static IEnumerable<CacheCase> All() =>
        [
            .. Of(Backing.Plain, Extent.Page, Types, [.. Faults, .. Lines, .. Remapped, .. Fetches]),
            .. Of(Shared, Extent.Page, Types, Faults),
            .. Of(Shared, Extent.Page, [Combination.MmuOff], [.. Remapped, .. Fetches]),
            // A block is cleaned as a whole: the word is on its last page.
            .. from provider in (Provider[])[Provider.Thp, Provider.HugeTlb]
            from c in Of(
                (provider == Provider.Thp ? Backing.Plain : Shared) with
                {
                    Provider = provider,
                },
                Extent.Block,
                [Combination.MmuOff],
                [.. Faults, .. Remapped, .. Fetches]
            )
            select c,
            .. from kind in (VmaKind[])[VmaKind.PfnMap, VmaKind.MixedMap]
            from c in Of(
                Cacheable with
                {
                    Kind = kind,
                    Memory = KernelMap.Known,
                },
                Extent.Page,
                [Combination.MmuOff],
                [.. Faults, Lines[0], .. Fetches]
            )
            select c,
            .. Of(KnownNonCacheable, Extent.Page, Types, [.. Faults, Lines[0]]),
            // A driver's memory: the kernel can't clean it.
            .. Of(Cacheable, Extent.Page, Types, [.. Faults, .. Lines]),
            .. Of(Cacheable, Extent.Page, [Combination.MmuOff], Fetches),
            .. Of(NonCacheable, Extent.Page, Types, [.. Faults, .. Lines]),
            .. Of(Device, Extent.Page, [Combination.MmuOff], [.. Faults, Lines[0]]),
            .. from type in (Backing[])[Cacheable, NonCacheable]
            from c in Of(type with { Provider = Provider.Variant }, Extent.Page, Types, [.. Faults, .. Lines])
            select c,
        ];

    private static IEnumerable<CacheCase> Of(
        Backing backing,
        Extent extent,
        EffectiveType[] types,
        IEnumerable<CacheAct[]> acts
    ) => from a in acts from type in types select new CacheCase(backing, extent, type, a);
}
