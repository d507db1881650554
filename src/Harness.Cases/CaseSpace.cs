using Harness.Model;

namespace Harness.Cases;

/// <summary>
/// The input space of the decision: the full product of its inputs, in a fixed order, the simplest first.
/// </summary>
public static class CaseSpace
{
    /// <summary>
    /// The accesses that the space varies: other forms of loads and stores only change whether the access can be
    /// emulated.
    /// </summary>
    public static IReadOnlyList<Access> Accesses { get; } =
    [Access.Read, Access.Write, Access.Execute, Access.Exclusive];

    private static readonly AccessList[] Sequences =
    [
        new(Access.Read),
        new(Access.Write),
        new(Access.Execute),
        new(Access.Read, Access.Write),
        new(Access.Execute, Access.Write),
        new(Access.Write, Access.Execute),
        new(Access.Exclusive),
    ];

    private static readonly SlotFlags[] Flags =
    [
        SlotFlags.None,
        SlotFlags.ReadOnly,
        SlotFlags.LogDirtyPages,
        SlotFlags.ReadOnly | SlotFlags.LogDirtyPages,
    ];

    private static readonly GuestMemoryFlags[] GuestMemories =
    [
        GuestMemoryFlags.None,
        GuestMemoryFlags.Mmap,
        GuestMemoryFlags.InitShared,
        GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared,
    ];

    private static readonly bool[] NoYes = [false, true];

    private static readonly Lazy<IReadOnlyList<AccessCase>> AllBuildable = new(() =>
        [.. Over(Backings().Where(b => b.UnsupportedReason is null)).Where(c => c.UnsupportedReason is null)]
    );

    private static readonly Lazy<IReadOnlyDictionary<string, AccessCase>> ByKey = new(() =>
        Buildable.ToDictionary(c => c.Key)
    );

    /// <summary>Every point, whether a machine can have it or not.</summary>
    public static IEnumerable<AccessCase> Product() => Over(Backings());

    /// <summary>Every case of the product that some machine can have.</summary>
    public static IReadOnlyList<AccessCase> Buildable => AllBuildable.Value;

    /// <summary>The number of points that no machine can have, by reason.</summary>
    public static IReadOnlyList<(string Reason, int Count)> NotBuildable =>
        [
            .. Product()
                .Where(c => c.UnsupportedReason is not null)
                .GroupBy(c => c.UnsupportedReason!)
                .Select(g => (g.Key, g.Count())),
        ];

    /// <summary>The point with this key; null if there is none that a machine can have.</summary>
    public static AccessCase? WithKey(string key) => ByKey.Value.GetValueOrDefault(key);

    private static IEnumerable<AccessCase> Over(IEnumerable<Backing> backings) =>
        from backing in backings
        from writable in (bool[])[true, false]
        from flags in Flags
        from accesses in Sequences
        from extent in Enum.GetValues<Extent>()
        from late in NoYes
        from mte in NoYes
        select new AccessCase(backing, writable, flags, accesses)
        {
            Extent = extent,
            Late = late,
            Mte = mte,
        };

    private static IEnumerable<Backing> Backings() =>
        from kind in Enum.GetValues<VmaKind>()
        from memory in Enum.GetValues<KernelMap>()
        from type in Enum.GetValues<VmaMemoryType>()
        from sharing in Enum.GetValues<Sharing>()
        from any in NoYes
        from flags in kind == VmaKind.GuestMemory ? GuestMemories : [GuestMemoryFlags.None]
        from bound in kind == VmaKind.GuestMemory ? NoYes : [false]
        select new Backing(kind, memory, type, sharing, any) { GuestMemory = flags, Bound = bound };
}
