namespace Harness.Model.Registers;

/// <summary>
/// All rules for refusing a register. "Since" is the first kernel read: 6.1.192, 6.12.107, 6.18.15, 7.1.13, 7.2.12 and
/// 7.3.4 were read.
/// </summary>
public static class RegisterRules
{
    private const string SysRegs = "arch/arm64/kvm/sys_regs.c";
    private const string Guest = "arch/arm64/kvm/guest.c";
    private const string Hypercalls = "arch/arm64/kvm/hypercalls.c";

    public static RegisterRule Unknown { get; } =
        new(
            "register-unknown",
            new(
                "id_to_sys_reg_desc",
                SysRegs,
                "6.1",
                "not in the table, or sysreg_hidden(); core_reg_addr() in guest.c has EINVAL, kvm_arm_set_fw_reg() in hypercalls.c ENOENT"
            ),
            "Registers that KVM_GET_REG_LIST doesn't list can't be set."
        );

    public static RegisterRule Hidden { get; } =
        new(
            "register-hidden",
            new(
                "kvm_sys_reg_set_user",
                SysRegs,
                "6.12",
                "sysreg_hidden(): s1poe_visibility(), fp8_visibility(); of TCR2_EL1, PIR_EL1 and PIRE0_EL1 in 6.18, while 6.12 lists them always"
            ),
            "If the ID registers, which are restored first, disable a feature of the VM, the feature's registers no longer exist."
        );

    public static RegisterRule Home { get; } =
        new(
            "refused-at-home",
            new("kvm_arm_set_reg", Guest, "6.1", "a value that the host refused although it was its own"),
            "The host doesn't even accept its own value of the register."
        );

    public static RegisterRule Invariant { get; } =
        new(
            "register-invariant",
            new(
                "set_invariant_sys_reg",
                SysRegs,
                "6.1",
                "MIDR_EL1, REVIDR_EL1, AIDR_EL1; before 6.3 CLIDR_EL1, before 6.12 CTR_EL0; set_imp_id_reg() from 6.15 unless KVM_CAP_ARM_WRITABLE_IMP_ID_REGS; set_oslsr_el1() but for OSLK; set_pmmir() from 7.3 but for 0"
            ),
            "The register has to have the host's value."
        );

    public static RegisterRule IdInvariant { get; } =
        new(
            "id-register-invariant",
            new("set_id_reg", SysRegs, "6.1", "val != read_id_reg(), before KVM_ARM_GET_REG_WRITABLE_MASKS (6.7)"),
            "An ID register has to have the host's value."
        );

    public static RegisterRule CacheSpeculation { get; } =
        new(
            "id-register-csv",
            new(
                "set_id_aa64pfr0_el1",
                SysRegs,
                "6.1",
                "csv2 > 1 || (csv2 && arm64_get_spectre_v2_state() != SPECTRE_UNAFFECTED), and the same of CSV3"
            ),
            "CSV2 and CSV3 may be lowered, but may not claim what the host isn't safe from."
        );

    public static RegisterRule IdFixed { get; } =
        new(
            "id-register-fixed",
            new(
                "arm64_check_features",
                SysRegs,
                "6.7",
                "(val & ~mask) != (limit & ~mask); set_id_reg() makes E2BIG EINVAL"
            ),
            "The bits of an ID register that aren't writable have to be the host's."
        );

    public static RegisterRule IdBeyond { get; } =
        new(
            "id-register-beyond",
            new("arm64_check_features", SysRegs, "6.7", "safe_val != f_val; set_id_reg() makes E2BIG EINVAL"),
            "A writable field of an ID register may not claim more than the host has."
        );

    public static RegisterRule IdLeast { get; } =
        new(
            "id-register-least",
            new(
                "set_id_aa64dfr0_el1",
                SysRegs,
                "6.12",
                "debugver < ID_AA64DFR0_EL1_DebugVer_IMP; set_id_dfr0_el1(): copdbg < ID_DFR0_EL1_CopDbg_Armv8, perfmon < ID_DFR0_EL1_PerfMon_PMUv3; from 6.18 set_id_aa64pfr0_el1(): EL0 and EL1"
            ),
            "A writable field of an ID register may not be less than any CPU has."
        );

    public static RegisterRule CacheLevels { get; } =
        new(
            "cache-levels",
            new(
                "set_clidr",
                SysRegs,
                "6.12",
                "(val & CLIDR_EL1_RES0) || (!(ctr_el0 & CTR_EL0_IDC) && idc); the real CLIDR_EL1 and invariant in 6.1"
            ),
            "CLIDR_EL1 may not claim that no cache has to be cleaned unless the host's CTR_EL0.IDC does."
        );

    public static RegisterRule CacheGeometry { get; } =
        new(
            "cache-geometry",
            new(
                "demux_c15_set",
                SysRegs,
                "6.1",
                "newval != get_ccsidr(val), of the CPU's own caches; a fabricated one from 6.3"
            ),
            "CCSIDR_EL1 has to have the host's value."
        );

    public static RegisterRule CacheLine { get; } =
        new(
            "cache-line",
            new("set_ccsidr", SysRegs, "6.12", "line_size < get_min_cache_line_size()"),
            "CCSIDR_EL1 may not claim lines that are smaller than the host's CTR_EL0 has."
        );

    public static RegisterRule Firmware { get; } =
        new(
            "firmware-beyond",
            new(
                "kvm_arm_set_fw_reg",
                Hypercalls,
                "6.1",
                "PSCI versions by name, 1.2 and 1.3 not in 6.1; get_kernel_wa_level() < val; kvm_arm_set_fw_reg_bmap(): val & ~fw_reg_features"
            ),
            "The firmware may not be newer, safer or richer than the host's."
        );

    public static RegisterRule Vectors { get; } =
        new(
            "vector-lengths",
            new("set_sve_vls", Guest, "6.1", "max_vq > kvm_sve_max_vl; vq_present() != sve_vq_available()"),
            "Up to the largest, the vector lengths have to be the host's."
        );

    public static RegisterRule State { get; } =
        new(
            "pstate-mode",
            new("set_core_reg", Guest, "6.1", "switch (mode)"),
            "PSTATE can't be of a mode that the vCPU hasn't."
        );

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RegisterRule> All { get; } =
    [
        Unknown,
        Hidden,
        Home,
        Invariant,
        IdInvariant,
        CacheSpeculation,
        IdFixed,
        IdBeyond,
        IdLeast,
        CacheLevels,
        CacheGeometry,
        CacheLine,
        Firmware,
        Vectors,
        State,
    ];
}
