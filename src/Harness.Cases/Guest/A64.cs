namespace Harness.Cases.Guest;

/// <summary>
/// A small A64 assembler: one method per instruction, returning its encoding. Encodings are from the Arm ARM, C6.2; a
/// test compares every one with the GNU assembler. Invalid operands throw ArgumentOutOfRangeException. Registers are 64
/// bits wide unless the width says otherwise; branch distances are relative to the branch itself.
/// </summary>
public static class A64
{
    /// <summary>MOVZ Xd, #value, LSL #shift.</summary>
    public static uint Movz(Register d, int value, int shift = 0) => MoveWide(0xd280_0000, d, value, shift);

    /// <summary>MOVK Xd, #value, LSL #shift.</summary>
    public static uint Movk(Register d, int value, int shift = 0) => MoveWide(0xf280_0000, d, value, shift);

    /// <summary>MOV Xd, Xm.</summary>
    public static uint Mov(Register d, Register m) => 0xaa00_03e0 | Plain(m) << 16 | Plain(d);

    /// <summary>The one to four instructions that load a 64-bit value.</summary>
    public static IEnumerable<uint> Mov(Register d, ulong value)
    {
        yield return Movz(d, (int)(value & 0xffff));
        for (int shift = 16; shift < 64; shift += 16)
            if (((value >> shift) & 0xffff) is not 0 and var part)
                yield return Movk(d, (int)part, shift);
    }

    /// <summary>ADD Xd, Xn, #value: 0 to 4095.</summary>
    public static uint Add(Register d, Register n, int value) =>
        0x9100_0000 | Unsigned(value, 12) << 10 | Base(n) << 5 | Base(d);

    /// <summary>ADD Xd, Xn, Xm.</summary>
    public static uint Add(Register d, Register n, Register m) =>
        0x8b00_0000 | Plain(m) << 16 | Plain(n) << 5 | Plain(d);

    /// <summary>ADD Xd, Xn, Xm, LSL #shift: 0 to 63.</summary>
    public static uint AddShifted(Register d, Register n, Register m, int shift) =>
        Add(d, n, m) | Unsigned(shift, 6) << 10;

    /// <summary>SUB Xd, Xn, #value: 0 to 4095.</summary>
    public static uint Sub(Register d, Register n, int value) =>
        0xd100_0000 | Unsigned(value, 12) << 10 | Base(n) << 5 | Base(d);

    /// <summary>SUB Xd, Xn, Xm.</summary>
    public static uint Sub(Register d, Register n, Register m) =>
        0xcb00_0000 | Plain(m) << 16 | Plain(n) << 5 | Plain(d);

    /// <summary>CMP Xn, #value: 0 to 4095.</summary>
    public static uint Compare(Register n, int value) => 0xf100_001f | Unsigned(value, 12) << 10 | Base(n) << 5;

    /// <summary>CMP Xn, Xm.</summary>
    public static uint Compare(Register n, Register m) => 0xeb00_001f | Plain(m) << 16 | Plain(n) << 5;

    /// <summary>ADR Xd: the address <paramref name="bytes"/> from this instruction, within 1 MiB.</summary>
    public static uint Adr(Register d, int bytes)
    {
        uint distance = Signed(bytes, 21);
        return 0x1000_0000 | (distance & 3) << 29 | distance >> 2 << 5 | Plain(d);
    }

    /// <summary>LDRB, LDRH, LDR Wt, LDR Xt, [Xn, #offset]: a multiple of the width, up to 4095 of them.</summary>
    public static uint Load(Width width, Register t, Register n, int offset = 0) =>
        0x3940_0000 | Size(width) << 30 | Scaled(offset, width) << 10 | Base(n) << 5 | Plain(t);

    /// <summary>LDRSB, LDRSH, LDRSW Xt, [Xn, #offset]: a multiple of the width, up to 4095 of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">64 bits have no sign to extend to themselves.</exception>
    public static uint LoadSignedWide(Width width, Register t, Register n, int offset = 0) =>
        width < Width.Double
            ? 0x3980_0000 | Size(width) << 30 | Scaled(offset, width) << 10 | Base(n) << 5 | Plain(t)
            : throw new ArgumentOutOfRangeException(nameof(width), width, "8, 16 or 32 bits");

    /// <summary>PRFM PLDL1KEEP or PSTL1KEEP, [Xn].</summary>
    /// <param name="n">The address.</param>
    /// <param name="store">For a store.</param>
    public static uint Prefetch(Register n, bool store) => 0xf980_0000 | Base(n) << 5 | (store ? 0x10u : 0);

    /// <summary>LDRSB, LDRSH Wt, [Xn, #offset]: a multiple of the width, up to 4095 of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A word has no sign to extend to itself.</exception>
    public static uint LoadSigned(Width width, Register t, Register n, int offset = 0) =>
        width < Width.Word
            ? 0x39c0_0000 | Size(width) << 30 | Scaled(offset, width) << 10 | Base(n) << 5 | Plain(t)
            : throw new ArgumentOutOfRangeException(nameof(width), width, "8 or 16 bits");

    /// <summary>STRB, STRH, STR Wt, STR Xt, [Xn, #offset]: a multiple of the width, up to 4095 of them.</summary>
    public static uint Store(Width width, Register t, Register n, int offset = 0) =>
        0x3900_0000 | Size(width) << 30 | Scaled(offset, width) << 10 | Base(n) << 5 | Plain(t);

    /// <summary>LDURB, LDURH, LDUR, [Xn, #offset]: -256 to 255.</summary>
    public static uint LoadUnscaled(Width width, Register t, Register n, int offset) =>
        0x3840_0000 | Size(width) << 30 | Signed(offset, 9) << 12 | Base(n) << 5 | Plain(t);

    /// <summary>STURB, STURH, STUR, [Xn, #offset]: -256 to 255.</summary>
    public static uint StoreUnscaled(Width width, Register t, Register n, int offset) =>
        0x3800_0000 | Size(width) << 30 | Signed(offset, 9) << 12 | Base(n) << 5 | Plain(t);

    /// <summary>LDRB, LDRH, LDR, [Xn], #offset: post-indexed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">-256 to 255; and t may not be n, which both would
    /// write.</exception>
    public static uint LoadPostIndexed(Width width, Register t, Register n, int offset) =>
        0x3840_0400 | Size(width) << 30 | Signed(offset, 9) << 12 | Base(n) << 5 | Distinct(Plain(t), t, n);

    /// <summary>STRB, STRH, STR, [Xn], #offset: post-indexed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// -256 to 255; and t may not be n, which is written back.
    /// </exception>
    public static uint StorePostIndexed(Width width, Register t, Register n, int offset) =>
        0x3800_0400 | Size(width) << 30 | Signed(offset, 9) << 12 | Base(n) << 5 | Distinct(Plain(t), t, n);

    /// <summary>LDRB, LDRH, LDR, [Xn, #offset]!: pre-indexed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">-256 to 255; and t may not be n, which both would
    /// write.</exception>
    public static uint LoadPreIndexed(Width width, Register t, Register n, int offset) =>
        0x3840_0c00 | Size(width) << 30 | Signed(offset, 9) << 12 | Base(n) << 5 | Distinct(Plain(t), t, n);

    /// <summary>LDR Qt, [Xn, #offset]: 128 bits; a multiple of 16, up to 4095 of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vector register's number is 0 to 31.</exception>
    public static uint LoadVector(int t, Register n, int offset = 0) =>
        0x3dc0_0000 | Sixteens(offset) << 10 | Base(n) << 5 | InRange(t, 0, 31);

    /// <summary>STR Qt, [Xn, #offset]: 128 bits; a multiple of 16, up to 4095 of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vector register's number is 0 to 31.</exception>
    public static uint StoreVector(int t, Register n, int offset = 0) =>
        0x3d80_0000 | Sixteens(offset) << 10 | Base(n) << 5 | InRange(t, 0, 31);

    /// <summary>STRB, STRH, STR, [Xn, #offset]!: pre-indexed; the abort has no valid syndrome (ISV is 0).</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// -256 to 255; and t may not be n, which both would write.
    /// </exception>
    public static uint StorePreIndexed(Width width, Register t, Register n, int offset) =>
        0x3800_0c00 | Size(width) << 30 | Signed(offset, 9) << 12 | Base(n) << 5 | Distinct(Plain(t), t, n);

    /// <summary>LDP Xt, Xu, [Xn, #offset]: a multiple of 8, -512 to 504. Two registers can't be one.</summary>
    public static uint LoadPair(Register t, Register u, Register n, int offset = 0) =>
        0xa940_0000 | PairOffset(offset) << 15 | Distinct(Plain(u), t, u) << 10 | Base(n) << 5 | Plain(t);

    /// <summary>STP Xt, Xu, [Xn, #offset]: a multiple of 8, -512 to 504.</summary>
    public static uint StorePair(Register t, Register u, Register n, int offset = 0) =>
        0xa900_0000 | PairOffset(offset) << 15 | Plain(u) << 10 | Base(n) << 5 | Plain(t);

    /// <summary>LDXRB, LDXRH, LDXR, [Xn].</summary>
    public static uint LoadExclusive(Width width, Register t, Register n) =>
        0x085f_7c00 | Size(width) << 30 | Base(n) << 5 | Plain(t);

    /// <summary>CLREX: clears the local monitor that LDXR set.</summary>
    public static uint ClearExclusive() => 0xd503_3f5f;

    /// <summary>STXRB, STXRH, STXR Ws, t, [Xn]: Ws is 0 if it stored. It can't be one of the others.</summary>
    public static uint StoreExclusive(Width width, Register s, Register t, Register n) =>
        0x0800_7c00 | Size(width) << 30 | Distinct(Distinct(Plain(s), s, t), s, n) << 16 | Base(n) << 5 | Plain(t);

    /// <summary>LDADD Xs, Xt, [Xn] (FEAT_LSE): adds Xs, the old value goes to Xt.</summary>
    public static uint AtomicAdd(Width width, Register s, Register t, Register n) =>
        0x3820_0000 | Size(width) << 30 | Plain(s) << 16 | Base(n) << 5 | Plain(t);

    /// <summary>CAS Xs, Xt, [Xn] (FEAT_LSE): stores Xt if the memory holds Xs; the old value goes to Xs.</summary>
    public static uint CompareAndSwap(Width width, Register s, Register t, Register n) =>
        0x08a0_7c00 | Size(width) << 30 | Plain(s) << 16 | Base(n) << 5 | Plain(t);

    /// <summary>DC ZVA, Xt: zeroes a block of DCZID_EL0's size.</summary>
    public static uint ZeroBlock(Register t) => 0xd50b_7420 | Plain(t);

    /// <summary>DC CVAC, Xt.</summary>
    public static uint Clean(Register t) => 0xd50b_7a20 | Plain(t);

    /// <summary>DC IVAC, Xt.</summary>
    public static uint Invalidate(Register t) => 0xd508_7620 | Plain(t);

    /// <summary>DC CIVAC, Xt.</summary>
    public static uint CleanAndInvalidate(Register t) => 0xd50b_7e20 | Plain(t);

    /// <summary>IC IVAU, Xt.</summary>
    public static uint InvalidateInstructions(Register t) => 0xd50b_7520 | Plain(t);

    /// <summary>IC IALLU.</summary>
    public static uint InvalidateAllInstructions() => 0xd508_751f;

    /// <summary>AT S1E1R, Xt.</summary>
    public static uint TranslateForRead(Register t) => 0xd508_7800 | Plain(t);

    /// <summary>TLBI VMALLE1.</summary>
    public static uint InvalidateTlb() => 0xd508_871f;

    /// <summary>STG Xt, [Xn] (FEAT_MTE): stores the tag of Xt, its bits 59:56, for the granule at Xn.</summary>
    public static uint StoreTag(Register t, Register n) => 0xd920_0800 | Base(n) << 5 | Base(t);

    /// <summary>LDG Xt, [Xn] (FEAT_MTE): the tag of the granule at Xn goes to bits 59:56 of Xt.</summary>
    public static uint LoadTag(Register t, Register n) => 0xd960_0000 | Base(n) << 5 | Plain(t);

    /// <summary>TLBI VMALLE1IS.</summary>
    public static uint InvalidateTlbEverywhere() => 0xd508_831f;

    /// <summary>TLBI VMALLS12E1IS.</summary>
    public static uint InvalidateGuest() => 0xd50c_83df;

    /// <summary>TLBI IPAS2E1IS, Xt: bits 47:12 of the address, from bit 0 on.</summary>
    public static uint InvalidateGuestAddress(Register t) => 0xd50c_8020 | Plain(t);

    /// <summary>LDR Wt, [Xn].</summary>
    public static uint Load32(Register t, Register n) => Load(Width.Word, t, n);

    /// <summary>STR Wt, [Xn].</summary>
    public static uint Store32(Register t, Register n) => Store(Width.Word, t, n);

    /// <summary>B: to an instruction <paramref name="words"/> away, negative for backwards; within 128 MiB.</summary>
    public static uint Branch(int words) => 0x1400_0000 | Signed(words, 26);

    /// <summary>BL: within 128 MiB.</summary>
    public static uint Call(int words) => 0x9400_0000 | Signed(words, 26);

    /// <summary>B.cond: within 1 MiB.</summary>
    public static uint BranchIf(Condition condition, int words) =>
        0x5400_0000 | Signed(words, 19) << 5 | Condition(condition);

    /// <summary>CBZ Xt: within 1 MiB.</summary>
    public static uint BranchIfZero(Register t, int words) => 0xb400_0000 | Signed(words, 19) << 5 | Plain(t);

    /// <summary>CBNZ Xt: within 1 MiB.</summary>
    public static uint BranchIfNotZero(Register t, int words) => 0xb500_0000 | Signed(words, 19) << 5 | Plain(t);

    /// <summary>BR Xn.</summary>
    public static uint BranchTo(Register n) => 0xd61f_0000 | Plain(n) << 5;

    /// <summary>BLR Xn.</summary>
    public static uint CallTo(Register n) => 0xd63f_0000 | Plain(n) << 5;

    /// <summary>RET.</summary>
    public static uint Return() => 0xd65f_03c0;

    /// <summary>ERET.</summary>
    public static uint ExceptionReturn() => 0xd69f_03e0;

    /// <summary>MRS Xt, register.</summary>
    public static uint ReadSystem(Register t, SystemRegister r) => 0xd530_0000 | r.Bits | Plain(t);

    /// <summary>MSR register, Xt.</summary>
    public static uint WriteSystem(SystemRegister r, Register t) => 0xd510_0000 | r.Bits | Plain(t);

    /// <summary>SVC #value: 16 bits, as in the next three.</summary>
    public static uint SupervisorCall(int value) => 0xd400_0001 | Unsigned(value, 16) << 5;

    /// <summary>HVC #value.</summary>
    public static uint HypervisorCall(int value) => 0xd400_0002 | Unsigned(value, 16) << 5;

    /// <summary>SMC #value.</summary>
    public static uint SecureMonitorCall(int value) => 0xd400_0003 | Unsigned(value, 16) << 5;

    /// <summary>BRK #value.</summary>
    public static uint Breakpoint(int value) => 0xd420_0000 | Unsigned(value, 16) << 5;

    /// <summary>UDF #value: zeroed memory decodes as UDF #0.</summary>
    public static uint Undefined(int value) => Unsigned(value, 16);

    /// <summary>ISB.</summary>
    public static uint InstructionBarrier() => 0xd503_3fdf;

    /// <summary>DSB.</summary>
    public static uint DataBarrier(BarrierDomain domain = BarrierDomain.FullSystem) =>
        0xd503_309f | Domain(domain) << 8;

    /// <summary>DMB.</summary>
    public static uint MemoryBarrier(BarrierDomain domain = BarrierDomain.FullSystem) =>
        0xd503_30bf | Domain(domain) << 8;

    /// <summary>WFI.</summary>
    public static uint WaitForInterrupt() => 0xd503_207f;

    /// <summary>NOP.</summary>
    public static uint Nop() => 0xd503_201f;

    private static uint MoveWide(uint opcode, Register d, int value, int shift)
    {
        if (shift is not (0 or 16 or 32 or 48))
            throw new ArgumentOutOfRangeException(nameof(shift), shift, "a shift is 0, 16, 32 or 48");
        return opcode | (uint)(shift / 16) << 21 | Unsigned(value, 16) << 5 | Plain(d);
    }

    /// <summary>An operand in which 31 is the zero register.</summary>
    private static uint Plain(Register r) =>
        !r.IsStackPointer
            ? (uint)r.Number
            : throw new ArgumentOutOfRangeException(nameof(r), r, "here 31 means the zero register");

    /// <summary>An operand in which 31 is the stack pointer.</summary>
    private static uint Base(Register r) =>
        r != Register.Zero
            ? (uint)r.Number
            : throw new ArgumentOutOfRangeException(nameof(r), r, "here 31 means the stack pointer");

    /// <summary>
    /// The field, if the two registers differ; the instruction is CONSTRAINED UNPREDICTABLE if they are the same.
    /// </summary>
    private static uint Distinct(uint field, Register a, Register b) =>
        a != b
            ? field
            : throw new ArgumentOutOfRangeException(nameof(b), b, "one register in two roles is unpredictable");

    private static uint Size(Width width) =>
        width is >= Width.Byte and <= Width.Double
            ? (uint)width
            : throw new ArgumentOutOfRangeException(nameof(width), width, "8, 16, 32 or 64 bits");

    private static uint Condition(Condition condition) =>
        condition is >= Guest.Condition.Equal and <= Guest.Condition.LessOrEqual
            ? (uint)condition
            : throw new ArgumentOutOfRangeException(nameof(condition), condition, "no such condition");

    private static uint Domain(BarrierDomain domain) =>
        Enum.IsDefined(domain)
            ? (uint)domain
            : throw new ArgumentOutOfRangeException(nameof(domain), domain, "no such domain");

    private static uint Scaled(int offset, Width width) =>
        offset % (1 << (int)width) == 0
            ? Unsigned(offset >> (int)width, 12)
            : throw new ArgumentOutOfRangeException(nameof(offset), offset, $"not a multiple of {1 << (int)width}");

    private static uint Sixteens(int offset) =>
        offset % 16 == 0
            ? Unsigned(offset >> 4, 12)
            : throw new ArgumentOutOfRangeException(nameof(offset), offset, "not a multiple of 16");

    private static uint PairOffset(int offset) =>
        offset % 8 == 0
            ? Signed(offset / 8, 7)
            : throw new ArgumentOutOfRangeException(nameof(offset), offset, "not a multiple of 8");

    private static uint Unsigned(int value, int bits) => InRange(value, 0, (1 << bits) - 1);

    private static uint Signed(int value, int bits) =>
        InRange(value, -(1 << (bits - 1)), (1 << (bits - 1)) - 1) & ((1u << bits) - 1);

    private static uint InRange(int value, int least, int most) =>
        value >= least && value <= most
            ? (uint)value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"not within {least} and {most}");
}
