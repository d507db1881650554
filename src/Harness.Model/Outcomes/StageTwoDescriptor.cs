namespace Harness.Model.Outcomes;

/// <summary>
/// A stage-2 block or page descriptor, VMSAv8-64 (Arm ARM D8.3 and D8.6; arch/arm64/kvm/hyp/pgtable.c,
/// stage2_set_prot_attr()).
/// </summary>
/// <param name="Raw">The 64 bits.</param>
/// <param name="Level">The level it was found at: 3 for a page.</param>
public readonly record struct StageTwoDescriptor(ulong Raw, int Level)
{
    /// <summary>MemAttr[3:0], bits 5:2.</summary>
    public int MemAttr => (int)(Raw >> 2) & 0xf;

    /// <summary>S2AP[0], bit 6.</summary>
    public bool Read => (Raw & 1ul << 6) != 0;

    /// <summary>S2AP[1], bit 7.</summary>
    public bool Write => (Raw & 1ul << 7) != 0;

    /// <summary>SH[1:0], bits 9:8; output address bits where the table is in the 52-bit format (LPA2).</summary>
    public int Shareability => (int)(Raw >> 8) & 3;

    /// <summary>
    /// XN[1:0], bits 54:53: 00 and 11 let EL1 execute, 01 and 10 don't. Without FEAT_XNX bit 53 is zero.
    /// </summary>
    public bool Execute => ((Raw >> 53) & 3) is 0 or 3;

    /// <summary>
    /// The physical address of the page at an address that the leaf maps: the bits of <see cref="AddressBits"/>.
    /// </summary>
    /// <param name="ipa">The guest physical address.</param>
    /// <param name="pageSize">The granule, in bytes.</param>
    public ulong PageAddress(ulong ipa, ulong pageSize)
    {
        ulong size = Level == PageLevel ? pageSize : pageSize * (pageSize / sizeof(ulong));
        ulong raw = Raw & LowBits | (pageSize == LargestGranule ? (Raw >> 12 & 0xf) << 48 : 0);
        return (raw & ~(size - 1)) | (ipa & (size - 1) & ~(pageSize - 1));
    }

    /// <summary>
    /// The bits of an address that <see cref="PageAddress"/> has: 51:0 with the 64 KiB granule, where bits 15:12 of a
    /// descriptor are bits 51:48 of the address (kvm_pte_to_phys(), arch/arm64/include/asm/kvm_pgtable.h); otherwise
    /// 47:0, since with LPA2 the others are where tables without it have shareability.
    /// </summary>
    /// <param name="pageSize">The granule, in bytes.</param>
    public static ulong AddressBits(ulong pageSize) => pageSize == LargestGranule ? (1ul << 52) - 1 : LowBits;

    private const ulong LowBits = (1ul << 48) - 1;
    private const ulong LargestGranule = 64 << 10;

    private const int PageLevel = 3;

    /// <summary>
    /// The memory type under HCR_EL2.FWB as given, or null for an encoding that KVM never writes. With FWB, 0b0110 is
    /// forced write-back; without it, 0b1111 is write-back.
    /// </summary>
    public MemoryType? Type(bool fwb) =>
        (fwb, MemAttr) switch
        {
            (true, 0b0110) => MemoryType.NormalWriteBack,
            (false, 0b1111) => MemoryType.NormalWriteBack,
            (_, 0b0101) => MemoryType.NormalNonCacheable,
            (_, 0b0001) => MemoryType.DeviceNGnRE,
            _ => null,
        };

    /// <summary>"0x00400000b21447d7 level 3: MemAttr=0b0101 S2AP=rw SH=0b11 AF=1 XN=0b10".</summary>
    public override string ToString() =>
        $"0x{Raw:x16} level {Level}: MemAttr=0b{MemAttr:b4} S2AP={(Read ? 'r' : '-')}{(Write ? 'w' : '-')} "
        + $"SH=0b{Shareability:b2} AF={(Raw >> 10) & 1} XN=0b{(Raw >> 53) & 3:b2}";
}
