using Harness.Model;
using Harness.Model.Dimensions;

namespace Harness.Cases;

/// <summary>
/// The input space of the decision: the full product of its inputs, in a fixed order, the plainest first. A point is a
/// backing and one way to use it; the key of a case is the backing's word followed by what the use adds. Cases are made
/// on demand.
/// </summary>
public static class CaseSpace
{
    /// <summary>
    /// The accesses in the space. The other kinds of loads and stores differ only in whether they can be emulated.
    /// </summary>
    public static IReadOnlyList<Access> Accesses { get; } =
    [Access.Read, Access.Write, Access.Execute, Access.Exclusive];

    /// <summary>The sequences of accesses in the space.</summary>
    public static IReadOnlyList<AccessList> Sequences { get; } =
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

    /// <summary>Those that some machine can have.</summary>
    private static readonly Backing[] Backings = [.. AllBackings().Where(b => b.UnsupportedReason is null)];

    /// <summary>Their words: how keys begin.</summary>
    private static readonly string[] Words = Array.ConvertAll(Backings, CaseText.Word);

    /// <summary>Every use, over plain memory.</summary>
    private static readonly AccessCase[] Uses = [.. AllUses()];

    /// <summary>How keys end.</summary>
    private static readonly string[] KeyEnds = Array.ConvertAll(Uses, CaseText.AfterBacking);

    private static readonly Lazy<Dictionary<string, int>> ByWord = new(() => Indices(Words));

    private static readonly Lazy<Dictionary<string, int>> ByKeyEnd = new(() => Indices(KeyEnds));

    /// <summary>The points over <see cref="Backings"/> that were requested so far.</summary>
    private static readonly AccessCase?[] Points = new AccessCase?[Backings.Length * Uses.Length];

    private static readonly Lazy<IReadOnlyList<AccessCase>> AllBuildable = new(() => [.. OneByOne()]);

    /// <summary>Every point, whether a machine can have it or not.</summary>
    public static IEnumerable<AccessCase> Product() =>
        from backing in AllBackings()
        from use in Uses
        select use with
        {
            Backing = backing,
        };

    /// <summary>Every case of the product that some machine can have.</summary>
    public static IReadOnlyList<AccessCase> Buildable => AllBuildable.Value;

    /// <summary>The same, each made when it is reached.</summary>
    internal static IEnumerable<AccessCase> OneByOne()
    {
        for (int position = 0; position < Points.Length; position++)
            if (At(position) is { } c)
                yield return c;
    }

    /// <summary>The number of points that no machine can have, by reason.</summary>
    public static IReadOnlyList<(string Reason, int Count)> NotBuildable =>
        [
            .. Product()
                .Where(c => c.UnsupportedReason is not null)
                .GroupBy(c => c.UnsupportedReason!)
                .Select(g => (g.Key, g.Count())),
        ];

    /// <summary>The backing of a word as keys have it, of the usual provider; null if there is none.</summary>
    internal static Backing? BackingOf(string word) => ByWord.Value.TryGetValue(word, out int at) ? Backings[at] : null;

    /// <summary>The point with this key; null if there is none that a machine can have.</summary>
    public static AccessCase? WithKey(string key) => PositionOf(key) is { } position ? At(position) : null;

    /// <summary>The position of a key in the space; null if the space doesn't have it.</summary>
    internal static int? PositionOf(string key)
    {
        int end = key.IndexOf(' ', StringComparison.Ordinal);
        return
            end > 0
            && ByWord.Value.TryGetValue(key[..end], out int backing)
            && ByKeyEnd.Value.TryGetValue(key[end..], out int use)
            ? backing * Uses.Length + use
            : null;
    }

    /// <summary>
    /// The positions of the cases with these ids, in order. Only keys are made and hashed, not cases.
    /// </summary>
    /// <param name="wanted">Of an id as <see cref="CaseId.Number"/> returns it.</param>
    internal static IEnumerable<int> PositionsOf(Func<ulong, bool> wanted)
    {
        int position = 0;
        foreach (string word in Words)
        foreach (string end in KeyEnds)
        {
            if (wanted(CaseId.Number(word, end)) && At(position) is not null)
                yield return position;
            position++;
        }
    }

    /// <summary>The case at a position; null if no machine can have it.</summary>
    internal static AccessCase? At(int position)
    {
        ref var point = ref Points[position];
        if (point is null)
        {
            var (backing, use) = Math.DivRem(position, Uses.Length);
            Interlocked.CompareExchange(ref point, Uses[use] with { Backing = Backings[backing] }, null);
        }
        return point.UnsupportedReason is null ? point : null;
    }

    private static Dictionary<string, int> Indices(string[] words)
    {
        var indices = new Dictionary<string, int>();
        foreach (string word in words)
            indices.Add(word, indices.Count);
        return indices;
    }

    private static IEnumerable<AccessCase> AllUses()
    {
        foreach (bool writable in (bool[])[true, false])
        foreach (var flags in Flags)
        foreach (var accesses in Sequences)
        foreach (var extent in CaseDimensions.AccessedExtents)
        foreach (bool late in NoYes)
        foreach (bool mte in NoYes)
            yield return new AccessCase(Backing.Plain, writable, flags, accesses)
            {
                Extent = extent,
                Late = late,
                Mte = mte,
            };
    }

    private static IEnumerable<Backing> AllBackings()
    {
        foreach (var kind in Enum.GetValues<VmaKind>())
        foreach (var memory in Enum.GetValues<KernelMap>())
        foreach (var type in Enum.GetValues<VmaMemoryType>())
        foreach (var sharing in Enum.GetValues<Sharing>())
        foreach (bool any in NoYes)
        foreach (var flags in kind == VmaKind.GuestMemory ? GuestMemories : [GuestMemoryFlags.None])
        foreach (bool bound in kind == VmaKind.GuestMemory ? NoYes : [false])
            yield return new Backing(kind, memory, type, sharing, any) { GuestMemory = flags, Bound = bound };
    }
}
