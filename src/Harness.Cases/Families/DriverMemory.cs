using Harness.Model;

namespace Harness.Cases.Families;

/// <summary>Shared VM_PFNMAP mappings of memory that the kernel doesn't know, by the driver's type.</summary>
internal static class DriverMemory
{
    public static Backing Cacheable { get; } =
        new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false);

    /// <summary>Non-cacheable, by a driver that allows any uncached type.</summary>
    public static Backing NonCacheable { get; } =
        Cacheable with
        {
            Type = VmaMemoryType.NonCacheable,
            AllowAnyUncached = true,
        };

    public static Backing Device { get; } = Cacheable with { Type = VmaMemoryType.DeviceNGnRE };
}
