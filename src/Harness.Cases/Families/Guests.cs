using Harness.Model;

namespace Harness.Cases.Families;

/// <summary>
/// Guests with their own tables: every stage-1 type combined with every stage-2 type; each operation shows some effect
/// of the combination.
/// </summary>
internal static class Guests
{
    /// <summary>
    /// One for each stage-2 type, and cacheable memory outside the kernel's memory map, which kernels and CPUs map with
    /// different types.
    /// </summary>
    private static readonly Backing[] Backings =
    [
        Backing.Plain,
        new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.NonCacheable, Sharing.Shared, AllowAnyUncached: true),
        new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.DeviceNGnRE, Sharing.Shared, AllowAnyUncached: false),
        new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false),
    ];

    public static CaseFamily Family { get; } =
        new(
            "guest",
            "every type in a guest's own tables over every stage-2 type, and what the guest sees of that",
            () =>
                [
                    .. from backing in Backings
                    from stageOne in Enum.GetValues<EffectiveType>().Reverse()
                    from operation in Enum.GetValues<GuestOperation>()
                    let use = new GuestUse(stageOne, operation)
                    select new GuestCase(backing, VmaWritable: true, SlotFlags.None, use),
                    .. from operation in Enum.GetValues<GuestOperation>()
                    let use = new GuestUse(EffectiveType.NormalWriteBack, operation)
                    where use.StoresWithoutSyndrome
                    select new GuestCase(Backing.Plain, VmaWritable: true, SlotFlags.ReadOnly, use),
                ]
        );
}
