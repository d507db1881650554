namespace Harness.Cases.Guest;

/// <summary>How a vCPU makes an access.</summary>
public enum GuestManner
{
    Once,

    /// <summary>
    /// At the same time as another vCPU: it stores the word of X21 to X19, and waits until the other one has stored it
    /// to X20.
    /// </summary>
    Together,

    /// <summary>Again and again while X5 is not zero, counting in X6, and once more after that.</summary>
    Repeated,
}

/// <summary>What is done at an entry point.</summary>
/// <param name="Access">The access.</param>
/// <param name="Manner">How it is made.</param>
public readonly record struct GuestEntry(GuestAccess Access, GuestManner Manner = GuestManner.Once);

public sealed partial record GuestProgram
{
    private static readonly Register Mine = Register.X(19);
    private static readonly Register Other = Register.X(20);
    private static readonly Register Round = Register.X(21);
    private static readonly Register Seen = Register.X(22);

    /// <summary>
    /// A guest with an entry point for each kind of access, which the host chooses before each run: X1 is the page, X2
    /// the word that is stored, and X17 the word that was loaded. The report is numbered by the kind.
    /// </summary>
    /// <param name="kinds">The kinds of access, each once.</param>
    /// <param name="entries">The offset of the entry point of each kind, in bytes.</param>
    public static GuestProgram ForEntries(IReadOnlyList<GuestEntry> kinds, out IReadOnlyList<ulong> entries) =>
        WithEntries([.. kinds.Select(k => (Before(k), Made(k)))], out entries);

    private static uint[] Before(GuestEntry entry) =>
        entry.Manner != GuestManner.Together
            ? Begin([entry.Access])
            :
            [
                .. Begin([entry.Access]),
                A64.Store32(Round, Mine),
                A64.Load32(Seen, Other),
                A64.Sub(Seen, Seen, Round),
                A64.BranchIfNotZero(Seen, -2),
            ];

    private static uint[] Made(GuestEntry entry)
    {
        uint[] access = entry.Access == GuestAccess.Read ? [A64.Load32(Result, Target)] : Access(entry.Access);
        return entry.Manner == GuestManner.Repeated ? Repeated(access) : access;
    }

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
