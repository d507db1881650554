namespace Harness.Cases.Guest;

public sealed partial record GuestProgram
{
    /// <summary>
    /// A guest with an entry point for each kind of access, which the host chooses before each run: X1 is the page, X2
    /// the word that is stored, and X17 the word that was loaded. The report is numbered by the kind. The first
    /// instruction of each is a NOP: where the run before ended in KVM_EXIT_MMIO, KVM skips one instruction.
    /// </summary>
    /// <param name="kinds">The kinds of access, each once.</param>
    /// <param name="entries">The offset of the entry point of each kind, in bytes.</param>
    public static GuestProgram ForEntries(IReadOnlyList<GuestAccess> kinds, out IReadOnlyList<ulong> entries)
    {
        ArgumentOutOfRangeException.ThrowIfZero(kinds.Count);
        var words = new List<uint>();
        for (int vector = 0; vector < Vectors; vector++)
            AddVector(words, vector);
        AddHandler(words);
        var at = new ulong[kinds.Count];
        for (int i = 0; i < at.Length; i++)
        {
            at[i] = (ulong)words.Count * 4;
            words.Add(A64.Nop());
            words.AddRange(Begin([kinds[i]]));
            AddReported(words, kinds[i] == GuestAccess.Read ? [A64.Load32(Result, Target)] : Access(kinds[i]), i);
            words.Add(A64.Branch(0));
        }
        entries = at;
        return new GuestProgram(words, at[0], 0);
    }
}
