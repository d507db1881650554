namespace Harness.Model;

/// <summary>The names of memory types, as in the kernel community.</summary>
public static class TypeText
{
    public static string Word(EffectiveType type) =>
        type switch
        {
            EffectiveType.DeviceNGnRnE => "Device-nGnRnE",
            EffectiveType.DeviceNGnRE => "Device-nGnRE",
            EffectiveType.DeviceNGRE => "Device-nGRE",
            EffectiveType.DeviceGRE => "Device-GRE",
            EffectiveType.NormalNonCacheable => "Normal-NC",
            EffectiveType.NormalWriteThrough => "Normal-WT",
            _ => "Normal-WB",
        };
}
