namespace Harness.Model;

/// <summary>How an unaligned load or store of a guest ends.</summary>
public enum Unaligned : byte
{
    Works,

    /// <summary>The guest takes a data abort with DFSC 0x21.</summary>
    GuestFaults,

    /// <summary>The fault is taken to EL2, where KVM knows no such FSC: KVM_RUN fails with EFAULT.</summary>
    RunFails,
}

/// <summary>
/// What a guest that maps a page with a stage-1 type of its own effectively has, and what of it the guest can see
/// without timing anything. By the architecture: Arm ARM, "Device memory" and "Memory access alignment" (unaligned
/// accesses), "DC ZVA", "Exclusive access instructions and shareable memory locations". Whether an alignment fault that
/// comes of stage 2 alone is taken at EL1 was not read there; guests in the field report that it is.
/// </summary>
/// <param name="StageOne">The type that the guest's own tables give; <see cref="Combination.MmuOff"/> without
/// any.</param>
/// <param name="Leaf">What stage 2 gives.</param>
/// <param name="Fwb">HCR_EL2.FWB is in force.</param>
public readonly record struct GuestView(EffectiveType StageOne, Leaf Leaf, bool Fwb)
{
    /// <summary>What both stages come to.</summary>
    public EffectiveType Type => Combination.Of(StageOne, Leaf.Type, Fwb);

    /// <summary>The accesses are those to a Device type.</summary>
    public bool Device => IsDevice(Type);

    /// <summary>An unaligned load or store: an alignment fault on Device memory, whatever SCTLR_EL1.A says.</summary>
    public Unaligned UnalignedAccess => Device ? Unaligned.GuestFaults : Unaligned.Works;

    /// <summary>DC ZVA takes an alignment fault.</summary>
    public bool ZeroingFaults => Device;

    /// <summary>
    /// LDXR and STXR work on every CPU: on Normal write-back memory alone. Elsewhere the CPU may have none, and faults
    /// with FSC 0x35.
    /// </summary>
    public bool ExclusivesSure => Type == EffectiveType.NormalWriteBack;

    /// <summary>
    /// An instruction fetch takes a stage-2 permission fault, since the leaf is execute-never; KVM then makes it
    /// executable, or gives the guest an external abort (EC 0x21, FSC 0x10).
    /// </summary>
    public bool FetchFaults => !Leaf.Execute;

    /// <summary>The guest's accesses go past the data caches, through which the host's own go.</summary>
    public bool BypassesCaches => Type is not (EffectiveType.NormalWriteBack or EffectiveType.NormalWriteThrough);

    /// <summary>The same guest under QEMU's TCG, which differs from the architecture.</summary>
    public TcgView UnderTcg =>
        new(
            IsDevice(StageOne) ? Unaligned.GuestFaults
                : Device ? Unaligned.RunFails
                : Unaligned.Works,
            Leaf.Type == MemoryType.DeviceNGnRE ? Unaligned.GuestFaults : Unaligned.Works,
            ZeroingFaults: false,
            ExclusivesSure: true,
            FetchFaults
        );

    private static bool IsDevice(EffectiveType type) => type <= EffectiveType.DeviceGRE;
}

/// <summary>
/// What a guest sees on QEMU 10.0's TCG with two vCPUs or more, as measured; with one vCPU no alignment is ever
/// checked. No cache exists there: what only stale data would show is never seen.
/// </summary>
/// <param name="UnalignedFirst">
/// The first access to the page is an unaligned one. It is checked against stage 1's type alone, even where FWB makes
/// that write-back; where only stage 2 is Device, the fault comes out of the stage-2 walk and goes to EL2.
/// </param>
/// <param name="UnalignedLater">An unaligned access after an aligned one: checked against stage 2's type alone.</param>
/// <param name="ZeroingFaults">DC ZVA is never checked.</param>
/// <param name="ExclusivesSure">Exclusives work on every type.</param>
/// <param name="FetchFaults">As the architecture says.</param>
public readonly record struct TcgView(
    Unaligned UnalignedFirst,
    Unaligned UnalignedLater,
    bool ZeroingFaults,
    bool ExclusivesSure,
    bool FetchFaults
);
