namespace Harness.Model.Caches;

/// <summary>What is done to the word under test. All stores are of whole words, to one line.</summary>
public enum CacheAct : byte
{
    /// <summary>The process stores the word "new".</summary>
    HostStore,

    /// <summary>The process loads.</summary>
    HostLoad,

    /// <summary>DC CVAC by the process: allowed at EL0 where SCTLR_EL1.UCI is set, as Linux does.</summary>
    HostClean,

    /// <summary>DC CIVAC by the process.</summary>
    HostCleanInvalidate,

    /// <summary>The slot is deleted and registered again: stage 2 loses the page, and the next access faults.</summary>
    RecreateSlot,

    GuestLoad,

    /// <summary>The guest stores the word "guest".</summary>
    GuestStore,

    /// <summary>The guest executes the word, which is a branch to a place of its own for each word.</summary>
    GuestExecute,

    /// <summary>DC CVAC by the guest.</summary>
    GuestClean,

    /// <summary>DC CIVAC by the guest.</summary>
    GuestCleanInvalidate,

    /// <summary>DC IVAC by the guest.</summary>
    GuestInvalidate,

    /// <summary>LDXR, and STXR of the word "guest".</summary>
    GuestExclusive,

    /// <summary>LDADD of zero (FEAT_LSE): an atomic load and store of the same word.</summary>
    GuestAtomic,
}

/// <summary>How an act is done.</summary>
public static class CacheActs
{
    public static bool ByGuest(this CacheAct act) => act >= CacheAct.GuestLoad;

    /// <summary>It returns a word.</summary>
    public static bool Reads(this CacheAct act) =>
        act
            is CacheAct.HostLoad
                or CacheAct.GuestLoad
                or CacheAct.GuestExecute
                or CacheAct.GuestExclusive
                or CacheAct.GuestAtomic;

    /// <summary>A maintenance instruction of the guest.</summary>
    public static bool Maintains(this CacheAct act) =>
        act is CacheAct.GuestClean or CacheAct.GuestCleanInvalidate or CacheAct.GuestInvalidate;

    /// <summary>An instruction that only write-back memory must support.</summary>
    public static bool IsExclusive(this CacheAct act) => act is CacheAct.GuestExclusive or CacheAct.GuestAtomic;

    /// <summary>What stage 2 sees of it: a store needs W, a fetch X.</summary>
    public static Access Access(this CacheAct act) =>
        act switch
        {
            CacheAct.GuestStore or CacheAct.GuestExclusive or CacheAct.GuestAtomic => Model.Access.Write,
            CacheAct.GuestExecute => Model.Access.Execute,
            _ => Model.Access.Read,
        };
}
