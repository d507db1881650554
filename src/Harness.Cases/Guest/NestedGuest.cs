namespace Harness.Cases.Guest;

/// <summary>
/// A guest hypervisor, at EL2 with its MMU off, and its guest, at EL1 with its MMU off. Each run begins at an entry
/// point, which the host chooses, and ends in a report: a store of a word to X9, <see cref="GuestProgram.Finished"/> or
/// <see cref="GuestProgram.Excepted"/> plus the entry's number. After an exception to EL2 X10 is ESR_EL2, X11 FAR_EL2,
/// X12 ELR_EL2, X13 the vector's offset and X17 HPFAR_EL2; HVC says how the nested guest got on.
/// </summary>
/// <param name="Words">The code; to be placed at a 2 KiB boundary.</param>
/// <param name="NestedVectors">VBAR_EL1, in bytes from the code's start.</param>
/// <param name="Entries">The entry point of each of <see cref="NestedEntry"/>, in bytes.</param>
public sealed record NestedGuest(IReadOnlyList<uint> Words, ulong NestedVectors, IReadOnlyList<ulong> Entries)
{
    /// <summary>HVC of a nested guest after an access that completed.</summary>
    public const int Done = 1;

    /// <summary>
    /// HVC of one that took an exception: X19 is ESR_EL1, X20 FAR_EL1 and X21 ELR_EL1.
    /// </summary>
    public const int Excepted = 2;

    private const int VectorWords = 0x80 / 4; // Arm ARM D1.3.1.5: sixteen entries of 128 bytes
    private const int Vectors = 16;
    private const int TableWords = Vectors * VectorWords;

    // M is EL1h; D, A, I and F are masked.
    private const ulong ToEl1 = 0x3c5;

    private static readonly Register Target = Register.X(1);
    private static readonly Register Value = Register.X(2);
    private static readonly Register Descriptor = Register.X(3);
    private static readonly Register DescriptorAt = Register.X(4);
    private static readonly Register Address = Register.X(5);
    private static readonly Register Index = Register.X(8);
    private static readonly Register Report = Register.X(9);
    private static readonly Register Status = Register.X(14);
    private static readonly Register Scratch = Register.X(18);

    /// <summary>The program, for a place in memory.</summary>
    /// <param name="at">The guest physical address of the code.</param>
    /// <param name="tables">The guest hypervisor's stage 2.</param>
    public static NestedGuest At(ulong at, StageTwoTables tables)
    {
        var words = new List<uint>();
        int handler = 2 * TableWords;
        uint[] taken =
        [
            A64.ReadSystem(Register.X(10), SystemRegister.EsrEl2),
            A64.ReadSystem(Register.X(11), SystemRegister.FarEl2),
            A64.ReadSystem(Register.X(12), SystemRegister.ElrEl2),
            A64.ReadSystem(Register.X(17), SystemRegister.HpfarEl2),
            A64.Add(Status, Index, (int)GuestProgram.Excepted),
            A64.Store32(Status, Report),
            A64.Branch(0),
        ];
        AddTable(words, handler);
        AddTable(words, handler + taken.Length);
        words.AddRange(taken);
        words.AddRange([
            A64.ReadSystem(Register.X(19), SystemRegister.EsrEl1),
            A64.ReadSystem(Register.X(20), SystemRegister.FarEl1),
            A64.ReadSystem(Register.X(21), SystemRegister.ElrEl1),
            A64.HypervisorCall(Excepted),
            A64.Branch(0),
        ]);
        var nested = new Dictionary<NestedEntry, int>
        {
            [NestedEntry.Read] = Nested(words, A64.Load32(Register.X(0), Target)),
            [NestedEntry.Write] = Nested(words, A64.Store32(Value, Target)),
            [NestedEntry.Execute] = Nested(words, A64.BranchTo(Target)),
        };
        var entries = new List<ulong>();
        foreach (var entry in Enum.GetValues<NestedEntry>())
        {
            entries.Add((ulong)words.Count * 4);
            words.AddRange([
                // Where the run before ended in KVM_EXIT_MMIO, KVM skips one instruction.
                A64.Nop(),
                A64.Movz(Index, (int)entry),
                .. Set(SystemRegister.VbarEl2, at),
                .. Set(SystemRegister.VttbrEl2, tables.Vttbr),
                .. Set(SystemRegister.VtcrEl2, StageTwoTables.Vtcr),
                .. Set(SystemRegister.HcrEl2, StageTwoTables.Hcr),
                A64.InstructionBarrier(),
            ]);
            words.AddRange(
                nested.TryGetValue(entry, out int code)
                    ?
                    [
                        .. Set(SystemRegister.SpsrEl2, ToEl1),
                        .. Set(SystemRegister.ElrEl2, at + (ulong)code * 4),
                        A64.ExceptionReturn(),
                    ]
                    :
                    [
                        .. Own(entry),
                        A64.DataBarrier(),
                        A64.InstructionBarrier(),
                        A64.Add(Status, Index, (int)GuestProgram.Finished),
                        A64.Store32(Status, Report),
                        A64.Branch(0),
                    ]
            );
        }
        return new NestedGuest(words, (ulong)TableWords * 4, entries);
    }

    private static uint[] Own(NestedEntry entry) =>
        entry switch
        {
            NestedEntry.Map => [A64.Store(Width.Double, Descriptor, DescriptorAt)],
            NestedEntry.Invalidate =>
            [
                A64.DataBarrier(),
                A64.InvalidateGuestAddress(Address),
                A64.DataBarrier(),
                A64.InvalidateTlbEverywhere(),
            ],
            _ => [A64.DataBarrier(), A64.InvalidateGuest()],
        };

    private static IEnumerable<uint> Set(SystemRegister register, ulong value) =>
        [.. A64.Mov(Scratch, value), A64.WriteSystem(register, Scratch)];

    /// <summary>An access of the nested guest: its position, in words.</summary>
    private static int Nested(List<uint> words, uint access)
    {
        int at = words.Count;
        words.AddRange([access, A64.HypervisorCall(Done), A64.Branch(0)]);
        return at;
    }

    /// <summary>A table of vectors, each of which records its offset, and goes on at the handler.</summary>
    private static void AddTable(List<uint> words, int handler)
    {
        int start = words.Count;
        for (int vector = 0; vector < Vectors; vector++)
        {
            words.Add(A64.Movz(Register.X(13), vector * VectorWords * 4));
            words.Add(A64.Branch(handler - words.Count));
            while (words.Count < start + (vector + 1) * VectorWords)
                words.Add(0);
        }
    }
}

/// <summary>What a <see cref="NestedGuest"/> does in a run.</summary>
public enum NestedEntry
{
    /// <summary>The nested guest's LDR W0, [X1].</summary>
    Read,

    /// <summary>Its STR W2, [X1].</summary>
    Write,

    /// <summary>Its BR X1.</summary>
    Execute,

    /// <summary>The guest hypervisor's STR X3, [X4].</summary>
    Map,

    /// <summary>Its TLBI IPAS2E1IS, X5, and TLBI VMALLE1IS.</summary>
    Invalidate,

    /// <summary>Its TLBI VMALLS12E1IS.</summary>
    InvalidateAll,
}
