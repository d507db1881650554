namespace Harness.Cases.Guest;

/// <summary>
/// What a guest with its stage-1 MMU off does with the page at X1. The high half of its report has the result.
/// </summary>
public enum GuestCommand
{
    /// <summary>LDR W0, [X1]: reports the word.</summary>
    Load,

    /// <summary>STR W2, [X1]: reports the word.</summary>
    Store,

    /// <summary>
    /// BR X1: reports <see cref="GuestProgram.HostWord"/> or <see cref="GuestProgram.GuestWord"/>, whichever it
    /// executed there. A zeroed page is UDF #0, an exception of class 0.
    /// </summary>
    Fetch,

    /// <summary>
    /// HVC #0 with the function MEM_SHARE, 0xC6000003, for the page: reports X0, 0 or -1 to -4 of SMCCC.
    /// </summary>
    Share,

    /// <summary>HVC #0 with the function MEM_UNSHARE, 0xC6000004, for the page: reports X0.</summary>
    Unshare,

    /// <summary>LDP X17, X24, [X1]: reports the lower word of the first.</summary>
    LoadPair,

    /// <summary>
    /// HVC #0 with the function HYP_MEMINFO, 0xC6000002: reports X0, which is the granule's size in bytes.
    /// </summary>
    MemoryInfo,
}
