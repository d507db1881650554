namespace Harness.Model;

/// <summary>
/// What a guest with its MMU on does with the page, to see what both stages of translation make of it.
/// </summary>
public enum GuestOperation : byte
{
    /// <summary>A load that is not aligned to its size.</summary>
    UnalignedLoad,

    /// <summary>A store that is not aligned to its size.</summary>
    UnalignedStore,

    /// <summary>DC ZVA, which zeroes a block.</summary>
    ZeroBlock,

    /// <summary>LDXR and STXR, until the store succeeds.</summary>
    ExclusivePair,

    /// <summary>LDADD, of FEAT_LSE.</summary>
    AtomicAdd,

    /// <summary>CAS, of FEAT_LSE.</summary>
    CompareAndSwap,

    /// <summary>An instruction fetch.</summary>
    Execute,

    /// <summary>AT S1E1R and what PAR_EL1 says then.</summary>
    Translate,

    /// <summary>
    /// A load through a table of the guest's that is the page itself: what is asked is whether the CPU's walk may read
    /// it.
    /// </summary>
    Walk,
}

/// <summary>A guest that maps the page with a type of its own, and what it does with it.</summary>
/// <param name="StageOne">The type in the guest's tables.</param>
/// <param name="Operation">The last thing it does.</param>
public readonly record struct GuestUse(EffectiveType StageOne, GuestOperation Operation)
{
    private static readonly AccessList WriteRead = new(Access.Write, Access.Read),
        ReadRead = new(Access.Read, Access.Read),
        WriteWrite = new(Access.Write, Access.Write),
        WriteExclusive = new(Access.Write, Access.Exclusive),
        ReadExecute = new(Access.Read, Access.Execute),
        ReadWrite = new(Access.Read, Access.Write);

    /// <summary>
    /// The operation as stage 2 meets it, the last access being the operation itself. Every one but a fetch follows an
    /// aligned access that has the page mapped with what the operation needs.
    /// </summary>
    public AccessList Accesses =>
        Operation switch
        {
            GuestOperation.Walk => WriteRead,
            GuestOperation.UnalignedLoad or GuestOperation.Translate => ReadRead,
            GuestOperation.UnalignedStore or GuestOperation.ZeroBlock => WriteWrite,
            GuestOperation.ExclusivePair or GuestOperation.AtomicAdd or GuestOperation.CompareAndSwap => WriteExclusive,
            _ => ReadExecute,
        };

    /// <summary>As <see cref="Accesses"/>, in a READONLY slot: no store may come before the operation.</summary>
    public AccessList ReadOnlyAccesses => StoresWithoutSyndrome ? ReadWrite : Accesses;

    /// <summary>
    /// It stores, and its abort has no valid syndrome (ESR_EL2.ISS.ISV is 0 but for plain loads and stores of one
    /// register: Arm ARM, ISS encoding for a data abort).
    /// </summary>
    public bool StoresWithoutSyndrome =>
        Operation
            is GuestOperation.ZeroBlock
                or GuestOperation.ExclusivePair
                or GuestOperation.AtomicAdd
                or GuestOperation.CompareAndSwap;

    /// <summary>The operation begins with a plain access of its own, in one run with what it is about.</summary>
    public bool BeginsPlainly =>
        Operation
            is not (
                GuestOperation.ExclusivePair
                or GuestOperation.AtomicAdd
                or GuestOperation.CompareAndSwap
                or GuestOperation.Execute
            );
}
