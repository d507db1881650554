namespace Harness.Runs.Facts;

/// <summary>The CPUs' features, by every available source. Register fields are those of the Arm ARM, D24.2.</summary>
internal static class CpuFeatures
{
    private const int CapArmMte = 205; // KVM_CAP_ARM_MTE
    private const int CapIpaSize = 165; // KVM_CAP_ARM_VM_IPA_SIZE

    /// <summary>ID_AA64MMFR2_EL1.FWB, bits 43:40.</summary>
    public static Fact Fwb(ProbeFacts told) =>
        Of(
            "FWB",
            told,
            told.ByExporter("id_aa64mmfr2_el1", HasFwb),
            told.ByVcpu("id_aa64mmfr2_el1", HasFwb),
            told.Log.Of("Stage-2 Force Write-Back")
        );

    /// <summary>CTR_EL0.DIC, bit 29.</summary>
    public static Fact Dic(ProbeFacts told) =>
        Of(
            "DIC",
            told,
            told.ByExporter("ctr_el0", HasDic),
            told.ByProbe("ctr_el0", HasDic),
            told.ByVcpu("ctr_el0", HasDic),
            told.Log.Of("Instruction cache invalidation not required for I/D coherence")
        );

    /// <summary>CTR_EL0.IDC, bit 28; the kernel also sets it if CLIDR_EL1 has neither LoUU nor LoUIS.</summary>
    public static Fact Idc(ProbeFacts told) =>
        Of(
            "IDC",
            told,
            told.ByExporter("ctr_el0", HasIdc),
            told.ByProbe("ctr_el0", HasIdc),
            told.ByVcpu("ctr_el0", HasIdc),
            told.Log.Of("Data cache clean to the PoU not required for I/D coherence")
        );

    /// <summary>
    /// system_supports_mte(), which is also HWCAP2_MTE. The capability of a VM is the same, except in protected mode,
    /// where it is 0. The register (ID_AA64PFR1_EL1.MTE, bits 11:8: from 2 on memory has tags) can only prove absence:
    /// it has the field also if the kernel was built without CONFIG_ARM64_MTE.
    /// </summary>
    public static Fact Mte(ProbeFacts told, bool? isProtected) =>
        Of(
            "MTE",
            told,
            isProtected == false && told.OfVm(CapArmMte) is { } answer
                ? new FactSource("a VM's KVM_CAP_ARM_MTE", Fact.Word(answer != 0))
                : null,
            told.ByHwcap("mte"),
            told.ByExporter("id_aa64pfr1_el1", HasMte) is { Says: Fact.NotThere } no ? no : null
        );

    /// <summary>
    /// 52-bit addresses in stage 2: ID_AA64MMFR0_EL1 with the field of the kernel's own granule. An IPA size of 52 bits
    /// requires it, but with pages of 64 KiB, where FEAT_LPA is enough; a smaller one may have other reasons.
    /// </summary>
    public static Fact Lpa2(ProbeFacts told, long pageSize)
    {
        bool Has(ulong mmfr0) => HasLpa2(mmfr0, pageSize);
        return Of(
            "LPA2",
            told,
            told.ByExporter("id_aa64mmfr0_el1", Has),
            told.ByVcpu("id_aa64mmfr0_el1", Has),
            pageSize < LargestPage && told.OfVm(CapIpaSize) >= 52
                ? new FactSource("a VM's KVM_CAP_ARM_VM_IPA_SIZE", Fact.There)
                : null
        );
    }

    private const long LargestPage = 64 << 10;

    private static Fact Of(string name, ProbeFacts told, params FactSource?[] said) =>
        Fact.Of(
            name,
            (told.Exporter is null ? "the exporter module isn't loaded, " : "")
                + $"the kernel's log {told.Log.Weakness}, and there is no other source",
            [.. said.OfType<FactSource>()]
        );

    private static bool HasFwb(ulong mmfr2) => (mmfr2 >> 40 & 0xf) != 0;

    private static bool HasDic(ulong ctr) => (ctr >> 29 & 1) != 0;

    private static bool HasIdc(ulong ctr) => (ctr >> 28 & 1) != 0;

    private static bool HasMte(ulong pfr1) => (pfr1 >> 8 & 0xf) >= 2;

    /// <summary>
    /// TGran4_2 and TGran16_2: 0 means as at stage 1 (TGran4, TGran16), 3 has LPA2. Pages of 64 KiB have no LPA2.
    /// </summary>
    private static bool HasLpa2(ulong mmfr0, long pageSize) =>
        pageSize switch
        {
            4 << 10 => (mmfr0 >> 40 & 0xf) is var two && (two == 0 ? (mmfr0 >> 28 & 0xf) == 1 : two == 3),
            16 << 10 => (mmfr0 >> 32 & 0xf) is var two && (two == 0 ? (mmfr0 >> 20 & 0xf) == 2 : two == 3),
            _ => false,
        };
}
