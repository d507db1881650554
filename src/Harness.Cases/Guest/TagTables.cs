using static Harness.Cases.Guest.StageOneDescriptor;

namespace Harness.Cases.Guest;

/// <summary>
/// A guest's own tables for a case about memory tags: the GiB of all slots is one block of tagged Normal write-back
/// memory, code and report are mapped as by <see cref="StageOneTables"/>. VMSAv8-64 descriptors: Arm ARM D8.3.
/// </summary>
/// <param name="CodeAddress">Of the slot that holds code and tables, in the first GiB.</param>
/// <param name="ReportAddress">In the first GiB, and not in the 2 MiB of the code.</param>
/// <param name="SlotsAddress">The GiB with all other slots.</param>
public sealed record TagTables(ulong CodeAddress, ulong ReportAddress, ulong SlotsAddress)
{
    private const ulong Level1 = 0x8000;
    private const ulong FirstLevel2 = 0x9000;

    /// <summary>The index that <see cref="StageOneTables.Attributes"/> doesn't use.</summary>
    public const int TaggedIndex = 7;

    private const ulong Tagged = 0xf0; // Normal write-back, tagged: Arm ARM D24.2.121, MAIR_EL1
    private const ulong AllowTags = 1ul << 43; // SCTLR_EL1.ATA

    private const ulong Leaf = AccessFlag | InnerShareable | NotForEl0;
    private const ulong WriteBack = (ulong)StageOneTables.WriteBackIndex << 2;

    public static ulong Mair => StageOneTables.Mair | Tagged << (8 * TaggedIndex);

    public static ulong Sctlr => StageOneTables.Sctlr | AllowTags;

    public ulong Ttbr0 => CodeAddress + Level1;

    /// <summary>Every descriptor that isn't zero.</summary>
    public IReadOnlyList<TableWords> Words
    {
        get
        {
            ulong megabytes = ~((2ul << 20) - 1);
            return
            [
                At(Level1, 0, CodeAddress + FirstLevel2 | Table),
                At(Level1, SlotsAddress >> 30, SlotsAddress | Leaf | NeverExecute | TaggedIndex << 2 | Block),
                At(FirstLevel2, CodeAddress >> 21, CodeAddress & megabytes | Leaf | WriteBack | Block),
                At(
                    FirstLevel2,
                    ReportAddress >> 21,
                    ReportAddress & megabytes | Leaf | NeverExecute | Block // Device-nGnRnE: index 0
                ),
            ];
        }
    }
}
