namespace Harness.Cases.Guest;

/// <summary>What a guest does to the word at X1, or to its cache line. X17 is the word that it read.</summary>
public enum LineOperation
{
    /// <summary>LDR W17, [X1].</summary>
    Load,

    /// <summary>STR W2, [X1].</summary>
    Store,

    /// <summary>
    /// BR X1, where the word is BR X20, BR X21 or BR X22: X17 is which of X3, X4 and X5 the host has set for it.
    /// </summary>
    Execute,

    /// <summary>DC CVAC, X1.</summary>
    Clean,

    /// <summary>DC CIVAC, X1.</summary>
    CleanInvalidate,

    /// <summary>DC IVAC, X1.</summary>
    Invalidate,

    /// <summary>
    /// LDXR W17, [X1] and STXR of W2, until STXR stores or the limit of tries is reached; bit 32 of X17 is 1 if it
    /// never stored.
    /// </summary>
    Exclusive,

    /// <summary>LDADD WZR, W17, [X1] (FEAT_LSE).</summary>
    Atomic,
}
