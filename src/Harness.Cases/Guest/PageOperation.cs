namespace Harness.Cases.Guest;

/// <summary>
/// What a guest with its MMU on does with the page at X1, to observe the combination of both translation stages.
/// </summary>
public enum PageOperation
{
    /// <summary>
    /// LDR W0, [X1], then LDUR W0, [X1, #13]: across a 16-byte boundary, so that FEAT_LSE2 makes no difference.
    /// </summary>
    UnalignedLoad,

    /// <summary>STR W2, [X1], then STUR W2, [X1, #13].</summary>
    UnalignedStore,

    /// <summary>STR W2, [X1], then DC ZVA, X1.</summary>
    ZeroBlock,

    /// <summary>
    /// LDXR and STXR of [X1], until STXR stores or the limit of tries is reached; X17 is 0 if it stored.
    /// </summary>
    ExclusivePair,

    /// <summary>LDADD W2, W0, [X1] (FEAT_LSE).</summary>
    AtomicAdd,

    /// <summary>CAS W0, W2, [X1] (FEAT_LSE).</summary>
    CompareAndSwap,

    /// <summary>BR X1: the page holds zeroes, which are UDF #0.</summary>
    Execute,

    /// <summary>LDR W0, [X1], then AT S1E1R, X1; X17 is PAR_EL1.</summary>
    Translate,

    /// <summary>
    /// STR of a descriptor into the page, which is a last-level table in the guest's tables, then LDR W17 of what it
    /// maps: the CPU's table walk reads the page.
    /// </summary>
    Walk,
}
