using System.Collections.Frozen;
using System.Globalization;

namespace Harness.Model.Registers;

/// <summary>A register that a kernel lists, and the features that a vCPU or its VM needs for it to be listed.</summary>
/// <param name="Id">KVM's id.</param>
/// <param name="Name">The architecture's name, or KVM's.</param>
/// <param name="Needs">
/// Empty for a register of every vCPU; else "PMUv3", "PAUTH", "SVE", "EL2" (features of KVM_ARM_VCPU_INIT), "MTE" (a
/// capability of the VM), or the field of an ID register of the VM that must not be 0: "ID_AA64MMFR3_EL1.TCRX".
/// </param>
public sealed record KnownRegister(RegisterId Id, string Name, string Needs);

/// <summary>
/// The registers that kernels from 6.1 to 7.3 list, by name: sys_reg_descs[] in arch/arm64/kvm/sys_regs.c with the
/// encodings of arch/arm64/tools/sysreg; timers, firmware and its bitmaps from arch/arm64/include/uapi/asm/kvm.h.
/// </summary>
public static class RegisterNames
{
    private static readonly FrozenDictionary<ulong, KnownRegister> ById = Read()
        .ToFrozenDictionary(known => known.Id.Value);

    private static readonly FrozenDictionary<string, KnownRegister> ByName = ById.Values.ToFrozenDictionary(known =>
        known.Name
    );

    /// <summary>
    /// All, in no particular order; core, SVE and CCSIDR registers are named by their numbers and are not included.
    /// </summary>
    public static IReadOnlyCollection<KnownRegister> All => ById.Values;

    /// <summary>What is known about a register; null for one that is named by its number, or is unknown.</summary>
    public static KnownRegister? Find(RegisterId id) => ById.GetValueOrDefault(id.Value);

    /// <summary>The id of a register in the table.</summary>
    /// <exception cref="ArgumentException">There is no register of that name.</exception>
    public static RegisterId Get(string name) =>
        ByName.TryGetValue(name, out var known)
            ? known.Id
            : throw new ArgumentException($"no register \"{name}\" is known", nameof(name));

    internal static string? Of(RegisterId id) => ById.GetValueOrDefault(id.Value)?.Name;

    internal static bool IsTimer(RegisterId id) =>
        id is { Op0: 3, Op1: 3, CRn: 14 }
        && ById.GetValueOrDefault(id.Value)?.Name.Contains("TIMER_", StringComparison.Ordinal) == true;

    private static IEnumerable<KnownRegister> Read()
    {
        foreach (var line in Table.Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var code = words[0].Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            yield return new(
                RegisterId.System(code[0], code[1], code[2], code[3], code[4]),
                words[1],
                words.ElementAtOrDefault(2) ?? ""
            );
        }

        for (var n = 0; n < 16; n++)
        {
            yield return new(RegisterId.System(2, 0, 0, n, 4), $"DBGBVR{n}_EL1", "");
            yield return new(RegisterId.System(2, 0, 0, n, 5), $"DBGBCR{n}_EL1", "");
            yield return new(RegisterId.System(2, 0, 0, n, 6), $"DBGWVR{n}_EL1", "");
            yield return new(RegisterId.System(2, 0, 0, n, 7), $"DBGWCR{n}_EL1", "");
        }

        for (var n = 0; n < 31; n++)
        {
            yield return new(RegisterId.System(3, 3, 14, 8 + n / 8, n % 8), $"PMEVCNTR{n}_EL0", "PMUv3");
            yield return new(RegisterId.System(3, 3, 14, 12 + n / 8, n % 8), $"PMEVTYPER{n}_EL0", "PMUv3");
        }

        string[] firmware =
        [
            "PSCI_VERSION",
            "SMCCC_ARCH_WORKAROUND_1",
            "SMCCC_ARCH_WORKAROUND_2",
            "SMCCC_ARCH_WORKAROUND_3",
        ];
        for (var n = 0; n < firmware.Length; n++)
        {
            yield return new(RegisterId.Firmware(n), $"KVM_REG_ARM_{firmware[n]}", "");
        }

        string[] bitmaps = ["STD_BMAP", "STD_HYP_BMAP", "VENDOR_HYP_BMAP", "VENDOR_HYP_BMAP_2"];
        for (var n = 0; n < bitmaps.Length; n++)
        {
            yield return new(RegisterId.FirmwareBitmap(n), $"KVM_REG_ARM_{bitmaps[n]}", "");
        }
    }

    // op0,op1,CRn,CRm,op2, name, needs. The encodings of KVM_REG_ARM_TIMER_CVAL and _CNT are swapped: an accidental
    // ABI, as the header says.
    private const string Table = """
        2,0,0,2,0 MDCCINT_EL1
        2,0,0,2,2 MDSCR_EL1
        2,0,1,1,4 OSLSR_EL1
        2,4,0,7,0 DBGVCR32_EL2
        3,0,0,0,0 MIDR_EL1
        3,0,0,0,5 MPIDR_EL1
        3,0,0,0,6 REVIDR_EL1
        3,0,0,1,0 ID_PFR0_EL1
        3,0,0,1,1 ID_PFR1_EL1
        3,0,0,1,2 ID_DFR0_EL1
        3,0,0,1,3 ID_AFR0_EL1
        3,0,0,1,4 ID_MMFR0_EL1
        3,0,0,1,5 ID_MMFR1_EL1
        3,0,0,1,6 ID_MMFR2_EL1
        3,0,0,1,7 ID_MMFR3_EL1
        3,0,0,2,0 ID_ISAR0_EL1
        3,0,0,2,1 ID_ISAR1_EL1
        3,0,0,2,2 ID_ISAR2_EL1
        3,0,0,2,3 ID_ISAR3_EL1
        3,0,0,2,4 ID_ISAR4_EL1
        3,0,0,2,5 ID_ISAR5_EL1
        3,0,0,2,6 ID_MMFR4_EL1
        3,0,0,2,7 ID_ISAR6_EL1
        3,0,0,3,0 MVFR0_EL1
        3,0,0,3,1 MVFR1_EL1
        3,0,0,3,2 MVFR2_EL1
        3,0,0,3,4 ID_PFR2_EL1
        3,0,0,3,5 ID_DFR1_EL1
        3,0,0,3,6 ID_MMFR5_EL1
        3,0,0,4,0 ID_AA64PFR0_EL1
        3,0,0,4,1 ID_AA64PFR1_EL1
        3,0,0,4,2 ID_AA64PFR2_EL1
        3,0,0,4,4 ID_AA64ZFR0_EL1
        3,0,0,4,5 ID_AA64SMFR0_EL1
        3,0,0,4,7 ID_AA64FPFR0_EL1
        3,0,0,5,0 ID_AA64DFR0_EL1
        3,0,0,5,1 ID_AA64DFR1_EL1
        3,0,0,5,4 ID_AA64AFR0_EL1
        3,0,0,5,5 ID_AA64AFR1_EL1
        3,0,0,6,0 ID_AA64ISAR0_EL1
        3,0,0,6,1 ID_AA64ISAR1_EL1
        3,0,0,6,2 ID_AA64ISAR2_EL1
        3,0,0,6,3 ID_AA64ISAR3_EL1
        3,0,0,7,0 ID_AA64MMFR0_EL1
        3,0,0,7,1 ID_AA64MMFR1_EL1
        3,0,0,7,2 ID_AA64MMFR2_EL1
        3,0,0,7,3 ID_AA64MMFR3_EL1
        3,0,0,7,4 ID_AA64MMFR4_EL1
        3,0,1,0,0 SCTLR_EL1
        3,0,1,0,1 ACTLR_EL1
        3,0,1,0,2 CPACR_EL1
        3,0,1,0,3 SCTLR2_EL1 ID_AA64MMFR3_EL1.SCTLRX
        3,0,1,0,5 RGSR_EL1 MTE
        3,0,1,0,6 GCR_EL1 MTE
        3,0,1,2,0 ZCR_EL1 SVE
        3,0,2,0,0 TTBR0_EL1
        3,0,2,0,1 TTBR1_EL1
        3,0,2,0,2 TCR_EL1
        3,0,2,0,3 TCR2_EL1 ID_AA64MMFR3_EL1.TCRX
        3,0,2,1,0 APIAKEYLO_EL1 PAUTH
        3,0,2,1,1 APIAKEYHI_EL1 PAUTH
        3,0,2,1,2 APIBKEYLO_EL1 PAUTH
        3,0,2,1,3 APIBKEYHI_EL1 PAUTH
        3,0,2,2,0 APDAKEYLO_EL1 PAUTH
        3,0,2,2,1 APDAKEYHI_EL1 PAUTH
        3,0,2,2,2 APDBKEYLO_EL1 PAUTH
        3,0,2,2,3 APDBKEYHI_EL1 PAUTH
        3,0,2,3,0 APGAKEYLO_EL1 PAUTH
        3,0,2,3,1 APGAKEYHI_EL1 PAUTH
        3,0,5,1,0 AFSR0_EL1
        3,0,5,1,1 AFSR1_EL1
        3,0,5,2,0 ESR_EL1
        3,0,5,6,0 TFSR_EL1 MTE
        3,0,5,6,1 TFSRE0_EL1 MTE
        3,0,6,0,0 FAR_EL1
        3,0,7,4,0 PAR_EL1
        3,0,9,14,1 PMINTENSET_EL1 PMUv3
        3,0,9,14,2 PMINTENCLR_EL1 PMUv3
        3,0,9,14,6 PMMIR_EL1 PMUv3
        3,0,10,2,0 MAIR_EL1
        3,0,10,2,2 PIRE0_EL1 ID_AA64MMFR3_EL1.S1PIE
        3,0,10,2,3 PIR_EL1 ID_AA64MMFR3_EL1.S1PIE
        3,0,10,2,4 POR_EL1 ID_AA64MMFR3_EL1.S1POE
        3,0,10,3,0 AMAIR_EL1
        3,0,12,0,0 VBAR_EL1
        3,0,12,1,1 DISR_EL1
        3,0,13,0,1 CONTEXTIDR_EL1
        3,0,13,0,4 TPIDR_EL1
        3,0,14,1,0 CNTKCTL_EL1
        3,1,0,0,1 CLIDR_EL1
        3,1,0,0,7 AIDR_EL1
        3,2,0,0,0 CSSELR_EL1
        3,3,0,0,1 CTR_EL0
        3,3,4,2,2 SVCR ID_AA64PFR1_EL1.SME
        3,3,4,4,2 FPMR ID_AA64PFR2_EL1.FPMR
        3,3,9,12,0 PMCR_EL0 PMUv3
        3,3,9,12,1 PMCNTENSET_EL0 PMUv3
        3,3,9,12,2 PMCNTENCLR_EL0 PMUv3
        3,3,9,12,3 PMOVSCLR_EL0 PMUv3
        3,3,9,12,4 PMSWINC_EL0 PMUv3
        3,3,9,12,5 PMSELR_EL0 PMUv3
        3,3,9,13,0 PMCCNTR_EL0 PMUv3
        3,3,9,14,0 PMUSERENR_EL0 PMUv3
        3,3,9,14,3 PMOVSSET_EL0 PMUv3
        3,3,10,2,4 POR_EL0 ID_AA64MMFR3_EL1.S1POE
        3,3,13,0,2 TPIDR_EL0
        3,3,13,0,3 TPIDRRO_EL0
        3,3,14,15,7 PMCCFILTR_EL0 PMUv3
        3,4,0,0,0 VPIDR_EL2 EL2
        3,4,0,0,5 VMPIDR_EL2 EL2
        3,4,1,0,0 SCTLR_EL2 EL2
        3,4,1,0,1 ACTLR_EL2 EL2
        3,4,1,0,3 SCTLR2_EL2 EL2
        3,4,1,1,0 HCR_EL2 EL2
        3,4,1,1,1 MDCR_EL2 EL2
        3,4,1,1,2 CPTR_EL2 EL2
        3,4,1,1,3 HSTR_EL2 EL2
        3,4,1,1,4 HFGRTR_EL2 EL2
        3,4,1,1,5 HFGWTR_EL2 EL2
        3,4,1,1,6 HFGITR_EL2 EL2
        3,4,1,1,7 HACR_EL2 EL2
        3,4,1,2,0 ZCR_EL2 EL2
        3,4,1,2,2 HCRX_EL2 EL2
        3,4,1,5,0 NVHCR_EL2 EL2
        3,4,2,0,0 TTBR0_EL2 EL2
        3,4,2,0,1 TTBR1_EL2 EL2
        3,4,2,0,2 TCR_EL2 EL2
        3,4,2,0,3 TCR2_EL2 EL2
        3,4,2,1,0 VTTBR_EL2 EL2
        3,4,2,1,2 VTCR_EL2 EL2
        3,4,2,2,0 VNCR_EL2 EL2
        3,4,3,0,0 DACR32_EL2
        3,4,3,1,0 HDFGRTR2_EL2 EL2
        3,4,3,1,1 HDFGWTR2_EL2 EL2
        3,4,3,1,2 HFGRTR2_EL2 EL2
        3,4,3,1,3 HFGWTR2_EL2 EL2
        3,4,3,1,4 HDFGRTR_EL2 EL2
        3,4,3,1,5 HDFGWTR_EL2 EL2
        3,4,3,1,6 HAFGRTR_EL2 EL2
        3,4,3,1,7 HFGITR2_EL2 EL2
        3,4,4,0,0 SPSR_EL2 EL2
        3,4,4,0,1 ELR_EL2 EL2
        3,4,5,0,1 IFSR32_EL2
        3,4,5,1,0 AFSR0_EL2 EL2
        3,4,5,1,1 AFSR1_EL2 EL2
        3,4,5,2,0 ESR_EL2 EL2
        3,4,5,2,3 VSESR_EL2 EL2
        3,4,5,3,0 FPEXC32_EL2
        3,4,6,0,0 FAR_EL2 EL2
        3,4,6,0,4 HPFAR_EL2 EL2
        3,4,10,2,0 MAIR_EL2 EL2
        3,4,10,2,2 PIRE0_EL2 EL2
        3,4,10,2,3 PIR_EL2 EL2
        3,4,10,2,4 POR_EL2 EL2
        3,4,10,3,0 AMAIR_EL2 EL2
        3,4,12,0,0 VBAR_EL2 EL2
        3,4,12,0,1 RVBAR_EL2 EL2
        3,4,12,1,1 VDISR_EL2 EL2
        3,4,12,11,0 ICH_HCR_EL2 EL2
        3,4,13,0,1 CONTEXTIDR_EL2 EL2
        3,4,13,0,2 TPIDR_EL2 EL2
        3,4,14,0,3 CNTVOFF_EL2 EL2
        3,4,14,1,0 CNTHCTL_EL2 EL2
        3,4,14,2,1 CNTHP_CTL_EL2 EL2
        3,4,14,2,2 CNTHP_CVAL_EL2 EL2
        3,4,14,3,1 CNTHV_CTL_EL2 EL2
        3,4,14,3,2 CNTHV_CVAL_EL2 EL2
        3,6,4,1,0 SP_EL2 EL2
        3,3,14,3,1 KVM_REG_ARM_TIMER_CTL
        3,3,14,0,2 KVM_REG_ARM_TIMER_CVAL
        3,3,14,3,2 KVM_REG_ARM_TIMER_CNT
        3,3,14,2,1 KVM_REG_ARM_PTIMER_CTL
        3,3,14,2,2 KVM_REG_ARM_PTIMER_CVAL
        3,3,14,0,1 KVM_REG_ARM_PTIMER_CNT
        """;
}
