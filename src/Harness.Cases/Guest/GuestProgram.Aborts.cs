using Harness.Model.Aborts;

namespace Harness.Cases.Guest;

public sealed partial record GuestProgram
{
    /// <summary>
    /// A guest with an entry point for each act, which the host chooses before each run; each enables the MMU if the
    /// guest has tables. The report is numbered by the act. X1 is the address, X2 what is stored, X0 what was
    /// loaded.
    /// </summary>
    /// <param name="acts">The acts, each with an instruction.</param>
    /// <param name="tables">The guest's own tables; null: its MMU stays off.</param>
    /// <param name="entries">The offset of the entry point of each act, in bytes.</param>
    public static GuestProgram ForAborts(
        IReadOnlyList<AbortAct> acts,
        AbortTables? tables,
        out IReadOnlyList<ulong> entries
    ) => WithEntries([.. acts.Select(a => (BeginOf(a, tables), OfAct(a.Instruction!.Value)))], out entries);

    private static uint[] BeginOf(AbortAct act, AbortTables? tables) =>
        [
            .. tables is null ? [] : Mmu(tables.Ttbr0, AbortTables.Tcr),
            .. act.Place == AbortPlace.ReadOnlyMapped ? [A64.Load32(Register.X(3), Target)] : Array.Empty<uint>(),
        ];

    private static uint[] OfAct(AbortInstruction instruction)
    {
        var loaded = Register.X(0);
        return instruction switch
        {
            AbortInstruction.LoadByte => [A64.Load(Width.Byte, loaded, Target)],
            AbortInstruction.LoadHalf => [A64.Load(Width.Half, loaded, Target)],
            AbortInstruction.LoadWord
            or AbortInstruction.LoadAcross
            or AbortInstruction.LoadByTable
            or AbortInstruction.LoadByFlag => [A64.Load32(loaded, Target)],
            AbortInstruction.LoadDouble => [A64.Load(Width.Double, loaded, Target)],
            AbortInstruction.LoadSignedByte => [A64.LoadSigned(Width.Byte, loaded, Target)],
            AbortInstruction.LoadSignedByteWide => [A64.LoadSignedWide(Width.Byte, loaded, Target)],
            AbortInstruction.LoadSignedHalf => [A64.LoadSigned(Width.Half, loaded, Target)],
            AbortInstruction.LoadSignedHalfWide => [A64.LoadSignedWide(Width.Half, loaded, Target)],
            AbortInstruction.LoadSignedWord => [A64.LoadSignedWide(Width.Word, loaded, Target)],
            AbortInstruction.StoreWord or AbortInstruction.StoreAcross => [A64.Store32(Value, Target)],
            AbortInstruction.LoadPair => [A64.LoadPair(loaded, Register.X(3), Target)],
            AbortInstruction.StorePair => [A64.StorePair(Value, Value, Target)],
            AbortInstruction.Fetch => [A64.BranchTo(Target)],
            AbortInstruction.Clean => [A64.Clean(Target)],
            AbortInstruction.CleanInvalidate => [A64.CleanAndInvalidate(Target)],
            AbortInstruction.Invalidate => [A64.Invalidate(Target)],
            AbortInstruction.Prefetch => [A64.Prefetch(Target, store: false)],
            AbortInstruction.PrefetchForStore => [A64.Prefetch(Target, store: true)],
            _ => throw new ArgumentOutOfRangeException(nameof(instruction), instruction, "no such instruction"),
        };
    }
}
