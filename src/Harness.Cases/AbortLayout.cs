using Harness.Model.Aborts;

namespace Harness.Cases;

/// <summary>Where the acts of a case about aborts are: guest physical addresses, for pages of any size.</summary>
public static class AbortLayout
{
    /// <summary>The GiB with all slots but that of the code.</summary>
    public const ulong SlotsAddress = CaseLayout.TestAddress;

    /// <summary>The distance of two acts' pages: a page of any size.</summary>
    public const ulong Stride = 64 << 10;

    /// <summary>Of a place's slot, too small for a block.</summary>
    public const ulong SlotSize = (AbortCase.MostActs + 1) * Stride;

    private const ulong PlaceDistance = 16 << 20;
    private const ulong AcrossAddress = SlotsAddress + (512 << 20);
    private const ulong AcrossDistance = 1 << 20;
    private const int FirstAcrossSlot = 16;

    /// <summary>The first address of a place.</summary>
    /// <param name="place">The place.</param>
    /// <param name="limitBits">The host's largest IPA size.</param>
    public static ulong Address(AbortPlace place, int limitBits) =>
        place switch
        {
            AbortPlace.BeyondVm => 1ul << AbortCase.SmallIpaBits,
            AbortPlace.BeyondLimit => 1ul << limitBits,
            _ => SlotsAddress + (ulong)SlotOf(place) * PlaceDistance,
        };

    /// <summary>The slot's number of a place: pages that are mapped before are in the same.</summary>
    public static int SlotOf(AbortPlace place) =>
        (int)(place == AbortPlace.ReadOnlyMapped ? AbortPlace.ReadOnly : place);

    /// <summary>The plain page before that of an act that goes across its end.</summary>
    public static ulong AcrossPage(int act) => AcrossAddress + (ulong)act * AcrossDistance;

    /// <summary>The number of the slot with the page before; that of the act's own page is the next.</summary>
    public static int AcrossSlot(int act) => FirstAcrossSlot + 2 * act;
}
