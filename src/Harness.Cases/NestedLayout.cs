using Harness.Model.Nesting;

namespace Harness.Cases;

/// <summary>Where a guest hypervisor's memory is: guest physical addresses as it sees them.</summary>
public static class NestedLayout
{
    /// <summary>The distance of two pages.</summary>
    public const ulong Stride = 64 << 10;

    /// <summary>Of a memory's slot, too small for a block.</summary>
    public const ulong SlotSize = (NestedCase.MostPages + 1) * Stride;

    /// <summary>The GICv3, beside code and reports.</summary>
    public const ulong Distributor = 0x0800_0000;

    public const ulong Redistributor = 0x080a_0000;

    /// <summary>The distance of two pages that are huge.</summary>
    public const ulong Huge = 2 << 20;

    private const ulong SlotsAddress = CaseLayout.TestAddress;
    private const ulong SlotDistance = 16 << 20;

    /// <summary>The number of a memory's slot.</summary>
    public static int SlotOf(NestedMemory memory) => (int)memory;

    /// <summary>Where the slot is, or would be.</summary>
    public static ulong AddressOf(NestedMemory memory) =>
        SlotsAddress + (memory == NestedMemory.Huge ? 512ul << 20 : (ulong)memory * SlotDistance);

    /// <summary>The offset of a page in its slot.</summary>
    public static ulong OffsetOf(NestedMemory memory, int page) =>
        (ulong)page * (memory == NestedMemory.Huge ? Huge : Stride);
}
