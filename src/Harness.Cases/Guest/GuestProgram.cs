namespace Harness.Cases.Guest;

/// <summary>What the guest does with the page at X1, with its stage-1 MMU off.</summary>
public enum GuestAccess
{
    /// <summary>LDR W0, [X1]: a load with a syndrome that KVM can decode (ISV is 1).</summary>
    Read,

    /// <summary>STR W2, [X1]: a store with a syndrome that KVM can decode.</summary>
    Write,

    /// <summary>
    /// BR X1: the page holds zeroes, so a successful fetch ends in an Undefined Instruction exception.
    /// </summary>
    Execute,

    /// <summary>LDXR W0, [X1], then CLREX: a load that the CPU may refuse outside write-back memory.</summary>
    Exclusive,

    /// <summary>
    /// LDR W0, [X18], #8, with X18 as X1. This and all that follow have no valid syndrome (ISV is 0).
    /// </summary>
    LoadPostIndexed,

    /// <summary>STR W2, [X18], #8, with X18 as X1.</summary>
    StorePostIndexed,

    /// <summary>LDR W0, [X18, #8]!, with X18 eight less than X1.</summary>
    LoadPreIndexed,

    /// <summary>STR W2, [X18, #8]!, with X18 eight less than X1.</summary>
    StorePreIndexed,

    /// <summary>LDP X0, X3, [X1].</summary>
    LoadPair,

    /// <summary>STP X2, X2, [X1].</summary>
    StorePair,

    /// <summary>LDR Q0, [X1].</summary>
    LoadVector,

    /// <summary>STR Q0, [X1].</summary>
    StoreVector,

    /// <summary>LDR W17, [X4]: the next page, with its address in X4; X17 is the word read there.</summary>
    ReadNext,

    /// <summary>
    /// LDRB W0, [X1]. This and what follows has a valid syndrome, with another width than the first two.
    /// </summary>
    LoadByte,

    /// <summary>LDRSH W0, [X1].</summary>
    LoadSignedHalf,

    /// <summary>LDR X0, [X1].</summary>
    LoadDouble,

    /// <summary>STRB W2, [X1].</summary>
    StoreByte,

    /// <summary>STRH W2, [X1].</summary>
    StoreHalf,

    /// <summary>STR X2, [X1].</summary>
    StoreDouble,
}

/// <summary>
/// The guest: accesses in order, each followed by a report. A report is a store of a word to X9, an address without a
/// memslot, which exits as KVM_EXIT_MMIO: <see cref="Finished"/> + n if access n completed, <see cref="Excepted"/> + n
/// if it took an exception. Nothing but the access itself touches memory, so what the host reads never depends on cache
/// coherence; an exception is reported in X10 (ESR_EL1), X11 (FAR_EL1), X12 (ELR_EL1) and X13 (the vector's offset),
/// and X17 holds what an operation read. After an exception the guest continues with the next access.
/// </summary>
/// <param name="Words">The code; position independent, to be placed at a 2 KiB boundary.</param>
/// <param name="EntryOffset">Its entry point, in bytes.</param>
/// <param name="VectorOffset">The value for VBAR_EL1, in bytes.</param>
public sealed partial record GuestProgram(IReadOnlyList<uint> Words, ulong EntryOffset, ulong VectorOffset)
{
    public const uint Finished = 0x100;

    public const uint Excepted = 0x200;

    private const int VectorSize = 0x80 / 4; // Arm ARM D1.3.1.5: sixteen entries of 128 bytes
    private const int Vectors = 16;

    private static readonly Register Target = Register.X(1);
    private static readonly Register Value = Register.X(2);
    private static readonly Register Following = Register.X(4);
    private static readonly Register While = Register.X(5);
    private static readonly Register Count = Register.X(6);
    private static readonly Register Index = Register.X(8);
    private static readonly Register Report = Register.X(9);
    private static readonly Register Status = Register.X(14);
    private static readonly Register Next = Register.X(15);
    private static readonly Register Result = Register.X(17);
    private static readonly Register Scratch = Register.X(18);

    private const int Step = 8; // what an access writes back

    private const ulong VectorsAtEl1 = 3 << 20; // CPACR_EL1.FPEN

    private const int Tries = 64; // for STXR, which an interrupt makes fail

    // Within the page, and not crossing a 16-byte boundary, where FEAT_LSE2 makes a difference.
    private const int UnalignedBy = 13;

    /// <exception cref="ArgumentOutOfRangeException">
    /// No access, an undefined one, or more than a report can number.
    /// </exception>
    public static GuestProgram ForAccesses(params GuestAccess[] accesses)
    {
        ArgumentOutOfRangeException.ThrowIfZero(accesses.Length);
        return OfParts(Begin(accesses), [.. accesses.Select(Access)]);
    }

    /// <summary>
    /// A guest that enables its MMU, makes the accesses, and then does the operation. An operation starts with its own
    /// aligned access, in the same run as the operation proper: QEMU's TCG checks the alignment of the first access to
    /// a page elsewhere than that of later ones, and drops its translations whenever the guest exits.
    /// </summary>
    /// <param name="tables">The guest's own tables.</param>
    /// <param name="operation">What it does last.</param>
    /// <param name="mayStore">
    /// If false, an operation that stores starts with a load: an aligned store alone would end the run.
    /// </param>
    /// <param name="accesses">What it does first.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// More accesses than a report can number, or an undefined operation.
    /// </exception>
    public static GuestProgram WithTables(
        StageOneTables tables,
        PageOperation operation,
        bool mayStore,
        params GuestAccess[] accesses
    )
    {
        uint[] last = operation == PageOperation.Walk ? Walk(tables) : Operation(operation, mayStore);
        return OfParts([.. Begin(accesses), .. Mmu(tables)], [.. accesses.Select(Access), last]);
    }

    /// <summary>
    /// A guest that makes an access, and then repeats another while X5 is not zero, counting in X6. It makes that
    /// access once more before it reports: what the host did before it set X5 to zero has shown by then.
    /// </summary>
    /// <param name="first">The first access.</param>
    /// <param name="repeated">The repeated one.</param>
    public static GuestProgram ForRepeated(GuestAccess first, GuestAccess repeated)
    {
        return OfParts(Begin([first, repeated]), [Access(first), Repeated(Access(repeated))]);
    }

    private static uint[] Repeated(uint[] access) =>
        [.. access, A64.Add(Count, Count, 1), A64.BranchIfNotZero(While, -(access.Length + 1)), .. access];

    /// <summary>A guest with a prologue, followed by the parts in order, each followed by a report.</summary>
    /// <param name="begin">The prologue, without a report.</param>
    /// <param name="parts">May use every register but X8 to X15 and X18.</param>
    /// <exception cref="ArgumentOutOfRangeException">More parts than a report can number.</exception>
    internal static GuestProgram OfParts(IReadOnlyList<uint> begin, IReadOnlyList<uint[]> parts)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parts.Count, 0xff);
        var words = WithVectors();
        AddHandler(words);
        int entry = words.Count;
        words.AddRange(begin);
        for (int i = 0; i < parts.Count; i++)
            AddReported(words, parts[i], i);
        words.Add(A64.Branch(0));
        return new GuestProgram(words, (ulong)entry * 4, 0);
    }

    /// <summary>EL1 can use SIMD registers only after enabling them in CPACR_EL1.FPEN.</summary>
    private static uint[] Begin(IReadOnlyList<GuestAccess> accesses) =>
        accesses.Any(a => a is GuestAccess.LoadVector or GuestAccess.StoreVector)
            ?
            [
                .. A64.Mov(Scratch, VectorsAtEl1),
                A64.WriteSystem(SystemRegister.CpacrEl1, Scratch),
                A64.InstructionBarrier(),
            ]
            : [];

    /// <summary>Enables the MMU.</summary>
    internal static uint[] Mmu(StageOneTables tables) => Mmu(tables.Ttbr0, StageOneTables.Tcr);

    private static uint[] Mmu(ulong ttbr0, ulong tcr) => Mmu(ttbr0, tcr, StageOneTables.Mair, StageOneTables.Sctlr);

    private static uint[] Mmu(ulong ttbr0, ulong tcr, ulong mair, ulong sctlr) =>
        [
            .. A64.Mov(Scratch, mair),
            A64.WriteSystem(SystemRegister.MairEl1, Scratch),
            .. A64.Mov(Scratch, tcr),
            A64.WriteSystem(SystemRegister.TcrEl1, Scratch),
            .. A64.Mov(Scratch, ttbr0),
            A64.WriteSystem(SystemRegister.Ttbr0El1, Scratch),
            A64.InstructionBarrier(),
            A64.InvalidateTlb(),
            A64.DataBarrier(),
            A64.InstructionBarrier(),
            .. A64.Mov(Scratch, sctlr),
            A64.WriteSystem(SystemRegister.SctlrEl1, Scratch),
            A64.InstructionBarrier(),
        ];

    /// <summary>
    /// The descriptor is cleaned to memory, since the walk may access the page with other attributes than the store.
    /// </summary>
    private static uint[] Walk(StageOneTables tables) =>
        [
            .. A64.Mov(Scratch, tables.WalkedDescriptor),
            A64.Store(Width.Double, Scratch, Target),
            A64.CleanAndInvalidate(Target),
            A64.DataBarrier(),
            A64.InstructionBarrier(),
            .. A64.Mov(Scratch, tables.WalkedAddress),
            A64.Load32(Result, Scratch),
        ];

    private static uint[] Operation(PageOperation operation, bool mayStore) =>
        operation switch
        {
            PageOperation.UnalignedLoad =>
            [
                A64.Load32(Register.X(0), Target),
                A64.LoadUnscaled(Width.Word, Register.X(0), Target, UnalignedBy),
            ],
            PageOperation.UnalignedStore =>
            [
                A64.Store32(Value, Target),
                A64.StoreUnscaled(Width.Word, Value, Target, UnalignedBy),
            ],
            PageOperation.ZeroBlock =>
            [
                mayStore ? A64.Store32(Value, Target) : A64.Load32(Register.X(0), Target),
                A64.ZeroBlock(Target),
            ],
            PageOperation.ExclusivePair =>
            [
                A64.Movz(Scratch, Tries),
                A64.LoadExclusive(Width.Word, Register.X(0), Target),
                A64.StoreExclusive(Width.Word, Result, Value, Target),
                A64.BranchIfZero(Result, 3),
                A64.Sub(Scratch, Scratch, 1),
                A64.BranchIfNotZero(Scratch, -4),
            ],
            PageOperation.AtomicAdd => [A64.AtomicAdd(Width.Word, Value, Register.X(0), Target)],
            PageOperation.CompareAndSwap => [A64.CompareAndSwap(Width.Word, Register.X(0), Value, Target)],
            PageOperation.Execute => [A64.BranchTo(Target)],
            PageOperation.Translate =>
            [
                A64.Load32(Register.X(0), Target),
                A64.TranslateForRead(Target),
                A64.InstructionBarrier(),
                A64.ReadSystem(Result, SystemRegister.ParEl1),
            ],
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "no such operation"),
        };

    /// <summary>The table of vectors, which a program begins with; its handler follows.</summary>
    private static List<uint> WithVectors()
    {
        var words = new List<uint>();
        for (int vector = 0; vector < Vectors; vector++)
            AddVector(words, vector);
        return words;
    }

    /// <summary>
    /// Records the vector's number, then branches to the handler behind the table. The rest is zeroes: a program is
    /// sent as text.
    /// </summary>
    private static void AddVector(List<uint> words, int vector)
    {
        int end = (vector + 1) * VectorSize;
        words.Add(A64.Movz(Register.X(13), vector * VectorSize * 4));
        words.Add(A64.Branch(Vectors * VectorSize - words.Count));
        while (words.Count < end)
            words.Add(0);
    }

    /// <summary>Reports the exception, then continues at the address set by the access.</summary>
    private static void AddHandler(List<uint> words) =>
        words.AddRange([
            A64.ReadSystem(Register.X(10), SystemRegister.EsrEl1),
            A64.ReadSystem(Register.X(11), SystemRegister.FarEl1),
            A64.ReadSystem(Register.X(12), SystemRegister.ElrEl1),
            A64.Add(Status, Index, (int)Excepted),
            A64.Store32(Status, Report),
            A64.BranchTo(Next),
        ]);

    private static uint[] Access(GuestAccess access) =>
        access switch
        {
            GuestAccess.Read => [A64.Load32(Register.X(0), Target)],
            GuestAccess.Write => [A64.Store32(Value, Target)],
            GuestAccess.Exclusive => [A64.LoadExclusive(Width.Word, Register.X(0), Target), A64.ClearExclusive()],
            GuestAccess.Execute => [A64.BranchTo(Target)],
            GuestAccess.LoadPostIndexed =>
            [
                A64.Mov(Scratch, Target),
                A64.LoadPostIndexed(Width.Word, Register.X(0), Scratch, Step),
            ],
            GuestAccess.StorePostIndexed =>
            [
                A64.Mov(Scratch, Target),
                A64.StorePostIndexed(Width.Word, Value, Scratch, Step),
            ],
            GuestAccess.LoadPreIndexed =>
            [
                A64.Sub(Scratch, Target, Step),
                A64.LoadPreIndexed(Width.Word, Register.X(0), Scratch, Step),
            ],
            GuestAccess.StorePreIndexed =>
            [
                A64.Sub(Scratch, Target, Step),
                A64.StorePreIndexed(Width.Word, Value, Scratch, Step),
            ],
            GuestAccess.LoadPair => [A64.LoadPair(Register.X(0), Register.X(3), Target)],
            GuestAccess.StorePair => [A64.StorePair(Value, Value, Target)],
            GuestAccess.LoadVector => [A64.LoadVector(0, Target)],
            GuestAccess.StoreVector => [A64.StoreVector(0, Target)],
            GuestAccess.ReadNext => [A64.Load32(Result, Following)],
            GuestAccess.LoadByte => [A64.Load(Width.Byte, Register.X(0), Target)],
            GuestAccess.LoadSignedHalf => [A64.LoadSigned(Width.Half, Register.X(0), Target)],
            GuestAccess.LoadDouble => [A64.Load(Width.Double, Register.X(0), Target)],
            GuestAccess.StoreByte => [A64.Store(Width.Byte, Value, Target)],
            GuestAccess.StoreHalf => [A64.Store(Width.Half, Value, Target)],
            GuestAccess.StoreDouble => [A64.Store(Width.Double, Value, Target)],
            _ => throw new ArgumentOutOfRangeException(nameof(access), access, "no such access"),
        };

    private static void AddReported(List<uint> words, uint[] what, int index)
    {
        uint[] body =
        [
            .. what,
            A64.DataBarrier(),
            A64.Movz(Status, (int)Finished + index),
            A64.Store32(Status, Report),
        ];
        words.Add(A64.Movz(Index, index));
        words.Add(A64.Adr(Next, (1 + body.Length) * 4));
        words.AddRange(body);
    }
}
