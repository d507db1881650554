namespace Harness.Cases.Guest;

public sealed partial record GuestProgram
{
    /// <summary>The entry points of <see cref="ForTags"/>, in their order.</summary>
    public const int StoresTag = 0,
        LoadsTag = 1;

    /// <summary>
    /// A guest that stores or loads the tag of the granule at X1: the tag is in bits 59:56 of X2, or of X17 then. The
    /// report is numbered by the entry point.
    /// </summary>
    /// <param name="tables">The guest's own tables.</param>
    /// <param name="entries">The offset of each entry point, in bytes.</param>
    public static GuestProgram ForTags(TagTables tables, out IReadOnlyList<ulong> entries)
    {
        uint[] begin = TaggedMmu(tables.Ttbr0);
        return WithEntries(
            [(begin, [A64.StoreTag(Value, Target)]), (begin, [A64.Movz(Result, 0), A64.LoadTag(Result, Target)])],
            out entries
        );
    }

    /// <summary>Enables the MMU, with an attribute for tagged memory, and accesses to tags.</summary>
    internal static uint[] TaggedMmu(ulong ttbr0) => Mmu(ttbr0, StageOneTables.Tcr, TagTables.Mair, TagTables.Sctlr);
}
