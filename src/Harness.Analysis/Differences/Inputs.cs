using System.Collections.Concurrent;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Dimensions;

namespace Harness.Analysis.Differences;

/// <summary>
/// The inputs of the decision as dimensions: those of cases, and of hosts. A point is a word with one bit set in each.
/// A memslot's flags and a guest_memfd's have separate dimensions; "write after read" is the second access of a read
/// and a write; its first is a "read" like any other.
/// </summary>
public static class Inputs
{
    private static readonly List<Dimension> Made = [];

    private static readonly string[] NoYes = ["no", "yes"];

    /// <summary>The pairs of accesses.</summary>
    internal static IReadOnlyList<AccessList> Pairs { get; } = [.. CaseSpace.Sequences.Where(a => a.Count > 1)];

    /// <summary>The first accesses, then for each of <see cref="Pairs"/> the second.</summary>
    public static Dimension Access { get; } =
        New(
            "access",
            [
                .. CaseSpace.Accesses.Select(CaseText.Word),
                .. Pairs.Select(p => $"{CaseText.Word(p[1])} after {CaseText.Word(p[0])}"),
            ]
        );

    /// <summary>The bits of the first accesses.</summary>
    public static ulong FirstAccesses { get; } =
        CaseSpace.Accesses.Aggregate(0ul, (bits, a) => bits | Access.Bit((int)a));

    public static Dimension Backing { get; } = New(CaseDimensions.Backing);

    public static Dimension Memory { get; } = New(CaseDimensions.Memory);

    public static Dimension Type { get; } = New(CaseDimensions.Type);

    public static Dimension Sharing { get; } = New(CaseDimensions.Sharing);

    public static Dimension AnyUncached { get; } = New(CaseDimensions.AnyUncached);

    public static Dimension Mmap { get; } = Flag("gmem-mmap", "no GUEST_MEMFD_FLAG_MMAP", "GUEST_MEMFD_FLAG_MMAP");

    public static Dimension InitShared { get; } =
        Flag("gmem-init-shared", "no GUEST_MEMFD_FLAG_INIT_SHARED", "GUEST_MEMFD_FLAG_INIT_SHARED");

    public static Dimension Bound { get; } = New(CaseDimensions.Bound);

    public static Dimension Vma { get; } = New(CaseDimensions.Vma);

    public static Dimension ReadOnly { get; } = Flag("slot-ro", "writable memslot", "READONLY memslot");

    public static Dimension Log { get; } = Flag("slot-log", "no dirty logging", "dirty logging");

    public static Dimension Size { get; } = New(CaseDimensions.Size);

    public static Dimension Late { get; } = New(CaseDimensions.Late);

    public static Dimension Mte { get; } = New(CaseDimensions.Mte);

    public static Dimension HostFwb { get; } = New("host-fwb", NoYes);

    public static Dimension HostDic { get; } = New("host-dic", NoYes);

    public static Dimension HostMte { get; } = New("host-mte", NoYes);

    /// <summary>In the order of a description.</summary>
    public static IReadOnlyList<Dimension> All => Made;

    /// <summary>The host's dimensions.</summary>
    public static IReadOnlyList<Dimension> OfHost { get; } = [HostFwb, HostDic, HostMte];

    /// <summary>All bits of all dimensions: a cube of everything.</summary>
    public static ulong Everything { get; } = Made.Aggregate(0ul, (bits, d) => bits | d.Mask);

    /// <summary>
    /// Every buildable case on every host of <see cref="HostFacts.All"/>: the hosts of one case, then of the next.
    /// </summary>
    internal static ulong[] Points => AllPoints.Value;

    private static readonly Lazy<ulong[]> AllPoints = new(() =>
        [.. from c in CaseSpace.Buildable let word = Word(c) from host in HostFacts.All select word | Word(host)]
    );

    private static readonly ConcurrentDictionary<ulong, int[]> AlikeBut = new();

    /// <summary>For each of <see cref="Points"/> the first that is the same outside the mask.</summary>
    internal static int[] Alike(ulong mask) => AlikeBut.GetOrAdd(mask, static hidden =>
        {
            ulong[] points = Points;
            var first = new Dictionary<ulong, int>(points.Length);
            int[] alike = new int[points.Length];
            for (int i = 0; i < points.Length; i++)
            {
                first.TryAdd(points[i] & ~hidden, i);
                alike[i] = first[points[i] & ~hidden];
            }
            return alike;
        });

    /// <summary>A case without a host.</summary>
    /// <param name="c">The case.</param>
    /// <param name="access">Which of its accesses: the last if null.</param>
    public static ulong Word(AttributeCase c, int? access = null)
    {
        int at = access ?? c.Accesses.Count - 1;
        return (at == 0 ? Access.Bit((int)c.Accesses[0]) : SecondAccess(c.Accesses))
            | Backing.Bit((int)c.Backing.Kind)
            | Memory.Bit((int)c.Backing.Memory)
            | Type.Bit((int)c.Backing.Type)
            | Sharing.Bit((int)c.Backing.Sharing)
            | Bit(AnyUncached, c.Backing.AllowAnyUncached)
            | Bit(Mmap, (c.Backing.GuestMemory & GuestMemoryFlags.Mmap) != 0)
            | Bit(InitShared, (c.Backing.GuestMemory & GuestMemoryFlags.InitShared) != 0)
            | Bit(Bound, c.Backing.Bound)
            | Bit(Vma, c.VmaWritable)
            | Bit(ReadOnly, (c.Slot & SlotFlags.ReadOnly) != 0)
            | Bit(Log, (c.Slot & SlotFlags.LogDirtyPages) != 0)
            | Size.Bit((int)c.Extent)
            | Bit(Late, c.Late)
            | Bit(Mte, c.Mte);
    }

    /// <summary>The bit of a pair's second access.</summary>
    internal static ulong SecondAccess(AccessList pair)
    {
        for (int i = 0; i < Pairs.Count; i++)
        {
            if (Pairs[i] == pair)
                return Access.Bit(Access.Values.Count - Pairs.Count + i);
        }
        throw new ArgumentOutOfRangeException(nameof(pair), pair, null);
    }

    /// <summary>The bits of pairs with one of these as the second access.</summary>
    internal static ulong Later(ulong accesses) =>
        Pairs.Where(p => (accesses & Access.Bit((int)p[1])) != 0).Aggregate(0ul, (bits, p) => bits | SecondAccess(p));

    /// <summary>A host without a case.</summary>
    public static ulong Word(HostFacts host) =>
        Bit(HostFwb, host.Fwb) | Bit(HostDic, host.Dic) | Bit(HostMte, host.Mte);

    private static ulong Bit(Dimension dimension, bool value) => dimension.Bit(value ? 1 : 0);

    private static Dimension New(Model.Dimensions.Dimension dimension) =>
        New(dimension.Name, [.. dimension.Values.Select(v => v.Word)], [.. dimension.Values.Select(v => v.Phrase)]);

    private static Dimension Flag(string name, string no, string yes) => New(name, NoYes, [no, yes]);

    private static Dimension New(string name, string[] values, string[]? phrases = null)
    {
        var dimension = new Dimension(name, values, Made.Sum(d => d.Values.Count)) { Phrases = phrases ?? values };
        Made.Add(dimension);
        return dimension;
    }
}
