using System.Globalization;

namespace Harness.Reproducers;

/// <summary>
/// A64 instructions in the syntax of the GNU assembler, for comments: those that the harness's guests use, and ".inst"
/// for any other. Encodings: Arm ARM C6.2.
/// </summary>
internal static class Disassembler
{
    private static readonly Dictionary<uint, string> Exact = new()
    {
        [0xd503_3fdf] = "isb",
        [0xd503_3f9f] = "dsb sy",
        [0xd503_3f5f] = "clrex",
        [0xd503_201f] = "nop",
        [0xd508_751f] = "ic iallu",
        [0xd508_871f] = "tlbi vmalle1",
        [0xd508_831f] = "tlbi vmalle1is",
        [0xd50c_83df] = "tlbi vmalls12e1is",
        [0xd69f_03e0] = "eret",
        [0xd65f_03c0] = "ret",
    };

    private static readonly Dictionary<uint, string> SystemRegisters = new()
    {
        [0x8_1000] = "sctlr_el1",
        [0x8_1040] = "cpacr_el1",
        [0x8_2000] = "ttbr0_el1",
        [0x8_2040] = "tcr_el1",
        [0x8_4000] = "spsr_el1",
        [0x8_4020] = "elr_el1",
        [0x8_5200] = "esr_el1",
        [0x8_6000] = "far_el1",
        [0x8_7400] = "par_el1",
        [0x8_a200] = "mair_el1",
        [0x8_c000] = "vbar_el1",
        [0xc_1100] = "hcr_el2",
        [0xc_2100] = "vttbr_el2",
        [0xc_2140] = "vtcr_el2",
        [0xc_4000] = "spsr_el2",
        [0xc_4020] = "elr_el2",
        [0xc_5200] = "esr_el2",
        [0xc_6000] = "far_el2",
        [0xc_6080] = "hpfar_el2",
        [0xc_c000] = "vbar_el2",
    };

    private static readonly string[] Conditions =
    [
        "eq",
        "ne",
        "cs",
        "cc",
        "mi",
        "pl",
        "vs",
        "vc",
        "hi",
        "ls",
        "ge",
        "lt",
        "gt",
        "le",
        "al",
        "nv",
    ];

    /// <param name="word">The instruction.</param>
    /// <param name="address">Its own, in bytes: what branches and ADR are relative to.</param>
    public static string Text(uint word, ulong address)
    {
        if (Exact.TryGetValue(word, out string? known))
            return known;
        if (word <= 0xffff)
            return $"udf #{word}";
        uint d = word & 31,
            n = (word >> 5) & 31,
            m = (word >> 16) & 31;
        uint imm12 = (word >> 10) & 0xfff,
            imm16 = (word >> 5) & 0xffff,
            shift = ((word >> 21) & 3) * 16;
        uint size = word >> 30;
        string t = size == 3 ? X(d) : W(d),
            suffix = size switch
            {
                0 => "b",
                1 => "h",
                _ => "",
            };
        return true switch
        {
            true when (word & 0xff80_0000) == 0xd280_0000 => $"mov {X(d)}, #{Hex((ulong)imm16 << (int)shift)}",
            true when (word & 0xff80_0000) == 0xf280_0000 =>
                $"movk {X(d)}, #{Hex(imm16)}{(shift == 0 ? "" : $", lsl #{shift}")}",
            true when (word & 0xffff_ffe0) == 0xd50c_8020 => $"tlbi ipas2e1is, {X(d)}",
            true when (word & 0xffe0_ffe0) == 0xaa00_03e0 => $"mov {X(d)}, {X(m)}",
            true when (word & 0xffc0_0000) == 0x9100_0000 => $"add {Sp(d)}, {Sp(n)}, #{Hex(imm12)}",
            true when (word & 0xffe0_0000) == 0x8b00_0000 =>
                $"add {X(d)}, {X(n)}, {X(m)}{((imm12 & 0x3f) == 0 ? "" : $", lsl #{imm12 & 0x3f}")}",
            true when (word & 0xffc0_0000) == 0xd100_0000 => $"sub {Sp(d)}, {Sp(n)}, #{Hex(imm12)}",
            true when (word & 0x9f00_0000) == 0x1000_0000 =>
                $"adr {X(d)}, {Target(address, Signed(((word >> 5) & 0x7_ffff) << 2 | ((word >> 29) & 3), 21))}",
            true when (word & 0x3fc0_0000) == 0x3940_0000 => $"ldr{suffix} {t}, {Memory(n, (int)(imm12 << (int)size))}",
            true when (word & 0xffff_fc0f) == 0xf980_0000 => $"prfm p{(d == 0 ? "ld" : "st")}l1keep, {Memory(n, 0)}",
            true when (word & 0x3fc0_0000) == 0x3980_0000 =>
                $"ldrs{(size == 2 ? "w" : suffix)} {X(d)}, {Memory(n, (int)(imm12 << (int)size))}",
            true when (word & 0xbfc0_0000) == 0x39c0_0000 =>
                $"ldrs{suffix} {W(d)}, {Memory(n, (int)(imm12 << (int)size))}",
            true when (word & 0x3fc0_0000) == 0x3900_0000 => $"str{suffix} {t}, {Memory(n, (int)(imm12 << (int)size))}",
            true when (word & 0x3fe0_0c00) == 0x3840_0000 =>
                $"ldur{suffix} {t}, {Memory(n, Signed((word >> 12) & 0x1ff, 9))}",
            true when (word & 0x3fe0_0c00) == 0x3800_0000 =>
                $"stur{suffix} {t}, {Memory(n, Signed((word >> 12) & 0x1ff, 9))}",
            true when (word & 0x3fe0_0c00) == 0x3840_0400 =>
                $"ldr{suffix} {t}, {Memory(n, 0)}, #{Signed((word >> 12) & 0x1ff, 9)}",
            true when (word & 0x3fe0_0c00) == 0x3800_0400 =>
                $"str{suffix} {t}, {Memory(n, 0)}, #{Signed((word >> 12) & 0x1ff, 9)}",
            true when (word & 0x3fe0_0c00) == 0x3840_0c00 =>
                $"ldr{suffix} {t}, [{Sp(n)}, #{Signed((word >> 12) & 0x1ff, 9)}]!",
            true when (word & 0x3fe0_0c00) == 0x3800_0c00 =>
                $"str{suffix} {t}, [{Sp(n)}, #{Signed((word >> 12) & 0x1ff, 9)}]!",
            true when (word & 0xffc0_0000) == 0xa940_0000 =>
                $"ldp {X(d)}, {X(imm12 & 31)}, {Memory(n, Signed((word >> 15) & 0x7f, 7) * 8)}",
            true when (word & 0xffc0_0000) == 0xa900_0000 =>
                $"stp {X(d)}, {X(imm12 & 31)}, {Memory(n, Signed((word >> 15) & 0x7f, 7) * 8)}",
            true when (word & 0xffc0_0000) == 0x3dc0_0000 => $"ldr q{d}, {Memory(n, (int)(imm12 << 4))}",
            true when (word & 0xffc0_0000) == 0x3d80_0000 => $"str q{d}, {Memory(n, (int)(imm12 << 4))}",
            true when (word & 0x3fe0_fc00) == 0x08a0_7c00 =>
                $"cas{suffix} {(size == 3 ? X(m) : W(m))}, {t}, {Memory(n, 0)}",
            true when (word & 0x3fff_fc00) == 0x085f_7c00 => $"ldxr{suffix} {t}, {Memory(n, 0)}",
            true when (word & 0x3fe0_fc00) == 0x0800_7c00 => $"stxr{suffix} {W(m)}, {t}, {Memory(n, 0)}",
            true when (word & 0x3fe0_fc00) == 0x3820_0000 =>
                $"ldadd{suffix} {(size == 3 ? X(m) : W(m))}, {t}, {Memory(n, 0)}",
            true when (word & 0xffe0_001f) == 0xd400_0002 => $"hvc #{Hex(imm16)}",
            true when (word & 0xffff_ffe0) == 0xd50b_7420 => $"dc zva, {X(d)}",
            true when (word & 0xffff_ffe0) == 0xd50b_7a20 => $"dc cvac, {X(d)}",
            true when (word & 0xffff_ffe0) == 0xd508_7620 => $"dc ivac, {X(d)}",
            true when (word & 0xffff_ffe0) == 0xd50b_7e20 => $"dc civac, {X(d)}",
            true when (word & 0xffff_ffe0) == 0xd508_7800 => $"at s1e1r, {X(d)}",
            true when (word & 0xffff_fc00) == 0xd920_0800 => $"stg {Sp(d)}, {Memory(n, 0)}",
            true when (word & 0xffff_fc00) == 0xd960_0000 => $"ldg {X(d)}, {Memory(n, 0)}",
            true when (word & 0xfc00_0000) == 0x1400_0000 => $"b {Target(address, Signed(word & 0x3ff_ffff, 26) * 4)}",
            true when (word & 0xff00_0010) == 0x5400_0000 => $"b.{Conditions[word & 15]} {Target(address, Near(word))}",
            true when (word & 0xff00_0000) == 0xb400_0000 => $"cbz {X(d)}, {Target(address, Near(word))}",
            true when (word & 0xff00_0000) == 0xb500_0000 => $"cbnz {X(d)}, {Target(address, Near(word))}",
            true when (word & 0xffff_fc1f) == 0xd61f_0000 => $"br {X(n)}",
            true
                when (word & 0xfff0_0000) == 0xd530_0000
                    && SystemRegisters.TryGetValue(word & 0xf_ffe0, out string? from) => $"mrs {X(d)}, {from}",
            true
                when (word & 0xfff0_0000) == 0xd510_0000
                    && SystemRegisters.TryGetValue(word & 0xf_ffe0, out string? to) => $"msr {to}, {X(d)}",
            _ => $".inst 0x{word:x8}",
        };
    }

    private static string X(uint r) => r == 31 ? "xzr" : $"x{r}";

    private static string W(uint r) => r == 31 ? "wzr" : $"w{r}";

    private static string Sp(uint r) => r == 31 ? "sp" : $"x{r}";

    private static string Memory(uint n, int offset) => offset == 0 ? $"[{Sp(n)}]" : $"[{Sp(n)}, #{offset}]";

    private static int Near(uint word) => Signed((word >> 5) & 0x7_ffff, 19) * 4;

    private static int Signed(uint value, int bits) => (int)(value << (32 - bits)) >> (32 - bits);

    private static string Target(ulong address, int distance) => Hex(address + (ulong)distance);

    private static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
