namespace Harness.Model;

/// <summary>The memory type of an access, by stage 1 alone or by both stages combined. The weakest first.</summary>
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
/// The combination of the guest's stage-1 type and KVM's stage-2 type: Arm ARM D8.6.6 ("Combining stage 1 and stage 2
/// memory type attributes") and, with FEAT_S2FWB, D8.6.7. The kernel's own reference is combine_s1_s2_attr(),
/// arch/arm64/kvm/at.c.
/// </summary>
public static class Combination
{
    /// <summary>The type of a data access with the stage-1 MMU off and HCR_EL2.DC clear.</summary>
    public const EffectiveType MmuOff = EffectiveType.DeviceNGnRnE;

    public static EffectiveType Of(EffectiveType stageOne, MemoryType stageTwo, bool fwb) =>
        stageTwo switch
        {
            // MemAttr 0b0110 forces write-back whatever the stage-1 type is; 0b1111 leaves the type to stage 1.
            MemoryType.NormalWriteBack => fwb ? EffectiveType.NormalWriteBack : stageOne,
            MemoryType.NormalNonCacheable => Weaker(stageOne, EffectiveType.NormalNonCacheable),
            _ => Weaker(stageOne, EffectiveType.DeviceNGnRE),
        };

    /// <summary>Whether a guest can bypass the caches although stage 2 is write-back.</summary>
    public static bool GuestMayBypassCaches(MemoryType stageTwo, bool fwb) =>
        Of(EffectiveType.NormalNonCacheable, stageTwo, fwb) != EffectiveType.NormalWriteBack;

    private static EffectiveType Weaker(EffectiveType a, EffectiveType b) => a < b ? a : b;
}
