namespace Harness.Cases.Guest;

/// <summary>A system register by its encoding for MRS and MSR, Arm ARM C5.3 and D24.</summary>
public readonly record struct SystemRegister(string Name, int Op0, int Op1, int CRn, int CRm, int Op2)
{
    public static SystemRegister SctlrEl1 { get; } = new("sctlr_el1", 3, 0, 1, 0, 0);

    public static SystemRegister CpacrEl1 { get; } = new("cpacr_el1", 3, 0, 1, 0, 2);

    public static SystemRegister Ttbr0El1 { get; } = new("ttbr0_el1", 3, 0, 2, 0, 0);

    public static SystemRegister TcrEl1 { get; } = new("tcr_el1", 3, 0, 2, 0, 2);

    public static SystemRegister SpsrEl1 { get; } = new("spsr_el1", 3, 0, 4, 0, 0);

    public static SystemRegister ElrEl1 { get; } = new("elr_el1", 3, 0, 4, 0, 1);

    public static SystemRegister CurrentEl { get; } = new("currentel", 3, 0, 4, 2, 2);

    public static SystemRegister EsrEl1 { get; } = new("esr_el1", 3, 0, 5, 2, 0);

    public static SystemRegister FarEl1 { get; } = new("far_el1", 3, 0, 6, 0, 0);

    public static SystemRegister ParEl1 { get; } = new("par_el1", 3, 0, 7, 4, 0);

    public static SystemRegister MairEl1 { get; } = new("mair_el1", 3, 0, 10, 2, 0);

    public static SystemRegister ContextidrEl1 { get; } = new("contextidr_el1", 3, 0, 13, 0, 1);

    public static SystemRegister TpidrEl1 { get; } = new("tpidr_el1", 3, 0, 13, 0, 4);

    public static SystemRegister TpidrEl0 { get; } = new("tpidr_el0", 3, 3, 13, 0, 2);

    public static SystemRegister VbarEl1 { get; } = new("vbar_el1", 3, 0, 12, 0, 0);

    public static SystemRegister CtrEl0 { get; } = new("ctr_el0", 3, 3, 0, 0, 1);

    public static SystemRegister DczidEl0 { get; } = new("dczid_el0", 3, 3, 0, 0, 7);

    public static SystemRegister HcrEl2 { get; } = new("hcr_el2", 3, 4, 1, 1, 0);

    public static SystemRegister VttbrEl2 { get; } = new("vttbr_el2", 3, 4, 2, 1, 0);

    public static SystemRegister VtcrEl2 { get; } = new("vtcr_el2", 3, 4, 2, 1, 2);

    public static SystemRegister SpsrEl2 { get; } = new("spsr_el2", 3, 4, 4, 0, 0);

    public static SystemRegister ElrEl2 { get; } = new("elr_el2", 3, 4, 4, 0, 1);

    public static SystemRegister EsrEl2 { get; } = new("esr_el2", 3, 4, 5, 2, 0);

    public static SystemRegister FarEl2 { get; } = new("far_el2", 3, 4, 6, 0, 0);

    public static SystemRegister HpfarEl2 { get; } = new("hpfar_el2", 3, 4, 6, 0, 4);

    public static SystemRegister VbarEl2 { get; } = new("vbar_el2", 3, 4, 12, 0, 0);

    public static IReadOnlyList<SystemRegister> All { get; } =
    [
        SctlrEl1,
        CpacrEl1,
        Ttbr0El1,
        TcrEl1,
        SpsrEl1,
        ElrEl1,
        CurrentEl,
        EsrEl1,
        FarEl1,
        ParEl1,
        MairEl1,
        VbarEl1,
        ContextidrEl1,
        TpidrEl1,
        TpidrEl0,
        CtrEl0,
        DczidEl0,
        HcrEl2,
        VttbrEl2,
        VtcrEl2,
        SpsrEl2,
        ElrEl2,
        EsrEl2,
        FarEl2,
        HpfarEl2,
        VbarEl2,
    ];

    /// <summary>Bits 19:5 of MRS and MSR (register).</summary>
    internal uint Bits => (uint)(((Op0 & 1) << 19) | (Op1 << 16) | (CRn << 12) | (CRm << 8) | (Op2 << 5));
}
