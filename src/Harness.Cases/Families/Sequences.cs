using Harness.Model;

namespace Harness.Cases.Families;

/// <summary>
/// Every order of up to three loads, stores and fetches of one page, with the descriptor read after each: it shows
/// which permissions an access adds and removes, and whether a fault repeats forever.
/// </summary>
internal static class Sequences
{
    private static readonly Access[] Accesses = [Access.Read, Access.Write, Access.Execute];

    private static readonly SlotFlags[] Slots = [SlotFlags.None, SlotFlags.LogDirtyPages];

    /// <summary>One for each way in which a page gets its permissions.</summary>
    private static readonly Backing[] Backings =
    [
        Backing.Plain,
        Backing.Plain with
        {
            Sharing = Sharing.Shared,
        },
        new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false),
        new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.NonCacheable, Sharing.Shared, AllowAnyUncached: true),
        new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.DeviceNGnRE, Sharing.Shared, AllowAnyUncached: false),
        new(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false),
        new(VmaKind.MixedMap, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false),
        new(VmaKind.GuestMemory, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false)
        {
            GuestMemory = GuestMemoryFlags.Mmap,
        },
    ];

    public static CaseFamily Family { get; } =
        new("sequence", "every order of up to three accesses to one page, with and without dirty logging", () =>
            [
                .. from backing in Backings
                from slot in Slots
                from accesses in Orders
                where !CaseSpace.Sequences.Contains(accesses)
                let c = new AccessCase(backing, VmaWritable: true, slot, accesses)
                where c.UnsupportedReason is null
                select c,
            ]
        );

    private static IEnumerable<AccessList> Orders =>
        [
            .. from a in Accesses select new AccessList(a),
            .. from a in Accesses from b in Accesses select new AccessList(a, b),
            .. from a in Accesses from b in Accesses from c in Accesses select new AccessList(a, b, c),
        ];
}
