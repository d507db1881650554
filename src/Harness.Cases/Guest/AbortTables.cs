using static Harness.Cases.Guest.StageOneDescriptor;

namespace Harness.Cases.Guest;

/// <summary>
/// A guest's own tables for a case about aborts, beside <see cref="StageOneTables"/>, of which they have the layout and
/// the types: the GiB of all slots is one Normal write-back block, and each act has 2 MiB of its own that are mapped by
/// a table of level 3, which is the act's page. VMSAv8-64 descriptors: Arm ARM D8.3.
/// </summary>
/// <param name="CodeAddress">Of the slot that holds code and tables, in the first GiB.</param>
/// <param name="ReportAddress">In the first GiB, and not in the 2 MiB of the code.</param>
/// <param name="SlotsAddress">The GiB with all other slots.</param>
/// <param name="Pages">The page that is the table of each act; null for acts without.</param>
public sealed record AbortTables(
    ulong CodeAddress,
    ulong ReportAddress,
    ulong SlotsAddress,
    IReadOnlyList<ulong?> Pages
)
{
    /// <summary>Where the pages that are tables map: a GiB after that of the slots.</summary>
    private const ulong Gib = 1 << 30;

    private const ulong Level1 = 0x8000;
    private const ulong FirstLevel2 = 0x9000;
    private const ulong WalksLevel2 = 0xa000;
    private const ulong FoundPage = 0xf000;

    private const ulong HardwareFlag = 1ul << 39; // TCR_EL1.HA
    private const ulong Leaf = InnerShareable | NotForEl0;
    private const ulong WriteBack = (ulong)StageOneTables.WriteBackIndex << 2;

    /// <summary>As the guest's others, and the CPU sets the access flag.</summary>
    public static ulong Tcr => StageOneTables.Tcr | HardwareFlag;

    public ulong Ttbr0 => CodeAddress + Level1;

    /// <summary>The address that an act's own table maps.</summary>
    public ulong WalkedAddress(int act) => SlotsAddress + Gib + ((ulong)act << 21);

    /// <summary>The first descriptor of an act's own table.</summary>
    /// <param name="flagged">The access flag is set.</param>
    public ulong Descriptor(bool flagged) =>
        CodeAddress + FoundPage | (flagged ? AccessFlag : 0) | Leaf | NeverExecute | WriteBack | Page;

    /// <summary>Every descriptor that isn't zero, and the word that is found by an act's own table.</summary>
    /// <param name="found">The word.</param>
    public IReadOnlyList<TableWords> Words(uint found)
    {
        ulong megabytes = ~((2ul << 20) - 1);
        return
        [
            At(Level1, 0, CodeAddress + FirstLevel2 | Table),
            At(Level1, SlotsAddress / Gib, SlotsAddress | AccessFlag | Leaf | NeverExecute | WriteBack | Block),
            At(Level1, SlotsAddress / Gib + 1, CodeAddress + WalksLevel2 | Table),
            At(FirstLevel2, CodeAddress >> 21, CodeAddress & megabytes | AccessFlag | Leaf | WriteBack | Block),
            At(
                FirstLevel2,
                ReportAddress >> 21,
                ReportAddress & megabytes | AccessFlag | Leaf | NeverExecute | Block // Device-nGnRnE: index 0
            ),
            .. Pages
                .Select((page, act) => (page, act))
                .Where(p => p.page is not null)
                .Select(p => At(WalksLevel2, (ulong)p.act, p.page!.Value | Table)),
            new(FoundPage, [found]),
        ];
    }
}
