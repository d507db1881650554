using Harness.Model.Nesting;
using static Harness.Cases.Guest.StageOneDescriptor;

namespace Harness.Cases.Guest;

/// <summary>
/// A guest hypervisor's own stage 2, and the registers that enable it: 4 KiB granule, 39 bits from level 1 on. The 2
/// MiB with the code are mapped to themselves, each page of a case is mapped as the case says. VMSAv8-64 descriptors:
/// Arm ARM D8.3.
/// </summary>
/// <param name="CodeAddress">Of the slot that holds code and tables, in the first 2 MiB.</param>
public sealed record StageTwoTables(ulong CodeAddress)
{
    /// <summary>The bits of an address that it translates.</summary>
    public const int InputBits = 39;

    /// <summary>The nested guest's address of the pages: the 2 MiB from here on.</summary>
    public const ulong PagesAddress = 4ul << 30;

    /// <summary>Of the pages that are mapped by blocks.</summary>
    public const ulong BlocksAddress = 5ul << 30;

    private const ulong Block2M = 2 << 20;

    // The position of the tables in the slot.
    private const ulong Level1 = 0x8000;
    private const ulong CodeLevel2 = 0x9000;
    private const ulong PagesLevel2 = 0xa000;
    private const ulong PagesLevel3 = 0xb000;
    private const ulong BlocksLevel2 = 0xc000;

    private const ulong Reads = 1ul << 6; // S2AP
    private const ulong Writes = 1ul << 7;
    private const ulong ExecutesNot = 2ul << 53; // XN is 0b10
    private const ulong WriteBack = 0xful << 2; // MemAttr
    private const ulong NonCacheable = 0x5ul << 2;
    private const ulong DeviceNGnRE = 0x1ul << 2;

    private const ulong VmidOne = 1ul << 48;

    /// <summary>
    /// VTCR_EL2: RES1, T0SZ 25, SL0 1, walks write-back and inner shareable, 4 KiB granule, PS 40 bits; HA is 0.
    /// </summary>
    public static ulong Vtcr => 1ul << 31 | (64 - InputBits) | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16;

    /// <summary>HCR_EL2: VM, FMO, IMO, AMO, RW, E2H, APK and API; TEA and TGE are 0.</summary>
    public static ulong Hcr => 1ul | 1 << 3 | 1 << 4 | 1 << 5 | 1ul << 31 | 1ul << 34 | 1ul << 40 | 1ul << 41;

    public ulong Vttbr => CodeAddress + Level1 | VmidOne;

    /// <summary>The nested guest's address of a page, and its offset within a block.</summary>
    /// <param name="page">Its number.</param>
    /// <param name="mapping">How it is mapped at first.</param>
    /// <param name="output">What it is mapped to.</param>
    public static ulong AddressOf(int page, NestedMapping mapping, ulong output) =>
        mapping.Block
            ? BlocksAddress + (ulong)page * Block2M + output % Block2M
            : PagesAddress + (ulong)page * NestedLayout.Stride;

    /// <summary>The address of the page's descriptor, as the guest hypervisor sees it.</summary>
    public ulong DescriptorAddress(int page, NestedMapping mapping) =>
        CodeAddress + TableOf(mapping) + IndexOf(page, mapping) * 8;

    /// <summary>The descriptor that maps a page.</summary>
    /// <param name="mapping">How.</param>
    /// <param name="output">To which address.</param>
    public static ulong Descriptor(NestedMapping mapping, ulong output) =>
        !mapping.IsValid
            ? 0
            : (mapping.Block ? output & ~(Block2M - 1) | Block : output | Page)
                | (mapping.Reads ? Reads : 0)
                | (mapping.Writes ? Writes : 0)
                | (mapping.Executes ? 0 : ExecutesNot)
                | (mapping.Unused ? 0 : AccessFlag)
                | InnerShareable
                | mapping.Type switch
                {
                    NestedType.NonCacheable => NonCacheable,
                    NestedType.DeviceNGnRE => DeviceNGnRE,
                    _ => WriteBack,
                };

    /// <summary>Every descriptor that isn't zero before the guest runs.</summary>
    /// <param name="pages">How each page is mapped, and to which address.</param>
    public IReadOnlyList<TableWords> Words(IReadOnlyList<(NestedMapping Mapping, ulong Output)> pages) =>
        [
            At(Level1, 0, CodeAddress + CodeLevel2 | Table),
            At(Level1, PagesAddress >> 30, CodeAddress + PagesLevel2 | Table),
            At(Level1, BlocksAddress >> 30, CodeAddress + BlocksLevel2 | Table),
            At(CodeLevel2, 0, AccessFlag | InnerShareable | WriteBack | Reads | Writes | Block),
            At(PagesLevel2, 0, CodeAddress + PagesLevel3 | Table),
            .. pages
                .Select((p, i) => (p.Mapping, Page: i, Descriptor: Descriptor(p.Mapping, p.Output)))
                .Where(p => p.Descriptor != 0)
                .Select(p => At(TableOf(p.Mapping), IndexOf(p.Page, p.Mapping), p.Descriptor)),
        ];

    private static ulong TableOf(NestedMapping mapping) => mapping.Block ? BlocksLevel2 : PagesLevel3;

    private static ulong IndexOf(int page, NestedMapping mapping) =>
        mapping.Block ? (ulong)page : (ulong)page * NestedLayout.Stride >> 12;
}
