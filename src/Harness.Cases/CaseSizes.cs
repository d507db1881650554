using Harness.Model;
using Harness.Model.Programs;

namespace Harness.Cases;

/// <summary>
/// The sizes of a case's memory on a host, in bytes. A case has pages and blocks; how large they are depends on the
/// page size of the host's kernel.
/// </summary>
/// <param name="Page">The page size: 4, 16 or 64 KiB.</param>
public readonly record struct CaseSizes(ulong Page)
{
    private const ulong Least = 64 << 10;

    /// <summary>The smallest page size, and the usual one.</summary>
    public static CaseSizes Usual { get; } = new(4 << 10);

    /// <summary>Of a host with 16 KiB pages.</summary>
    public static CaseSizes Of16KiB { get; } = new(16 << 10);

    /// <summary>Of a host with 64 KiB pages.</summary>
    public static CaseSizes Of64KiB { get; } = new(64 << 10);

    /// <summary>What a descriptor of level 2 maps, a page's worth of pages: 2, 32 or 512 MiB.</summary>
    public ulong Block => Page * (Page / sizeof(ulong));

    /// <summary>A slot too small for a block: at least four pages, for the first, the next and the last.</summary>
    public ulong Small => Math.Max(Least, 4 * Page);

    /// <summary>
    /// The offset of a misaligned slot's host address from an address that a block could map: whole pages, so that the
    /// page under test is never the first of a driver's allocation.
    /// </summary>
    public ulong Skew => Math.Max(Least, Page);

    /// <summary>
    /// What the kernel's page allocator has in one piece: MAX_PAGE_ORDER, arch/arm64/Kconfig, is 10, 11 and 13 for
    /// pages of 4, 16 and 64 KiB. That is two blocks with pages of 4 KiB, else one.
    /// </summary>
    public ulong MostAdjacent => Math.Max(4 << 20, Block);

    /// <summary>Size of the tested slot.</summary>
    public ulong SlotSize(Extent extent) =>
        extent switch
        {
            Extent.Page => Small,
            // A block doesn't fit into less than one, nor into a whole one that begins within the first.
            Extent.Misaligned => Math.Min(Block, MappingSize(extent) - Skew),
            Extent.OddSize or Extent.OddStart => Block + Block / 2,
            Extent.LargeMisaligned => 2 * Block,
            Extent.MisalignedEnd => 2 * Block - Skew,
            _ => Block,
        };

    /// <summary>Size of the mapping that contains the slot.</summary>
    public ulong MappingSize(Extent extent) =>
        extent switch
        {
            Extent.Misaligned => MostAdjacent,
            Extent.OddSize or Extent.OddStart or Extent.MisalignedEnd => 2 * Block,
            Extent.LargeMisaligned => 3 * Block,
            _ => SlotSize(extent),
        };

    /// <summary>The alignment of the mapping.</summary>
    public ulong Alignment(Extent extent) => extent == Extent.Page ? Small : Block;

    /// <summary>
    /// The size of the pages that memory is made of, where it is not the kernel's: CONT_PTES and CONT_PMDS,
    /// arch/arm64/include/asm/pgtable-hwdef.h.
    /// </summary>
    public ulong HugePage(Provider provider) =>
        provider switch
        {
            Provider.HugeTlb or Provider.Dax => Block,
            Provider.HugeTlbContPte => Page == Usual.Page ? 64ul << 10 : 2ul << 20,
            Provider.HugeTlbContPmd => Block * (Page == Usual.Page ? 16ul : 32ul),
            Provider.HugeTlbPud => Block * (Page / sizeof(ulong)),
            _ => 0,
        };

    /// <summary>
    /// Size of the mapping that contains a case's slot: hugetlbfs maps nothing smaller than its pages, nor does DAX.
    /// </summary>
    public ulong MappingSize(Case c) => Math.Max(MappingSize(CaseLayout.ExtentOf(c)), HugePage(c.Backing.Provider));

    /// <summary>The offset of a page in its slot.</summary>
    public ulong PageOffset(Extent extent, SlotPage page) =>
        page.In(alias: false) switch
        {
            SlotPage.First => 0,
            SlotPage.Next => Page,
            _ => SlotSize(extent) - Page,
        };

    /// <summary>The guest physical address of a page.</summary>
    public ulong PageAddress(Extent extent, SlotPage page) =>
        (page.IsAlias() ? CaseLayout.AliasAddress : CaseLayout.TestAddress)
        + AddressOffset(extent)
        + PageOffset(extent, page);

    /// <summary>The offset of a slot's guest physical address from one that a block could map.</summary>
    public ulong AddressOffset(Extent extent) => extent == Extent.OddStart ? Block / 2 : 0;

    /// <summary>The offset of the slot in the mapping.</summary>
    public ulong MappingOffset(Extent extent) =>
        extent is Extent.Misaligned or Extent.LargeMisaligned or Extent.MisalignedEnd ? Skew : AddressOffset(extent);
}
