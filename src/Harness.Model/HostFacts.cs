using Harness.Model.Ownership;

namespace Harness.Model;

/// <summary>The mode KVM runs in, as kvm-arm.mode= and the CPU settle it.</summary>
public enum KvmMode : byte
{
    Vhe,
    Nvhe,
    Protected,
}

/// <summary>What the decision asks of a host. The granule is 4 KiB.</summary>
/// <param name="Fwb">ARM64_HAS_STAGE2_FWB: ID_AA64MMFR2_EL1.FWB on every CPU.</param>
/// <param name="Dic">ARM64_HAS_CACHE_DIC: CTR_EL0.DIC on every CPU; no I-cache invalidation needed for
/// coherence.</param>
/// <param name="Mode">VHE, nVHE or protected.</param>
/// <param name="Mte">system_supports_mte(): ID_AA64PFR1_EL1.MTE is 2 or more on every CPU.</param>
public sealed record HostFacts(bool Fwb, bool Dic, KvmMode Mode = KvmMode.Vhe, bool Mte = false)
{
    /// <summary>
    /// Every host that is not in protected mode and that a policy can tell apart, the plainest first. No policy tells
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
    /// The same hosts in protected mode, where the hypervisor maps what the host's kernel asks it to.
    /// </summary>
    public static IReadOnlyList<HostFacts> Protected { get; } =
    [.. All.Select(h => h with { Mode = KvmMode.Protected })];

    /// <summary>Every host that a policy can tell apart.</summary>
    public static IReadOnlyList<HostFacts> Every { get; } = [.. All, .. Protected];

    /// <summary>
    /// The kinds of host that a case is walked over: who has a page hangs on the hypervisor, while the attributes of a
    /// leaf are asked of a mode at a time. Those that say most about it come last.
    /// </summary>
    public static IReadOnlyList<HostFacts> Of(Case c) =>
        c is not LifecycleCase lifecycle ? All
        : lifecycle.Vm == VmKind.Protected ? Every
        : [.. Protected, .. All];

    /// <summary>"FWB, no DIC": what the decision asks of the CPUs, without the mode.</summary>
    public string Features => $"{(Fwb ? "FWB" : "no FWB")}, {(Dic ? "DIC" : "no DIC")}{(Mte ? ", MTE" : "")}";

    public override string ToString() =>
        $"{(Fwb ? "FWB" : "no FWB")}, {(Dic ? "DIC" : "no DIC")}, {Mode switch { KvmMode.Vhe => "VHE", KvmMode.Nvhe => "nVHE", _ => "protected" }}"
        + (Mte ? ", MTE" : "");
}
