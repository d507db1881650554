using Harness.Model.Aborts;
using Harness.Model.Ownership;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Model;

/// <summary>The mode KVM runs in, as determined by kvm-arm.mode= and the CPU.</summary>
public enum KvmMode : byte
{
    Vhe,
    Nvhe,
    Protected,
}

/// <summary>The facts about a host that the decision depends on.</summary>
/// <param name="Fwb">ARM64_HAS_STAGE2_FWB: ID_AA64MMFR2_EL1.FWB on every CPU.</param>
/// <param name="Dic">
/// ARM64_HAS_CACHE_DIC: CTR_EL0.DIC on every CPU; no I-cache invalidation needed for coherence.
/// </param>
/// <param name="Mode">VHE, nVHE or protected.</param>
/// <param name="Mte">system_supports_mte(): ID_AA64PFR1_EL1.MTE is 2 or more on every CPU.</param>
public sealed record HostFacts(bool Fwb, bool Dic, KvmMode Mode = KvmMode.Vhe, bool Mte = false)
{
    /// <summary>
    /// PAGE_SIZE, in KiB: 4, 16 or 64. Only the value of a capability depends on it: a block is whatever a descriptor
    /// of level 2 maps, in the kernel as in a case. What is evaluated on every kind of host is so for 4 KiB.
    /// </summary>
    public int PageKiB { get; init; } = 4;

    /// <summary>
    /// kvm-arm.mode=nested, on a CPU with FEAT_NV2. VMs without EL2 are what they are in <see cref="KvmMode.Vhe"/>:
    /// only the values of capabilities depend on it.
    /// </summary>
    public bool Nested { get; init; }

    /// <summary>
    /// Every host not in protected mode that a policy can distinguish, the simplest first. No policy distinguishes
    /// VHE from nVHE.
    /// </summary>
    public static IReadOnlyList<HostFacts> All { get; } =
    [
        .. from mte in (bool[])[false, true]
        from dic in (bool[])[false, true]
        from fwb in (bool[])[false, true]
        select new HostFacts(fwb, dic, KvmMode.Vhe, mte),
    ];

    /// <summary>
    /// The same hosts in protected mode, where the hypervisor makes the stage-2 mappings for the host's kernel.
    /// </summary>
    public static IReadOnlyList<HostFacts> Protected { get; } =
    [.. All.Select(h => h with { Mode = KvmMode.Protected })];

    /// <summary>Every host that a policy can distinguish.</summary>
    public static IReadOnlyList<HostFacts> Every { get; } = [.. All, .. Protected];

    /// <summary>
    /// The kinds of host that a case is evaluated on: page ownership and capabilities may depend on the hypervisor,
    /// while leaf attributes are evaluated for one mode at a time. The most informative ones come last.
    /// </summary>
    public static IReadOnlyList<HostFacts> Of(Case c) =>
        c switch
        {
            LifecycleCase { Vm: VmKind.Protected } => Every,
            LifecycleCase or CapabilityCase or SlotCallsCase or AbortCase or TagCase or RingCase =>
            [
                .. Protected,
                .. All,
            ],
            _ => All,
        };

    /// <summary>"FWB, no DIC": the CPU features that the decision depends on, without the mode.</summary>
    public string Features => $"{(Fwb ? "FWB" : "no FWB")}, {(Dic ? "DIC" : "no DIC")}{(Mte ? ", MTE" : "")}";

    public override string ToString() =>
        $"{(Fwb ? "FWB" : "no FWB")}, {(Dic ? "DIC" : "no DIC")}, {Mode switch { KvmMode.Vhe => "VHE", KvmMode.Nvhe => "nVHE", _ => "protected" }}"
        + (Mte ? ", MTE" : "");
}
