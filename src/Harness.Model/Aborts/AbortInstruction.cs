using Harness.Model.Dimensions;

namespace Harness.Model.Aborts;

/// <summary>One instruction of a guest, at an address that stage 2 doesn't map yet.</summary>
public enum AbortInstruction : byte
{
    /// <summary>LDRB.</summary>
    LoadByte,

    /// <summary>LDRH.</summary>
    LoadHalf,

    /// <summary>LDR of 32 bits.</summary>
    LoadWord,

    /// <summary>LDR of 64 bits.</summary>
    LoadDouble,

    /// <summary>LDRSB to 32 bits.</summary>
    LoadSignedByte,

    /// <summary>LDRSB to 64 bits.</summary>
    LoadSignedByteWide,

    /// <summary>LDRSH to 32 bits.</summary>
    LoadSignedHalf,

    /// <summary>LDRSH to 64 bits.</summary>
    LoadSignedHalfWide,

    /// <summary>LDRSW, to 64 bits.</summary>
    LoadSignedWord,

    /// <summary>STR of 32 bits.</summary>
    StoreWord,

    /// <summary>LDP: no valid syndrome.</summary>
    LoadPair,

    /// <summary>STP: no valid syndrome.</summary>
    StorePair,

    /// <summary>An instruction fetch.</summary>
    Fetch,

    /// <summary>DC CVAC.</summary>
    Clean,

    /// <summary>DC CIVAC.</summary>
    CleanInvalidate,

    /// <summary>DC IVAC, which needs permission to write.</summary>
    Invalidate,

    /// <summary>PRFM PLDL1KEEP.</summary>
    Prefetch,

    /// <summary>PRFM PSTL1KEEP.</summary>
    PrefetchForStore,

    /// <summary>LDR of a word, the first half of which is the end of a plain page.</summary>
    LoadAcross,

    /// <summary>STR of a word, the first half of which is the end of a plain page.</summary>
    StoreAcross,

    /// <summary>LDR by a stage-1 descriptor of level 3 that is in the page.</summary>
    LoadByTable,

    /// <summary>The same, where the walk must set the access flag: TCR_EL1.HA.</summary>
    LoadByFlag,
}

/// <summary>What the architecture makes of an instruction.</summary>
public static class AbortInstructions
{
    public static Words<AbortInstruction> All { get; } =
        new()
        {
            { AbortInstruction.LoadByte, "ldrb", "LDRB" },
            { AbortInstruction.LoadHalf, "ldrh", "LDRH" },
            { AbortInstruction.LoadWord, "ldr", "LDR of 32 bits" },
            { AbortInstruction.LoadDouble, "ldr-x", "LDR of 64 bits" },
            { AbortInstruction.LoadSignedByte, "ldrsb", "LDRSB to 32 bits" },
            { AbortInstruction.LoadSignedByteWide, "ldrsb-x", "LDRSB to 64 bits" },
            { AbortInstruction.LoadSignedHalf, "ldrsh", "LDRSH to 32 bits" },
            { AbortInstruction.LoadSignedHalfWide, "ldrsh-x", "LDRSH to 64 bits" },
            { AbortInstruction.LoadSignedWord, "ldrsw", "LDRSW" },
            { AbortInstruction.StoreWord, "str", "STR of 32 bits" },
            { AbortInstruction.LoadPair, "ldp", "LDP" },
            { AbortInstruction.StorePair, "stp", "STP" },
            { AbortInstruction.Fetch, "exec", "an instruction fetch" },
            { AbortInstruction.Clean, "dc-cvac", "DC CVAC" },
            { AbortInstruction.CleanInvalidate, "dc-civac", "DC CIVAC" },
            { AbortInstruction.Invalidate, "dc-ivac", "DC IVAC" },
            { AbortInstruction.Prefetch, "prfm", "PRFM for a load" },
            { AbortInstruction.PrefetchForStore, "prfm-store", "PRFM for a store" },
            { AbortInstruction.LoadAcross, "ldr-across", "LDR of 32 bits, of which half are in the plain page before" },
            {
                AbortInstruction.StoreAcross,
                "str-across",
                "STR of 32 bits, of which half are in the plain page before"
            },
            { AbortInstruction.LoadByTable, "ldr-by-table", "LDR by a stage-1 table that is in the page" },
            {
                AbortInstruction.LoadByFlag,
                "ldr-by-flag",
                "LDR by a stage-1 table that is in the page, of which the CPU must set the access flag"
            },
        };

    /// <summary>ESR_EL2.ISS.WnR of the first abort: 1 also for maintenance by address.</summary>
    public static bool Stores(this AbortInstruction instruction) =>
        instruction is AbortInstruction.StoreWord or AbortInstruction.StorePair or AbortInstruction.StoreAcross
        || instruction.Maintains();

    /// <summary>Cache maintenance by address: ESR_EL2.ISS.CM.</summary>
    public static bool Maintains(this AbortInstruction instruction) =>
        instruction is AbortInstruction.Clean or AbortInstruction.CleanInvalidate or AbortInstruction.Invalidate;

    public static bool Prefetches(this AbortInstruction instruction) =>
        instruction is AbortInstruction.Prefetch or AbortInstruction.PrefetchForStore;

    /// <summary>It uses a stage-1 table in the page: the abort is one of the walk, ESR_EL2.ISS.S1PTW.</summary>
    public static bool Walks(this AbortInstruction instruction) =>
        instruction is AbortInstruction.LoadByTable or AbortInstruction.LoadByFlag;

    public static bool IsAcross(this AbortInstruction instruction) =>
        instruction is AbortInstruction.LoadAcross or AbortInstruction.StoreAcross;

    /// <summary>The guest needs tables of its own: with its MMU off there is only Device memory.</summary>
    public static bool NeedsTables(this AbortInstruction instruction) => instruction.Walks() || instruction.IsAcross();

    /// <summary>ESR_EL2.ISS.ISV: a load or store of one register, without writeback.</summary>
    public static bool HasSyndrome(this AbortInstruction instruction) =>
        instruction <= AbortInstruction.StoreWord || instruction.IsAcross();

    /// <summary>It leaves a value in a register.</summary>
    public static bool Loads(this AbortInstruction instruction) =>
        instruction <= AbortInstruction.LoadSignedWord
        || instruction is AbortInstruction.LoadAcross or AbortInstruction.LoadPair
        || instruction.Walks();

    /// <summary>1 &lt;&lt; ESR_EL2.ISS.SAS, in bytes.</summary>
    public static int Bytes(this AbortInstruction instruction) =>
        instruction switch
        {
            AbortInstruction.LoadByte or AbortInstruction.LoadSignedByte or AbortInstruction.LoadSignedByteWide =>
                sizeof(byte),
            AbortInstruction.LoadHalf or AbortInstruction.LoadSignedHalf or AbortInstruction.LoadSignedHalfWide =>
                sizeof(ushort),
            AbortInstruction.LoadDouble => sizeof(ulong),
            _ => sizeof(uint),
        };

    /// <summary>ESR_EL2.ISS.SSE: it extends the sign.</summary>
    public static bool ExtendsSign(this AbortInstruction instruction) =>
        instruction is >= AbortInstruction.LoadSignedByte and <= AbortInstruction.LoadSignedWord;

    /// <summary>ESR_EL2.ISS.SF: the register has 64 bits.</summary>
    public static bool IsWide(this AbortInstruction instruction) =>
        instruction
            is AbortInstruction.LoadDouble
                or AbortInstruction.LoadSignedByteWide
                or AbortInstruction.LoadSignedHalfWide
                or AbortInstruction.LoadSignedWord;
}
