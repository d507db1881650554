namespace Harness.Cases.Guest;

public sealed partial record GuestProgram
{
    /// <summary>
    /// A guest with an entry point for each kind of access, which the host chooses before each run: X1 is the page, X2
    /// the word that is stored, and X17 the word that was loaded. The report is numbered by the kind.
    /// </summary>
    /// <param name="kinds">The kinds of access, each once.</param>
    /// <param name="entries">The offset of the entry point of each kind, in bytes.</param>
    public static GuestProgram ForEntries(IReadOnlyList<GuestAccess> kinds, out IReadOnlyList<ulong> entries) =>
        WithEntries(
            [.. kinds.Select(k => (Begin([k]), k == GuestAccess.Read ? [A64.Load32(Result, Target)] : Access(k)))],
            out entries
        );

    /// <summary>
    /// A guest with an entry point for each part, which the host chooses before each run. The report is numbered by the
    /// part. The first instruction of each is a NOP: where the run before ended in KVM_EXIT_MMIO, KVM skips one
    /// instruction.
    /// </summary>
    /// <param name="parts">What is done without a report, and what is reported.</param>
    /// <param name="entries">The offset of the entry point of each part, in bytes.</param>
    private static GuestProgram WithEntries(
        IReadOnlyList<(uint[] Begin, uint[] Reported)> parts,
        out IReadOnlyList<ulong> entries
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(parts.Count);
        var words = WithVectors();
        AddHandler(words);
        var at = new ulong[parts.Count];
        for (int i = 0; i < at.Length; i++)
        {
            at[i] = (ulong)words.Count * 4;
            words.Add(A64.Nop());
            words.AddRange(parts[i].Begin);
            AddReported(words, parts[i].Reported, i);
            words.Add(A64.Branch(0));
        }
        entries = at;
        return new GuestProgram(words, at[0], 0);
    }
}
