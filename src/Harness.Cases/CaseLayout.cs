using Harness.Model;
using Harness.Model.Dimensions;
using Harness.Model.Programs;

namespace Harness.Cases;

/// <summary>The layout of a case's VM: guest physical addresses and sizes, in bytes.</summary>
public static class CaseLayout
{
    /// <summary>The model's granule: its blocks are 2 MiB.</summary>
    public const ulong ModelPageSize = 4 << 10;

    /// <summary>A slot too small for a block: a whole number of pages for 4, 16 and 64 KiB pages.</summary>
    public const ulong PageExtent = 64 << 10;

    /// <summary>A block of level 2, with the 4 KiB granule.</summary>
    public const ulong BlockSize = 2 << 20;

    /// <summary>
    /// The offset of a misaligned slot's host address from an address that a block could map: whole pages, so that the
    /// page under test is never the first of a driver's allocation.
    /// </summary>
    public const ulong Skew = 64 << 10;

    /// <summary>The page under test is the first of its slot, and its address is aligned to a block.</summary>
    public const ulong TestAddress = 0x4000_0000;

    public const int TestSlot = 1;

    /// <summary>The guest's code and vectors: ordinary memory in its own slot.</summary>
    public const ulong CodeAddress = 0x0010_0000;

    public const ulong CodeSize = 64 << 10;

    public const int CodeSlot = 0;

    /// <summary>The address of a guest_memfd's first binding, for <see cref="Backing.Bound"/>.</summary>
    public const ulong FirstBoundAddress = 0x8000_0000;

    public const int FirstBoundSlot = 2;

    /// <summary>Another slot, of the same size as the tested one, for <see cref="Placement"/>.</summary>
    public const int OtherSlot = 2;

    /// <summary>
    /// The address that the tested slot is moved to; no other slot or report is there. It fits in 32 bits, the smallest
    /// IPA size of a VM.
    /// </summary>
    public const ulong MovedAddress = 0xa000_0000;

    /// <summary>Less than a page of 4, 16 or 64 KiB.</summary>
    public const ulong Unaligned = 2 << 10;

    /// <summary>No slot here: a store exits as KVM_EXIT_MMIO, and its data is the guest's report.</summary>
    public const ulong ReportAddress = 0x0900_0000;

    /// <summary>What a guest's store writes into the page under test.</summary>
    public const uint StoredValue = 0x5a5a_a5a5;

    /// <summary>
    /// The word that the process stores into the page after the one under test, for <see cref="Access.ReadNext"/>.
    /// </summary>
    public const uint NextWord = 0x6e65_7874;

    /// <summary>The timeout of one KVM_RUN, in milliseconds.</summary>
    public const int RunTimeoutMs = 2000;

    /// <summary>The timeout of the whole program on the target, in milliseconds.</summary>
    public const int DeadlineMs = 6000;

    /// <summary>As <see cref="DeadlineMs"/>, for a lifecycle case: dozens of operations, and two VMs.</summary>
    public const int LifecycleDeadlineMs = 12000;

    /// <summary>
    /// As <see cref="DeadlineMs"/>, for one side of a migration: up to 2 MiB of memory and hundreds of registers.
    /// </summary>
    public const int MigrationDeadlineMs = 20000;

    /// <summary>Size of the tested slot.</summary>
    public static ulong SlotSize(Extent extent) =>
        extent switch
        {
            Extent.Page => PageExtent,
            Extent.OddSize => BlockSize + BlockSize / 2,
            Extent.LargeMisaligned => 2 * BlockSize,
            _ => BlockSize,
        };

    /// <summary>Size of the mapping that contains the slot.</summary>
    public static ulong MappingSize(Extent extent) =>
        extent switch
        {
            Extent.Misaligned or Extent.OddSize => 2 * BlockSize,
            Extent.LargeMisaligned => 3 * BlockSize,
            _ => SlotSize(extent),
        };

    /// <summary>The alignment of the mapping.</summary>
    public static ulong Alignment(Extent extent) => extent == Extent.Page ? PageExtent : BlockSize;

    /// <summary>The extent of a case's slot; lifecycle cases have a small one.</summary>
    public static Extent ExtentOf(Case c) => CaseDimensions.SlotOf(c)?.Extent ?? Extent.Page;

    /// <summary>
    /// Size of the mapping that contains a case's slot: hugetlbfs maps nothing smaller than its pages.
    /// </summary>
    public static ulong MappingSize(Case c) =>
        Math.Max(MappingSize(ExtentOf(c)), c.Backing.Provider == Provider.HugeTlb ? BlockSize : 0);

    /// <summary>The offset of a page in its slot, in bytes.</summary>
    public static ulong PageOffset(Extent extent, SlotPage page, ulong pageSize) =>
        page switch
        {
            SlotPage.First => 0,
            SlotPage.Next => pageSize,
            _ => SlotSize(extent) - pageSize,
        };

    /// <summary>The offset of the slot in the mapping.</summary>
    public static ulong MappingOffset(Extent extent) =>
        extent is Extent.Misaligned or Extent.LargeMisaligned ? Skew : 0;
}
