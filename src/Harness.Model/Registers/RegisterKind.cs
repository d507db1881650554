namespace Harness.Model.Registers;

/// <summary>
/// The kinds of 64-bit register ids in KVM_GET_REG_LIST, by their KVM_REG_ARM_COPROC_MASK
/// (arch/arm64/include/uapi/asm/kvm.h).
/// </summary>
public enum RegisterKind : byte
{
    /// <summary>None of the following: an id of another architecture, or of a kernel newer than those read.</summary>
    Unknown,

    /// <summary>KVM_REG_ARM_CORE: general registers, PC, PSTATE, SP_EL1, ELR_EL1, SPSRs.</summary>
    Core,

    /// <summary>KVM_REG_ARM_CORE: V0 to V31, FPSR, FPCR. A vCPU with SVE has no V registers.</summary>
    Simd,

    /// <summary>KVM_REG_ARM64_SYSREG, except the timers.</summary>
    System,

    /// <summary>KVM_REG_ARM_DEMUX: CCSIDR_EL1, one id for each value of CSSELR_EL1.</summary>
    Ccsidr,

    /// <summary>KVM_REG_ARM_FW: the PSCI version and the firmware's Spectre mitigations.</summary>
    Firmware,

    /// <summary>KVM_REG_ARM_FW_FEAT_BMAP: bitmaps of hypercall services.</summary>
    FirmwareBitmap,

    /// <summary>KVM_REG_ARM64_SVE.</summary>
    Sve,

    /// <summary>KVM_REG_ARM_TIMER_* and KVM_REG_ARM_PTIMER_*, which are system registers by their encoding.</summary>
    Timer,
}
