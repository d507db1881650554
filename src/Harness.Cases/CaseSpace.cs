using Harness.Model;

namespace Harness.Cases;

/// <summary>The input space of the decision: the full product of its inputs, in a fixed order.</summary>
public static class CaseSpace
{
    private static readonly AccessList[] Sequences =
    [
        new(Access.Read),
        new(Access.Write),
        new(Access.Execute),
        new(Access.Read, Access.Write),
    ];

    private static readonly SlotFlags[] Flags =
        [SlotFlags.None, SlotFlags.ReadOnly, SlotFlags.LogDirtyPages, SlotFlags.ReadOnly | SlotFlags.LogDirtyPages];

    /// <summary>Every point, whether a machine can have it or not.</summary>
    public static IEnumerable<Case> Product() =>
        from kind in Enum.GetValues<VmaKind>()
        from memory in Enum.GetValues<KernelMap>()
        from type in Enum.GetValues<VmaMemoryType>()
        from sharing in Enum.GetValues<Sharing>()
        from any in (bool[])[false, true]
        let backing = new Backing(kind, memory, type, sharing, any)
        from writable in (bool[])[true, false]
        from flags in Flags
        from accesses in Sequences
        select new Case(backing, writable, flags, accesses);

    /// <summary>Every case that some machine can be asked.</summary>
    public static IReadOnlyList<Case> Buildable { get; } =
        [.. Product().Where(c => c.Backing.WhyNotBuildable is null)];

    /// <summary>How many points of the product no machine can have, by reason.</summary>
    public static IReadOnlyList<(string Reason, int Count)> NotBuildable { get; } =
    [
        .. Product()
            .Where(c => c.Backing.WhyNotBuildable is not null)
            .GroupBy(c => c.Backing.WhyNotBuildable!)
            .Select(g => (g.Key, g.Count())),
    ];

    /// <summary>The case whose id begins so, or null where none or several do.</summary>
    public static Case? Find(string idOrKey)
    {
        var found = Buildable
            .Where(c => c.Key == idOrKey || c.Id.StartsWith(idOrKey, StringComparison.OrdinalIgnoreCase))
            .Take(2)
            .ToList();
        return found.Count == 1 && idOrKey.Length >= 4 ? found[0] : null;
    }
}
