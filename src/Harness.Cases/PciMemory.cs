using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The memory BAR of a PCI device that programs may use.</summary>
/// <param name="Address">"0000:00:10.0".</param>
/// <param name="Bar">The BAR's number, as in resourceN and as VFIO's region.</param>
/// <param name="Start">Its physical address.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Group">Its IOMMU group, or null.</param>
public sealed record PciMemory(string Address, int Bar, ulong Start, ulong Size, string? Group)
{
    public const string TestDriver = VfioBindStep.TestDriver;
    public const string GpuDriver = "nvgrace-gpu";

    /// <summary>The variant driver that its cacheable memory is mapped by; null if there is none.</summary>
    public string? Variant { get; init; }

    /// <summary>The variant driver's region that is mapped as a backing requires.</summary>
    /// <param name="backing">Of a variant driver.</param>
    /// <param name="writable">The region may be mapped writable.</param>
    public int Region(Backing backing, bool writable)
    {
        // USEMEM and RESMEM of drivers/vfio/pci/nvgrace-gpu/main.c.
        if (Variant == GpuDriver)
            return backing.Cacheable ? 4 : 2;
        int type = backing.Type switch
        {
            VmaMemoryType.WriteBack => 0,
            VmaMemoryType.NonCacheable => 1,
            _ => 2,
        };
        int insertion = backing.Provider switch
        {
            Provider.VariantFault => 1,
            Provider.VariantHuge => 2,
            _ => 0,
        };
        // STAGE2_VFIO_REGION(), after the VFIO_PCI_NUM_REGIONS of every PCI device.
        return 9 + type + 3 * insertion + (writable ? 0 : 9);
    }

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
