namespace Harness.Cases.Guest;

public sealed partial record GuestProgram
{
    /// <summary>
    /// A guest with an entry point for each kind of operation on a line, which the host chooses before each run; each
    /// enables the MMU if the guest has tables. The report is numbered by the kind. X1 is the word's address, X2 the
    /// word that is stored, X3 to X5 the words that the guest may execute there.
    /// </summary>
    /// <param name="kinds">The kinds of operation, each once.</param>
    /// <param name="tables">The guest's own tables; null: its MMU stays off.</param>
    /// <param name="entries">The offset of the entry point of each kind, in bytes.</param>
    public static GuestProgram ForLines(
        IReadOnlyList<LineOperation> kinds,
        StageOneTables? tables,
        out IReadOnlyList<ulong> entries
    ) => WithEntries([.. kinds.Select(k => (tables is null ? [] : Mmu(tables), OfLine(k)))], out entries);

    private static uint[] OfLine(LineOperation operation) =>
        operation switch
        {
            LineOperation.Load => [A64.Load32(Result, Target)],
            LineOperation.Store => [A64.Store32(Value, Target)],
            LineOperation.Execute => Landing(),
            LineOperation.Clean => [A64.Clean(Target)],
            LineOperation.CleanInvalidate => [A64.CleanAndInvalidate(Target)],
            LineOperation.Invalidate => [A64.Invalidate(Target)],
            LineOperation.Exclusive =>
            [
                A64.Movz(Scratch, Tries),
                A64.LoadExclusive(Width.Word, Result, Target),
                A64.StoreExclusive(Width.Word, Register.X(0), Value, Target),
                A64.BranchIfZero(Register.X(0), 3),
                A64.Sub(Scratch, Scratch, 1),
                A64.BranchIfNotZero(Scratch, -4),
                A64.AddShifted(Result, Result, Register.X(0), 32),
            ],
            LineOperation.Atomic => [A64.AtomicAdd(Width.Word, Register.Zero, Result, Target)],
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "no such operation"),
        };

    /// <summary>A place to land for each word; what was fetched before is not used (ISB).</summary>
    private static uint[] Landing() =>
        [
            A64.Adr(HostLanding, 5 * 4),
            A64.Adr(GuestLanding, 6 * 4),
            A64.Adr(Page, 7 * 4),
            A64.InstructionBarrier(),
            A64.BranchTo(Target),
            A64.Mov(Result, Register.X(3)),
            A64.Branch(4),
            A64.Mov(Result, Register.X(4)),
            A64.Branch(2),
            A64.Mov(Result, Register.X(5)),
        ];
}
