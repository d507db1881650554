namespace Harness.Model;

/// <summary>The memory type of an access, as stage 1 gives it or as both stages make it. The weakest first.</summary>
public enum EffectiveType : byte
{
    DeviceNGnRnE,
    DeviceNGnRE,
    DeviceNGRE,
    DeviceGRE,
    NormalNonCacheable,
    NormalWriteThrough,
    NormalWriteBack,
}

/// <summary>
/// What a guest gets when its stage-1 type meets KVM's stage-2 type: Arm ARM D8.6.6 ("Combining stage 1 and stage 2
/// memory type attributes") and, with FEAT_S2FWB, D8.6.7. The kernel's own reference is combine_s1_s2_attr(),
/// arch/arm64/kvm/at.c.
/// </summary>
public static class Combination
{
    /// <summary>What a data access has with the stage-1 MMU off and HCR_EL2.DC clear.</summary>
    public const EffectiveType MmuOff = EffectiveType.DeviceNGnRnE;

    public static EffectiveType Of(EffectiveType stageOne, MemoryType stageTwo, bool fwb) =>
        stageTwo switch
        {
            // MemAttr 0b0110 forces write-back whatever the guest says; 0b1111 leaves the type to stage 1.
            MemoryType.NormalWriteBack => fwb ? EffectiveType.NormalWriteBack : stageOne,
            MemoryType.NormalNonCacheable => Weaker(stageOne, EffectiveType.NormalNonCacheable),
            _ => Weaker(stageOne, EffectiveType.DeviceNGnRE),
        };

    /// <summary>Whether a guest can make its accesses miss the caches although stage 2 says write-back.</summary>
    public static bool GuestMayBypassCaches(MemoryType stageTwo, bool fwb) =>
        Of(EffectiveType.NormalNonCacheable, stageTwo, fwb) != EffectiveType.NormalWriteBack;

    private static EffectiveType Weaker(EffectiveType a, EffectiveType b) => a < b ? a : b;
}
