using static Harness.Cases.Guest.StageOneDescriptor;

namespace Harness.Cases.Guest;

/// <summary>Words for guest memory, stored before the guest starts.</summary>
/// <param name="Offset">From the start of the slot that holds code and tables, in bytes.</param>
/// <param name="Words">Little-endian halves of descriptors.</param>
public sealed record TableWords(ulong Offset, IReadOnlyList<uint> Words);

/// <summary>
/// A guest's own translation tables and the registers that enable them: 4 KiB granule, 32-bit addresses, an identity
/// mapping of guest physical memory. The 2 MiB with the guest's code are Normal write-back, the page under test has the
/// case's type, the report's 2 MiB are Device-nGnRnE. VMSAv8-64 descriptors: Arm ARM D8.3.
/// </summary>
/// <param name="CodeAddress">
/// Of the slot that holds code and tables; a multiple of 64 KiB, and in the first GiB.
/// </param>
/// <param name="PageAddress">Of the page under test: the first of its GiB.</param>
/// <param name="ReportAddress">In the first GiB, and not in the 2 MiB of the code.</param>
/// <param name="PageAttribute">The page's AttrIndx: an index into <see cref="Attributes"/>.</param>
public sealed record StageOneTables(ulong CodeAddress, ulong PageAddress, ulong ReportAddress, int PageAttribute)
{
    /// <summary>
    /// MAIR_EL1, byte by byte: Device-nGnRnE, nGnRE, nGRE, GRE; Normal non-cacheable, write-through and
    /// write-back, both non-transient and allocating on reads and writes.
    /// </summary>
    public static IReadOnlyList<byte> Attributes { get; } = [0x00, 0x04, 0x08, 0x0c, 0x44, 0xbb, 0xff];

    /// <summary>
    /// The 2 MiB from <see cref="PageAddress"/> on are one block with the page's attribute; else the page alone is
    /// mapped.
    /// </summary>
    public bool WholeBlock { get; init; }

    /// <summary>The index of Normal write-back in <see cref="Attributes"/>.</summary>
    public const int WriteBackIndex = 6;

    private const int DeviceIndex = 0;

    // The position of the tables in the slot: one of level 1, two of level 2, one of level 3.
    private const ulong Level1 = 0x8000;
    private const ulong FirstLevel2 = 0x9000;
    private const ulong PageLevel2 = 0xa000;
    private const ulong Level3 = 0xb000;

    /// <summary>The first word of the page that <see cref="PageOperation.Walk"/> reads.</summary>
    public const uint WalkedValue = 0x57a1_c0de;

    private const ulong WalkedPage = 0xf000;

    /// <summary>The eight attributes; the last byte is unused.</summary>
    public static ulong Mair => Attributes.Select((a, i) => (ulong)a << (8 * i)).Aggregate((a, b) => a | b);

    /// <summary>
    /// TCR_EL1: T0SZ 32, walks write-back and inner shareable, 4 KiB granules in both halves, no walks by TTBR1.
    /// </summary>
    public static ulong Tcr => 32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2ul << 30;

    /// <summary>
    /// SCTLR_EL1: M, C and I, and the RES1 bits of ARMv8.0; A is 0, so alignment checks depend on the memory type.
    /// </summary>
    public static ulong Sctlr => 0x30d0_0800 | 1 | 1 << 2 | 1 << 12;

    public ulong Ttbr0 => CodeAddress + Level1;

    /// <summary>Every descriptor that isn't zero; the rest of the slot is.</summary>
    public IReadOnlyList<TableWords> Words
    {
        get
        {
            ulong megabytes = ~((2ul << 20) - 1);
            ulong leaf = AccessFlag | InnerShareable | NotForEl0;
            return
            [
                At(Level1, PageIndex(0, 30), CodeAddress + FirstLevel2 | Table),
                At(Level1, PageIndex(PageAddress, 30), CodeAddress + PageLevel2 | Table),
                At(
                    FirstLevel2,
                    PageIndex(CodeAddress, 21),
                    CodeAddress & megabytes | leaf | WriteBackIndex << 2 | Block
                ),
                At(
                    FirstLevel2,
                    PageIndex(ReportAddress, 21),
                    ReportAddress & megabytes | leaf | NeverExecute | DeviceIndex << 2 | Block
                ),
                At(
                    PageLevel2,
                    PageIndex(PageAddress, 21),
                    WholeBlock ? PageAddress | leaf | (ulong)PageAttribute << 2 | Block : CodeAddress + Level3 | Table
                ),
                At(PageLevel2, PageIndex(WalkedAddress, 21), PageAddress | Table),
                new(WalkedPage, [WalkedValue]),
                At(Level3, PageIndex(PageAddress, 12), PageAddress | leaf | (ulong)PageAttribute << 2 | Page),
            ];
        }
    }

    /// <summary>The first address that the page under test maps as a table: 2 MiB after it.</summary>
    public ulong WalkedAddress => PageAddress + (2 << 20);

    /// <summary>The descriptor that the guest writes into it.</summary>
    public ulong WalkedDescriptor =>
        CodeAddress + WalkedPage | AccessFlag | InnerShareable | NotForEl0 | NeverExecute | WriteBackIndex << 2 | Page;

    private static ulong PageIndex(ulong address, int shift) => (address >> shift) & 0x1ff;
}
