using Harness.Model;
using static Harness.Cases.Families.DriverMemory;

namespace Harness.Cases.Families;

/// <summary>
/// What is done to a VFIO device while a guest uses its memory; and memory that two VMs have behind their slots.
/// </summary>
internal static class DeviceChanges
{
    private static readonly AccessList ReadWrite = new(Access.Read, Access.Write),
        WriteRead = new(Access.Write, Access.Read),
        ExecuteRead = new(Access.Execute, Access.Read),
        ReadExecute = new(Access.Read, Access.Execute);

    public static CaseFamily Family { get; } =
        new(
            "device",
            "a VFIO device's memory is disabled, enabled, reset or unbound while a guest uses it; memory behind two VMs",
            () => [.. Changes().Concat(SecondVms()).Where(c => c.UnsupportedReason is null).DistinctBy(c => c.Key)]
        );

    /// <summary>By pages and by a block, with each type that a driver maps.</summary>
    private static IEnumerable<AccessCase> Changes() =>
        from kind in (ChangeKind[])
            [ChangeKind.DisableMemory, ChangeKind.ToggleMemory, ChangeKind.ResetDevice, ChangeKind.UnbindDevice]
        from backing in ThroughVfio()
        from extent in (Extent[])[Extent.Page, Extent.Block]
        from accesses in backing.Cacheable
            ? (AccessList[])[WriteRead, ReadWrite, ExecuteRead, ReadExecute]
            : [WriteRead]
        select With(kind, backing, accesses, extent);

    private static IEnumerable<AccessCase> SecondVms() =>
        from backing in ThroughVfio()
            .Concat([
                Backing.Plain with
                {
                    Sharing = Sharing.Shared,
                },
                Cacheable,
                Cacheable with
                {
                    Type = VmaMemoryType.DeviceNGnRE,
                },
            ])
        from accesses in (AccessList[])[WriteRead, ReadWrite]
        select With(
            ChangeKind.SecondVm,
            backing,
            accesses,
            backing.Provider == Provider.VariantHuge ? Extent.Block : Extent.Page
        );

    private static AccessCase With(ChangeKind kind, Backing backing, AccessList accesses, Extent extent) =>
        new(backing, VmaWritable: true, SlotFlags.None, accesses) { Change = new LiveChange(kind), Extent = extent };

    internal static IEnumerable<Backing> ThroughVfio() =>
        [
            .. from provider in (Provider[])[Provider.Variant, Provider.VariantFault, Provider.VariantHuge]
            from backing in (Backing[])[Cacheable, NonCacheable]
            select backing with
            {
                Provider = provider,
            },
            .. from provider in (Provider[])[Provider.Vfio, Provider.VfioDevice]
            select NonCacheable with
            {
                Type = VmaMemoryType.DeviceNGnRnE,
                Provider = provider,
            },
        ];
}
