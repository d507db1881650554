namespace Harness.Cases;

/// <summary>The memory BAR of a PCI device that programs may use.</summary>
/// <param name="Address">"0000:00:10.0".</param>
/// <param name="Bar">The BAR's number, as in resourceN and as VFIO's region.</param>
/// <param name="Start">Its physical address.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Group">Its IOMMU group, or null.</param>
public sealed record PciMemory(string Address, int Bar, ulong Start, ulong Size, string? Group)
{
    /// <summary>
    /// The offset of a case's memory in the BAR, which varies by case, so that consecutive cases use different memory:
    /// a multiple of a block, or, for memory smaller than one, of 2 MiB.
    /// </summary>
    /// <param name="id">The case's id.</param>
    /// <param name="size">Bytes that it needs.</param>
    /// <param name="block">The size of a block there.</param>
    public ulong Offset(string id, ulong size, ulong block)
    {
        ulong step = size < block ? CaseSizes.Usual.Block : block;
        ulong places = Size < size ? 1 : (Size - size) / step + 1;
        return Convert.ToUInt64(id, 16) % places * step;
    }
}
