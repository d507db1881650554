using Harness.Model;
using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The calls with which a VM tracks dirty pages, except KVM_GET_DIRTY_LOG.</summary>
internal static class TrackingCompiler
{
    // linux/kvm.h
    private const int CapManualDirtyLogProtect2 = 168, // KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2
        CapDirtyLogRing = 192, // KVM_CAP_DIRTY_LOG_RING
        CapDirtyLogRingAcqRel = 223, // KVM_CAP_DIRTY_LOG_RING_ACQ_REL
        CapDirtyLogRingWithBitmap = 225, // KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP
        CapArmEagerSplitChunkSize = 228; // KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE

    private const ulong LargeRing = 2 << 20;

    private const ulong ManualProtectEnable = 1, // KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE
        InitiallySet = 2; // KVM_DIRTY_LOG_INITIALLY_SET

    /// <summary>The bits of one word of the log: ranges to be cleared begin at multiples.</summary>
    private const ulong Word = 64;

    /// <summary>What is enabled on the VM before it has anything, in order.</summary>
    public static IReadOnlyList<EnableCapabilityStep> Capabilities(DirtyTracking tracking, CaseSizes sizes) =>
        [
            .. tracking.Protection switch
            {
                LogProtection.Manual => [Enable(CapManualDirtyLogProtect2, ManualProtectEnable)],
                LogProtection.InitiallySet => [Enable(CapManualDirtyLogProtect2, ManualProtectEnable | InitiallySet)],
                LogProtection.InitiallySetAlone => [Enable(CapManualDirtyLogProtect2, InitiallySet)],
                _ => Array.Empty<EnableCapabilityStep>(),
            },
            .. tracking.Ring switch
            {
                DirtyRing.Alone => [Ring(sizes.Page)],
                DirtyRing.WithBitmap => [Ring(sizes.Page), Enable(CapDirtyLogRingWithBitmap, 0)],
                DirtyRing.BitmapAlone => [Enable(CapDirtyLogRingWithBitmap, 0)],
                DirtyRing.StronglyOrdered => [Enable(CapDirtyLogRing, sizes.Page)],
                DirtyRing.Small => [Ring(sizes.Page / 2)],
                DirtyRing.Odd => [Ring(3 * sizes.Page)],
                DirtyRing.Large => [Ring(LargeRing)],
                DirtyRing.Twice => [Ring(sizes.Page), Ring(sizes.Page)],
                _ => Array.Empty<EnableCapabilityStep>(),
            },
            .. tracking.Split switch
            {
                SplitChunk.Block => [Enable(CapArmEagerSplitChunkSize, sizes.Block)],
                SplitChunk.Page => [Enable(CapArmEagerSplitChunkSize, sizes.Page)],
                SplitChunk.Unsupported => [Enable(CapArmEagerSplitChunkSize, sizes.Block / 2)],
                _ => Array.Empty<EnableCapabilityStep>(),
            },
        ];

    /// <summary>What is enabled after the slot was registered and the vCPU created.</summary>
    public static IEnumerable<EnableCapabilityStep> LateCapabilities(DirtyTracking tracking, CaseSizes sizes)
    {
        if (tracking.Ring == DirtyRing.Late)
            yield return Ring(sizes.Page);
        if (tracking.Split == SplitChunk.Late)
            yield return Enable(CapArmEagerSplitChunkSize, sizes.Block);
    }

    private static EnableCapabilityStep Ring(ulong size) => Enable(CapDirtyLogRingAcqRel, size);

    /// <summary>KVM_CLEAR_DIRTY_LOG of a range of a slot.</summary>
    /// <param name="slot">The slot's number.</param>
    /// <param name="range">What is cleared.</param>
    /// <param name="extent">The size of the slot.</param>
    /// <param name="sizes">Of the host.</param>
    public static ClearLogStep Clear(int slot, LogRange range, Extent extent, CaseSizes sizes)
    {
        ulong pages = sizes.SlotSize(extent) / sizes.Page;
        return range switch
        {
            LogRange.First => OfPage(SlotPage.First),
            LogRange.Next => OfPage(SlotPage.Next),
            LogRange.Last => OfPage(SlotPage.Last),
            LogRange.Unaligned => Of(1, pages - 1),
            LogRange.Part => Of(0, 1),
            LogRange.Beyond => Of(0, pages + Word),
            _ => Of(0, pages),
        };

        ClearLogStep OfPage(SlotPage page)
        {
            ulong number = sizes.PageOffset(extent, page) / sizes.Page;
            ulong first = number / Word * Word;
            return Of(first, Math.Min(Word, pages - first)) with { Only = number };
        }

        ClearLogStep Of(ulong first, ulong count) => new("vm", slot, first, (uint)count);
    }

    private static EnableCapabilityStep Enable(int capability, ulong argument) =>
        new("vm", capability, argument) { OnError = OnError.End };
}
