using Harness.Model;

namespace Harness.Cases.Families;

/// <summary>
/// Which memory a guest reaches: the process stores a word into the page after the first, and the guest reads it there.
/// A block over pages that are discontiguous in physical memory maps other memory there.
/// </summary>
internal static class NextPages
{
    private static readonly AccessList[] Accesses =
    [
        new(Access.ReadNext),
        new(Access.Read, Access.ReadNext),
        new(Access.Write, Access.ReadNext),
    ];

    private static readonly Backing Known = new(
        VmaKind.PfnMap,
        KernelMap.Known,
        VmaMemoryType.WriteBack,
        Sharing.Shared,
        AllowAnyUncached: false
    );

    /// <summary>Pages of which no two consecutive ones are contiguous.</summary>
    private static readonly Backing[] Scattered =
    [
        Known with
        {
            Provider = Provider.ExporterScattered,
        },
        Known with
        {
            Provider = Provider.ExporterScattered,
            Memory = KernelMap.Unknown,
        },
        Known with
        {
            Provider = Provider.ExporterScattered,
            Memory = KernelMap.Unknown,
            Type = VmaMemoryType.NonCacheable,
            AllowAnyUncached = true,
        },
        Known with
        {
            Provider = Provider.UdmaBuf,
        },
    ];

    /// <summary>
    /// Memory that can't be mapped wrongly: contiguous pages, or pages that are looked up one by one.
    /// </summary>
    private static readonly Backing[] Others =
    [
        Known,
        Known with
        {
            Provider = Provider.ExporterHuge,
        },
        Backing.Plain with
        {
            Sharing = Sharing.Shared,
        },
        Backing.Plain with
        {
            Sharing = Sharing.Shared,
            Provider = Provider.HugeTlb,
        },
        Backing.Plain with
        {
            Provider = Provider.Thp,
        },
    ];

    public static CaseFamily Family { get; } =
        new(
            "next-page",
            "whose memory the guest reaches: each page its own word, and a block over scattered pages",
            () =>
                [
                    .. from backing in (Backing[])[.. Scattered, .. Others]
                    from accesses in Accesses
                    from c in Of(backing, accesses)
                    where c.UnsupportedReason is null
                    select c,
                ]
        );

    private static IEnumerable<AccessCase> Of(Backing backing, AccessList accesses)
    {
        var c = new AccessCase(backing, VmaWritable: true, SlotFlags.None, accesses) { Extent = Extent.Block };
        yield return c;
        if (!backing.Scattered)
            yield break;
        // The exporter can't allocate more contiguous kernel pages than the page allocator provides.
        if (backing is not { Apart: true, Memory: KernelMap.Known })
            yield return c with
            {
                Extent = Extent.Misaligned,
            };
        yield return c with
        {
            Late = true,
        };
        yield return c with
        {
            Late = true,
            Slot = SlotFlags.LogDirtyPages,
        };
    }
}
