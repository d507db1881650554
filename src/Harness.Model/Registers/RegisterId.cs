using System.Globalization;

namespace Harness.Model.Registers;

/// <summary>
/// A vCPU register by KVM's id: architecture, size, kind and number in 64 bits (KVM_REG_* in include/uapi/linux/kvm.h
/// and arch/arm64/include/uapi/asm/kvm.h). Written as sixteen hex digits.
/// </summary>
public readonly record struct RegisterId(ulong Value)
{
    private const ulong Arm64 = 0x6000_0000_0000_0000;
    private const int CoprocShift = 16;
    private const ulong CoreKind = 0x10,
        DemuxKind = 0x11,
        SystemKind = 0x13,
        FirmwareKind = 0x14,
        SveKind = 0x15,
        BitmapKind = 0x16;

    // struct kvm_regs in units of 32 bits: the number of a core register is its offset there.
    private const uint Sp = 0x3E,
        Pc = 0x40,
        Pstate = 0x42,
        SpEl1 = 0x44,
        ElrEl1 = 0x46,
        Spsr = 0x48,
        Vectors = 0x54,
        Fpsr = 0xD4,
        Fpcr = 0xD5;

    private static readonly string[] SpsrNames = ["SPSR_EL1", "SPSR_ABT", "SPSR_UND", "SPSR_IRQ", "SPSR_FIQ"];

    /// <summary>The id of a system register.</summary>
    public static RegisterId System(int op0, int op1, int crn, int crm, int op2) =>
        new(
            Arm64
                | 3UL << 52
                | SystemKind << CoprocShift
                | (ulong)(uint)op0 << 14
                | (ulong)(uint)op1 << 11
                | (ulong)(uint)crn << 7
                | (ulong)(uint)crm << 3
                | (uint)op2
        );

    /// <summary>KVM_REG_ARM_FW_REG(<paramref name="number"/>).</summary>
    public static RegisterId Firmware(int number) =>
        new(Arm64 | 3UL << 52 | FirmwareKind << CoprocShift | (uint)number);

    /// <summary>KVM_REG_ARM_FW_FEAT_BMAP_REG(<paramref name="number"/>).</summary>
    public static RegisterId FirmwareBitmap(int number) =>
        new(Arm64 | 3UL << 52 | BitmapKind << CoprocShift | (uint)number);

    /// <summary>CCSIDR_EL1 for the value <paramref name="selector"/> of CSSELR_EL1.</summary>
    public static RegisterId Ccsidr(int selector) => new(Arm64 | 2UL << 52 | DemuxKind << CoprocShift | (uint)selector);

    /// <summary>X0 to X30.</summary>
    public static RegisterId X(int number) => new(Arm64 | 3UL << 52 | CoreKind << CoprocShift | (uint)number * 2);

    /// <summary>V0 to V31.</summary>
    public static RegisterId V(int number) =>
        new(Arm64 | 4UL << 52 | CoreKind << CoprocShift | Vectors + (uint)number * 4);

    /// <summary>PSTATE, 64 bits wide in struct kvm_regs.</summary>
    public static RegisterId ProcessorState { get; } = new(Arm64 | 3UL << 52 | CoreKind << CoprocShift | Pstate);

    /// <summary>The program counter.</summary>
    public static RegisterId ProgramCounter { get; } = new(Arm64 | 3UL << 52 | CoreKind << CoprocShift | Pc);

    /// <summary>KVM_REG_ARM64_SVE_VLS: the vector lengths, a bit for each multiple of 128 bits.</summary>
    public static RegisterId VectorLengths { get; } = new(Arm64 | 6UL << 52 | SveKind << CoprocShift | 0xFFFF);

    /// <summary>The size of the value in bits: 8 to 2048.</summary>
    public int Bits => 8 << (int)(Value >> 52 & 0xF);

    /// <summary>The size of the value in bytes: KVM_REG_SIZE.</summary>
    public int Bytes => Bits / 8;

    /// <summary>What it names.</summary>
    public RegisterKind Kind
    {
        get
        {
            // Nothing may be set between the size and the kind, nor above the architecture's bits.
            if ((Value & 0xFF0F_FFFF_F000_0000) != Arm64)
            {
                return RegisterKind.Unknown;
            }

            return (Value >> CoprocShift & 0xFFF) switch
            {
                CoreKind => Number is >= Vectors and <= Fpcr ? RegisterKind.Simd : RegisterKind.Core,
                DemuxKind when (Number & 0xFF00) == 0 => RegisterKind.Ccsidr,
                SystemKind => RegisterNames.IsTimer(this) ? RegisterKind.Timer : RegisterKind.System,
                FirmwareKind => RegisterKind.Firmware,
                SveKind => RegisterKind.Sve,
                BitmapKind => RegisterKind.FirmwareBitmap,
                _ => RegisterKind.Unknown,
            };
        }
    }

    /// <summary>
    /// The name that kernel developers use: "ID_AA64PFR0_EL1", "X19", "V8", "PC", "KVM_REG_ARM_PSCI_VERSION",
    /// "CCSIDR[3]"; for a system register without a known name the encoding, "S3_0_C0_C4_3"; otherwise the id.
    /// </summary>
    public string Name =>
        RegisterNames.Of(this)
        ?? Kind switch
        {
            RegisterKind.Core or RegisterKind.Simd => CoreName(Number),
            RegisterKind.Ccsidr => $"CCSIDR[{Number}]",
            RegisterKind.System or RegisterKind.Timer => $"S{Op0}_{Op1}_C{CRn}_C{CRm}_{Op2}",
            RegisterKind.Firmware => $"KVM_REG_ARM_FW_REG({Number})",
            RegisterKind.FirmwareBitmap => $"KVM_REG_ARM_FW_FEAT_BMAP_REG({Number})",
            RegisterKind.Sve => SveName(),
            _ => ToString(),
        };

    /// <summary>The encoding's parts; of a system register or timer only.</summary>
    public int Op0 => (int)(Value >> 14 & 3);

    public int Op1 => (int)(Value >> 11 & 7);

    public int CRn => (int)(Value >> 7 & 15);

    public int CRm => (int)(Value >> 3 & 15);

    public int Op2 => (int)(Value & 7);

    private uint Number => (uint)(Value & 0xFFFF);

    /// <summary>Reads sixteen hex digits.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static RegisterId Parse(string text) =>
        TryParse(text, out var id)
            ? id
            : throw new FormatException($"register id \"{text}\": sixteen hex digits expected, as 603000000013c080");

    /// <summary>Reads sixteen hex digits; false of any other text.</summary>
    public static bool TryParse(string? text, out RegisterId id)
    {
        var read =
            text?.Length == 16
            & ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        id = new(read ? value : 0);
        return read;
    }

    /// <summary>Sixteen hex digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    private static string CoreName(uint number) =>
        number switch
        {
            < Sp when number % 2 == 0 => $"X{number / 2}",
            Sp => "SP_EL0", // struct user_pt_regs calls it sp.
            Pc => "PC",
            Pstate => "PSTATE",
            SpEl1 => "SP_EL1",
            ElrEl1 => "ELR_EL1",
            >= Spsr and < Spsr + 10 when number % 2 == 0 => SpsrNames[(number - Spsr) / 2],
            >= Vectors and < Fpsr when number % 4 == 0 => $"V{(number - Vectors) / 4}",
            Fpsr => "FPSR",
            Fpcr => "FPCR",
            _ => $"KVM_REG_ARM_CORE[{number}]",
        };

    // KVM_REG_ARM64_SVE_ZREG(n, slice) and so on: the number above five bits of slice.
    private string SveName()
    {
        var (name, number) = Number switch
        {
            0xFFFF => ("KVM_REG_ARM64_SVE_VLS", -1),
            >= 0x600 => ("FFR", -1),
            >= 0x400 => ("P", (int)(Number >> 5 & 15)),
            _ => ("Z", (int)(Number >> 5 & 31)),
        };
        var slice = Number == 0xFFFF ? 0 : Number & 31;
        return (number < 0 ? name : $"{name}{number}") + (slice == 0 ? "" : $"[{slice}]");
    }
}
