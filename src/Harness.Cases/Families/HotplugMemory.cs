using Harness.Model;
using static Harness.Cases.Families.DriverMemory;

namespace Harness.Cases.Families;

/// <summary>
/// Memory that a driver maps, as the kernel's own or not: it is hot-added before the guest runs, or is added or removed
/// after its first access. It is not onlined.
/// </summary>
internal static class HotplugMemory
{
    private static readonly AccessList Read = new(Access.Read),
        Write = new(Access.Write),
        Execute = new(Access.Execute);

    private static readonly AccessList[] Pairs =
    [
        new(Access.Read, Access.Read),
        new(Access.Read, Access.Write),
        new(Access.Write, Access.Read),
        new(Access.Write, Access.Execute),
        new(Access.Execute, Access.Read),
    ];

    /// <summary>The second access is to a page that the first did not map, unless by a block.</summary>
    private static readonly AccessList[] Next = [new(Access.Read, Access.ReadNext), new(Access.Write, Access.ReadNext)];

    private static readonly Backing[] Types =
    [
        .. ((Backing[])[Cacheable, NonCacheable, Device]).Select(b => b with { Provider = Provider.Hotplug }),
    ];

    public static CaseFamily Family { get; } =
        new("hotplug", "memory that is added to the kernel's memory map, or removed, under a slot", () =>
            [
                .. Added()
                    .Concat(Changes(ChangeKind.AddMemory, KernelMap.Unknown))
                    .Concat(Changes(ChangeKind.RemoveMemory, KernelMap.Known))
                    .Where(c => c.UnsupportedReason is null)
                    .DistinctBy(c => c.Key),
            ]
        );

    private static IEnumerable<AccessCase> Added() =>
        from type in Types
        let backing = type with
        {
            Memory = KernelMap.Known,
        }
        from c in (IEnumerable<AccessCase>)
            [
                .. from accesses in (AccessList[])[Read, Write, Execute] select Of(backing, accesses),
                Of(backing, Read, SlotFlags.ReadOnly),
                Of(backing, Read, SlotFlags.LogDirtyPages),
                Of(backing, Read) with
                {
                    Extent = Extent.Block,
                },
                Of(backing, Write) with
                {
                    Late = true,
                },
                Of(backing, Execute) with
                {
                    Late = true,
                    Slot = SlotFlags.LogDirtyPages,
                },
            ]
        select c;

    private static IEnumerable<AccessCase> Changes(ChangeKind kind, KernelMap before) =>
        from type in Types
        let change = new LiveChange(kind)
        let backing = type with
        {
            Memory = before,
        }
        from c in (IEnumerable<AccessCase>)
            [
                .. from accesses in Pairs select Of(backing, accesses),
                .. from accesses in Pairs.Take(2) select Of(backing, accesses) with { Late = true },
                .. from accesses in Pairs.Skip(2) select Of(backing, accesses) with { Extent = Extent.Block },
                .. from accesses in Next
                from extent in (Extent[])[Extent.Block, Extent.Misaligned]
                select Of(backing, accesses) with
                {
                    Extent = extent,
                },
                Of(backing, Pairs[1]) with
                {
                    Late = true,
                    Slot = SlotFlags.LogDirtyPages,
                },
            ]
        select c with
        {
            Change = change,
        };

    private static AccessCase Of(Backing backing, AccessList accesses, SlotFlags slot = SlotFlags.None) =>
        new(backing, VmaWritable: true, slot, accesses);
}
