using System.Globalization;
using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Kvm;

/// <summary>
/// Register ids for KVM_GET_ONE_REG and KVM_SET_ONE_REG; those with a name are all 64 bits wide. Core registers are
/// numbered by their offset in struct kvm_regs in units of 32 bits (KVM_REG_ARM_CORE_REG), system registers by their
/// MRS encoding (ARM64_SYS_REG); Documentation/virt/kvm/api.rst, 4.68.
/// </summary>
public static class KvmRegister
{
    private const ulong Arm64 = 0x6000_0000_0000_0000; // KVM_REG_ARM64
    private const ulong Size64 = 0x0030_0000_0000_0000; // KVM_REG_SIZE_U64
    private const ulong Core = 0x0010 << 16; // KVM_REG_ARM_CORE
    private const ulong System = 0x0013 << 16; // KVM_REG_ARM64_SYSREG

    private static readonly Dictionary<string, ulong> _ids = Ids();

    /// <summary>Every name that <see cref="ByName"/> knows.</summary>
    public static IReadOnlyCollection<string> Names => _ids.Keys;

    [CConstant("ARM64_SYS_REG(3, 0, 12, 0, 0)", "asm/kvm.h")]
    public static ulong VBAR_EL1 => SysReg(3, 0, 12, 0, 0);

    [CConstant("ARM64_SYS_REG(3, 0, 1, 0, 0)", "asm/kvm.h")]
    public static ulong SCTLR_EL1 => SysReg(3, 0, 1, 0, 0);

    [CConstant("ARM64_SYS_REG(3, 3, 0, 0, 1)", "asm/kvm.h")]
    public static ulong CTR_EL0 => SysReg(3, 3, 0, 0, 1);

    [CConstant("ARM64_SYS_REG(3, 0, 0, 7, 0)", "asm/kvm.h")]
    public static ulong ID_AA64MMFR0_EL1 => SysReg(3, 0, 0, 7, 0);

    [CConstant("ARM64_SYS_REG(3, 0, 0, 7, 1)", "asm/kvm.h")]
    public static ulong ID_AA64MMFR1_EL1 => SysReg(3, 0, 0, 7, 1);

    [CConstant("ARM64_SYS_REG(3, 0, 0, 7, 2)", "asm/kvm.h")]
    public static ulong ID_AA64MMFR2_EL1 => SysReg(3, 0, 0, 7, 2);

    [CConstant("ARM64_SYS_REG(3, 0, 0, 4, 1)", "asm/kvm.h")]
    public static ulong ID_AA64PFR1_EL1 => SysReg(3, 0, 0, 4, 1);

    /// <summary>
    /// The id of the named register: "x0" to "x30", "sp", "pc", "pstate", "sp_el1", "elr_el1", "vbar_el1", "ctr_el0"...
    /// </summary>
    /// <exception cref="FormatException">No register is known by that name.</exception>
    public static ulong ByName(string name) =>
        _ids.TryGetValue(name, out ulong id) ? id : throw new FormatException($"no register is called '{name}'");

    /// <summary>KVM_REG_SIZE: the size of the register in bytes, a power of two.</summary>
    public static int Size(ulong id) => 1 << (int)(id >> 52 & 0xf);

    /// <summary>The feature-ID register at an index of the masks of KVM_ARM_GET_REG_WRITABLE_MASKS.</summary>
    /// <param name="index">
    /// KVM_ARM_FEATURE_ID_RANGE_IDX: below KVM_ARM_FEATURE_ID_RANGE_SIZE. Op1 is 0, 1 or 3; there is no entry for 2.
    /// </param>
    public static ulong OfFeatureIndex(int index)
    {
        uint op1 = (uint)index >> 6;
        return SysReg(3, op1 == 2 ? 3 : op1, 0, (uint)index >> 3 & 7, (uint)index & 7);
    }

    private static Dictionary<string, ulong> Ids()
    {
        var ids = new Dictionary<string, ulong>(StringComparer.Ordinal)
        {
            ["sp"] = CoreReg(31),
            ["pc"] = CoreReg(32),
            ["pstate"] = CoreReg(33),
            ["sp_el1"] = CoreReg(34),
            ["elr_el1"] = CoreReg(35),
            ["vbar_el1"] = VBAR_EL1,
            ["sctlr_el1"] = SCTLR_EL1,
            ["ctr_el0"] = CTR_EL0,
            ["id_aa64mmfr0_el1"] = ID_AA64MMFR0_EL1,
            ["id_aa64mmfr1_el1"] = ID_AA64MMFR1_EL1,
            ["id_aa64mmfr2_el1"] = ID_AA64MMFR2_EL1,
            ["id_aa64pfr1_el1"] = ID_AA64PFR1_EL1,
        };
        for (int i = 0; i <= 30; i++)
            ids.Add("x" + i.ToString(CultureInfo.InvariantCulture), CoreReg(i));
        return ids;
    }

    private static ulong CoreReg(int index) => Arm64 | Size64 | Core | (uint)(index * 2);

    private static ulong SysReg(uint op0, uint op1, uint crn, uint crm, uint op2) =>
        Arm64 | Size64 | System | op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2;
}
