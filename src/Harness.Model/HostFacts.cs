namespace Harness.Model;

/// <summary>The mode KVM runs in, as kvm-arm.mode= and the CPU settle it.</summary>
public enum KvmMode : byte
{
    Vhe,
    Nvhe,
    Protected,
}

/// <summary>What the decision asks of a host.</summary>
/// <param name="Fwb">ARM64_HAS_STAGE2_FWB: ID_AA64MMFR2_EL1.FWB on every CPU.</param>
/// <param name="Dic">ARM64_HAS_CACHE_DIC: CTR_EL0.DIC on every CPU; no I-cache invalidation needed for coherence.</param>
/// <param name="Mode">VHE, nVHE or protected.</param>
public sealed record HostFacts(bool Fwb, bool Dic, KvmMode Mode = KvmMode.Vhe)
{
    public override string ToString() =>
        $"{(Fwb ? "FWB" : "no FWB")}, {(Dic ? "DIC" : "no DIC")}, {Mode switch { KvmMode.Vhe => "VHE", KvmMode.Nvhe => "nVHE", _ => "protected" }}";
}
