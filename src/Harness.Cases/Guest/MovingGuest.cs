namespace Harness.Cases.Guest;

/// <summary>
/// A guest that is stopped, migrated and resumed: one program that continues where its registers point. Its MMU is on
/// and its memory is Normal write-back in stage 1, as in any kernel. It reports like every guest here (<see
/// cref="GuestProgram"/>), in order: the first store to the memory under test; the rest of its words; then each round
/// of <see cref="Rounds"/>, which stores half as far as the one before; and on the destination that it was resumed,
/// with X17 the number of registers with a changed value; the first load; all words compared, with X17 the number of
/// wrong ones and X16 the address of the first; the first store; and all words stored and compared once more, with X16
/// and X17 as before.
/// </summary>
/// <param name="Size">The size of the memory under test, in bytes; at most 2 MiB.</param>
/// <param name="Rounds">How often it stores again after the first time: while memory is sent.</param>
public sealed record MovingGuest(ulong Size, int Rounds)
{
    /// <summary>With each word it also stores, and compares, the tag of its granule.</summary>
    public bool Tagged { get; init; }

    /// <summary>One word a cache line, of 64 bytes or more.</summary>
    public const int Stride = 64;

    /// <summary>
    /// The index of the first report on the destination; the others follow in order, and those before it are the
    /// source's.
    /// </summary>
    public int Back => 2 + Rounds;

    public int FirstLoad => Back + 1;

    public int Compared => Back + 2;

    public int FirstStore => Back + 3;

    public int Onward => Back + 4;

    private const ulong Seed = 0x5eed_0000_0000_0000;
    private const ulong Generation = 0x0001_0000_0000_0000;
    private const int FirstState = 19; // X19 to X28: callee-saved registers
    private const int LastState = 28;
    private const int TagShift = 50; // bits 9:6 become bits 59:56, a pointer's tag
    private const int TagBits = 4;

    private static readonly Register Base = Register.X(1);
    private static readonly Register Expected = Register.X(3);
    private static readonly Register At = Register.X(4);
    private static readonly Register Pattern = Register.X(5);
    private static readonly Register Count = Register.X(6);
    private static readonly Register Found = Register.X(7);
    private static readonly Register FirstWrong = Register.X(16);
    private static readonly Register Wrong = Register.X(17);

    private static readonly SystemRegister[] States =
    [
        SystemRegister.TpidrEl1,
        SystemRegister.TpidrEl0,
        SystemRegister.ContextidrEl1,
    ];

    /// <summary>The word that the guest stores at an address, the n-th time.</summary>
    public static ulong Word(ulong address, int generation) => address + Seed + Generation * (ulong)generation;

    /// <summary>X1 is to be the address of the memory under test, X9 that of the report.</summary>
    public GuestProgram Program(StageOneTables tables)
    {
        var parts = new List<uint[]> { Store(0, Stride, 0), Store(0, Size, 0) };
        for (int round = 1; round <= Rounds; round++)
            parts.Add(Store(0, Extent(round), round));
        parts.Add(CompareState());
        parts.Add([A64.Load(Width.Double, Found, Base)]);
        parts.Add(CompareRounds());
        parts.Add(Store(0, Stride, Rounds + 1));
        parts.Add([.. Store(0, Size, Rounds + 1), .. ClearCounts(), .. Compare(0, Size, Rounds + 1)]);
        return GuestProgram.OfParts(
            [.. Tagged ? GuestProgram.TaggedMmu(tables.Ttbr0) : GuestProgram.Mmu(tables), .. Remember()],
            parts
        );
    }

    /// <summary>The end of a round's stores, in bytes from the start; round 0 stores everywhere.</summary>
    public ulong Extent(int round) => Math.Max(Size >> round, Stride);

    private static ulong StateOf(int register) => 0x0123_4567_89ab_0000ul * (ulong)(register + 1);

    /// <summary>CONTEXTIDR_EL1 has 32 bits.</summary>
    private static ulong StateOf(SystemRegister register) =>
        register == SystemRegister.ContextidrEl1 ? 0x6b1d_c0de : 0x7e57_0000_0000_0000ul + (ulong)register.Op2;

    private static uint[] Remember()
    {
        var words = new List<uint>();
        for (int i = FirstState; i <= LastState; i++)
            words.AddRange(A64.Mov(Register.X(i), StateOf(i)));
        foreach (var state in States)
            words.AddRange([.. A64.Mov(Expected, StateOf(state)), A64.WriteSystem(state, Expected)]);
        return [.. words];
    }

    private static uint[] CompareState()
    {
        var words = new List<uint>(ClearCounts());
        for (int i = FirstState; i <= LastState; i++)
            words.AddRange([.. A64.Mov(Expected, StateOf(i)), .. CountIfOther(Register.X(i))]);
        foreach (var state in States)
            words.AddRange([
                A64.ReadSystem(Found, state),
                .. A64.Mov(Expected, StateOf(state)),
                .. CountIfOther(Found),
            ]);
        return [.. words];
    }

    private static uint[] CountIfOther(Register found) =>
        [A64.Sub(Expected, Expected, found), A64.BranchIfZero(Expected, 2), A64.Add(Wrong, Wrong, 1)];

    private static uint[] ClearCounts() => [A64.Movz(Wrong, 0), A64.Movz(FirstWrong, 0)];

    /// <summary>The result of the rounds: for each word, the last round that stored it counts.</summary>
    private uint[] CompareRounds()
    {
        var words = new List<uint>(ClearCounts());
        ulong from = 0;
        for (int round = Rounds; round >= 0; round--)
        {
            ulong to = round == 0 ? Size : Extent(round);
            if (to > from)
                words.AddRange(Compare(from, to, round));
            from = Math.Max(from, to);
        }
        return [.. words];
    }

    private static IEnumerable<uint> Begin(ulong from, ulong to, int generation) =>
        [
            .. A64.Mov(At, from),
            A64.Add(At, At, Base),
            .. A64.Mov(Pattern, Seed + Generation * (ulong)generation),
            .. A64.Mov(Count, (to - from) / Stride),
        ];

    private uint[] Store(ulong from, ulong to, int generation)
    {
        uint[] once =
        [
            A64.Add(Expected, At, Pattern),
            A64.Store(Width.Double, Expected, At),
            .. Tagged
                ?
                [
                    A64.Add(Found, At, Stride * generation),
                    A64.AddShifted(Found, Register.Zero, Found, TagShift),
                    A64.StoreTag(Found, At),
                ]
                : Array.Empty<uint>(),
        ];
        return [.. Begin(from, to, generation), .. once, .. Next(once.Length)];
    }

    private uint[] Compare(ulong from, ulong to, int generation)
    {
        uint[] once =
        [
            A64.Add(Expected, At, Pattern),
            A64.Load(Width.Double, Found, At),
            .. CountIfOtherAt(),
            .. Tagged
                ?
                [
                    // The tag is bits 9:6 of the address and the generation: both are shifted to bits 63:60.
                    A64.Add(Expected, At, Stride * generation),
                    A64.AddShifted(Expected, Register.Zero, Expected, TagShift + TagBits),
                    A64.Movz(Found, 0),
                    A64.LoadTag(Found, At),
                    A64.AddShifted(Found, Register.Zero, Found, TagBits),
                    .. CountIfOtherAt(),
                ]
                : Array.Empty<uint>(),
        ];
        return [.. Begin(from, to, generation), .. once, .. Next(once.Length)];
    }

    private static uint[] CountIfOtherAt() =>
        [
            A64.Sub(Expected, Expected, Found),
            A64.BranchIfZero(Expected, 4),
            A64.Add(Wrong, Wrong, 1),
            A64.BranchIfNotZero(FirstWrong, 2),
            A64.Mov(FirstWrong, At),
        ];

    /// <summary>The next word, up to the last.</summary>
    /// <param name="length">Of what is repeated, in instructions.</param>
    private static uint[] Next(int length) =>
        [A64.Add(At, At, Stride), A64.Sub(Count, Count, 1), A64.BranchIfNotZero(Count, -(length + 2))];
}
