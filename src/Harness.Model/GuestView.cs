namespace Harness.Model;

/// <summary>How an unaligned load or store of a guest ends.</summary>
public enum Unaligned : byte
{
    Works,

    /// <summary>The guest takes a data abort with DFSC 0x21.</summary>
    GuestFaults,

    /// <summary>The fault is taken to EL2, where KVM does not handle the FSC: KVM_RUN fails with EFAULT.</summary>
    RunFails,
}

/// <summary>
/// The effective memory type of a guest that maps a page with its own stage-1 type, and its effects that the guest can
/// observe without timing. By the architecture: Arm ARM, "Device memory" and "Memory access alignment" (unaligned
/// accesses), "DC ZVA", "Exclusive access instructions and shareable memory locations". Whether an alignment fault due
/// to stage 2 alone is taken to EL1 was not found there; CPUs in the field take it to EL1.
/// </summary>
/// <param name="StageOne">The type in the guest's own tables; <see cref="Combination.MmuOff"/> without tables.</param>
/// <param name="Leaf">The stage-2 leaf.</param>
/// <param name="Fwb">HCR_EL2.FWB is in effect.</param>
public readonly record struct GuestView(EffectiveType StageOne, Leaf Leaf, bool Fwb)
{
    /// <summary>The combination of both stages.</summary>
    public EffectiveType Type => Combination.Of(StageOne, Leaf.Type, Fwb);

    /// <summary>Accesses have a Device type.</summary>
    public bool Device => IsDevice(Type);

    /// <summary>An unaligned load or store: an alignment fault on Device memory, regardless of SCTLR_EL1.A.</summary>
    public Unaligned UnalignedAccess => Device ? Unaligned.GuestFaults : Unaligned.Works;

    /// <summary>DC ZVA takes an alignment fault.</summary>
    public bool ZeroingFaults => Device;

    /// <summary>
    /// LDXR and STXR work on every CPU only on Normal write-back memory. On other memory the CPU may not support them,
    /// and faults with FSC 0x35.
    /// </summary>
    public bool ExclusivesSure => Type == EffectiveType.NormalWriteBack;

    /// <summary>
    /// An instruction fetch takes a stage-2 permission fault, since the leaf is execute-never; KVM then makes it
    /// executable, or injects an external abort (EC 0x21, FSC 0x10).
    /// </summary>
    public bool FetchFaults => !Leaf.Execute;

    /// <summary>The guest's accesses bypass the data caches, which the host's own accesses use.</summary>
    public bool BypassesCaches => Type is not (EffectiveType.NormalWriteBack or EffectiveType.NormalWriteThrough);

    /// <summary>The same guest under QEMU's TCG, which deviates from the architecture.</summary>
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
/// What a guest observes on QEMU 10.0's TCG with two or more vCPUs, as measured; with one vCPU no alignment is ever
/// checked. TCG has no caches, so stale data is never observed.
/// </summary>
/// <param name="UnalignedFirst">
/// The first access to the page is an unaligned one. It is checked against the stage-1 type alone, even if FWB makes
/// that write-back; if only stage 2 is Device, the fault comes from the stage-2 walk and goes to EL2.
/// </param>
/// <param name="UnalignedLater">
/// An unaligned access after an aligned one: checked against the stage-2 type alone.
/// </param>
/// <param name="ZeroingFaults">DC ZVA is never checked.</param>
/// <param name="ExclusivesSure">Exclusives work on every type.</param>
/// <param name="FetchFaults">As in the architecture.</param>
public readonly record struct TcgView(
    Unaligned UnalignedFirst,
    Unaligned UnalignedLater,
    bool ZeroingFaults,
    bool ExclusivesSure,
    bool FetchFaults
);
