namespace Harness.Model;

/// <summary>
/// What a guest with its MMU on does with the page, to observe the combination of both translation stages.
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

    /// <summary>AT S1E1R; PAR_EL1 has the result.</summary>
    Translate,

    /// <summary>
    /// A load through a guest table that is the page itself: it shows whether the table walk may read the page.
    /// </summary>
    Walk,
}

/// <summary>A guest that maps the page with its own type, and its operation on the page.</summary>
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
    /// The accesses as stage 2 sees them; the last one is the operation itself. Every operation but a fetch follows an
    /// aligned access that maps the page with the permissions that the operation needs.
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

    /// <summary>As <see cref="Accesses"/>, in a READONLY slot: no store may precede the operation.</summary>
    public AccessList ReadOnlyAccesses => StoresWithoutSyndrome ? ReadWrite : Accesses;

    /// <summary>
    /// It stores, and its abort has no valid syndrome (ESR_EL2.ISS.ISV is 0 except for plain loads and stores of one
    /// register: Arm ARM, ISS encoding for a data abort).
    /// </summary>
    public bool StoresWithoutSyndrome =>
        Operation
            is GuestOperation.ZeroBlock
                or GuestOperation.ExclusivePair
                or GuestOperation.AtomicAdd
                or GuestOperation.CompareAndSwap;

    /// <summary>The operation starts with a plain access in the same KVM_RUN.</summary>
    public bool BeginsPlainly =>
        Operation
            is not (
                GuestOperation.ExclusivePair
                or GuestOperation.AtomicAdd
                or GuestOperation.CompareAndSwap
                or GuestOperation.Execute
            );
}
