namespace Harness.Guest;

/// <summary>
/// A small A64 assembler: one method an instruction, each returning its word. Encodings are those of the Arm ARM, C6.2;
/// a test holds every one against the GNU assembler. Operands out of range are ArgumentOutOfRangeException.
/// </summary>
public static class A64
{
    /// <summary>MOVZ Xd, #value, LSL #shift.</summary>
    public static uint Movz(Register d, int value, int shift = 0) => MoveWide(0xd280_0000, d, value, shift);

    /// <summary>MOVK Xd, #value, LSL #shift.</summary>
    public static uint Movk(Register d, int value, int shift = 0) => MoveWide(0xf280_0000, d, value, shift);

    /// <summary>MOV Xd, Xm.</summary>
    public static uint Mov(Register d, Register m) => 0xaa00_03e0 | Rm(m) | Rd(d);

    /// <summary>The one to four instructions that load a 64-bit value.</summary>
    public static IEnumerable<uint> Mov(Register d, ulong value)
    {
        yield return Movz(d, (int)(value & 0xffff));
        for (int shift = 16; shift < 64; shift += 16)
            if (((value >> shift) & 0xffff) is not 0 and var part)
                yield return Movk(d, (int)part, shift);
    }

    /// <summary>ADD Xd, Xn, #value.</summary>
    public static uint Add(Register d, Register n, int value) => 0x9100_0000 | Imm12(value) | Rn(n) | Rd(d);

    /// <summary>ADR Xd: the address <paramref name="bytes"/> from this instruction, within 1 MiB.</summary>
    public static uint Adr(Register d, int bytes)
    {
        InRange(bytes, -(1 << 20), (1 << 20) - 1);
        return 0x1000_0000 | ((uint)bytes & 3) << 29 | ((uint)(bytes >> 2) & 0x7ffff) << 5 | Rd(d);
    }

    /// <summary>LDR Wt, [Xn].</summary>
    public static uint Load32(Register t, Register n) => 0xb940_0000 | Rn(n) | Rd(t);

    /// <summary>STR Wt, [Xn].</summary>
    public static uint Store32(Register t, Register n) => 0xb900_0000 | Rn(n) | Rd(t);

    /// <summary>B: to an instruction <paramref name="words"/> away, negative for backwards.</summary>
    public static uint Branch(int words)
    {
        InRange(words, -(1 << 25), (1 << 25) - 1);
        return 0x1400_0000 | ((uint)words & 0x03ff_ffff);
    }

    /// <summary>BR Xn.</summary>
    public static uint BranchTo(Register n) => 0xd61f_0000 | Rn(n);

    /// <summary>RET.</summary>
    public static uint Return() => 0xd65f_03c0;

    /// <summary>MRS Xt, register.</summary>
    public static uint ReadSystem(Register t, SystemRegister r) => 0xd530_0000 | r.Bits | Rd(t);

    /// <summary>MSR register, Xt.</summary>
    public static uint WriteSystem(SystemRegister r, Register t) => 0xd510_0000 | r.Bits | Rd(t);

    /// <summary>ISB.</summary>
    public static uint InstructionBarrier() => 0xd503_3fdf;

    /// <summary>DSB SY.</summary>
    public static uint DataBarrier() => 0xd503_3f9f;

    /// <summary>NOP.</summary>
    public static uint Nop() => 0xd503_201f;

    private static uint MoveWide(uint opcode, Register d, int value, int shift)
    {
        InRange(value, 0, 0xffff);
        if (shift is not (0 or 16 or 32 or 48))
            throw new ArgumentOutOfRangeException(nameof(shift), shift, "a shift is 0, 16, 32 or 48");
        return opcode | (uint)(shift / 16) << 21 | (uint)value << 5 | Rd(d);
    }

    private static uint Rd(Register r) => (uint)r.Number;

    private static uint Rn(Register r) => (uint)r.Number << 5;

    private static uint Rm(Register r) => (uint)r.Number << 16;

    private static uint Imm12(int value)
    {
        InRange(value, 0, 0xfff);
        return (uint)value << 10;
    }

    private static void InRange(int value, int least, int most)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"not within {least} and {most}");
    }
}
