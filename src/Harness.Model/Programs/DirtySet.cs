namespace Harness.Model.Programs;

/// <summary>The dirty pages of a slot: those that a program has names for, and all others together.</summary>
internal readonly record struct DirtySet
{
    /// <summary>The others are between the second page and the last.</summary>
    private const int OfOthers = (int)SlotPage.Last;

    private readonly int _bits;

    private DirtySet(int bits) => _bits = bits;

    public static DirtySet All { get; } = new(0b1111);

    /// <param name="page">Of either slot: the log of each is a set of its own.</param>
    public static DirtySet Of(SlotPage page) => new(1 << Place(page.In(alias: false)));

    public bool IsEmpty => _bits == 0;

    /// <summary>Pages are dirty that the program has no name for.</summary>
    public bool Others => (_bits & (1 << OfOthers)) != 0;

    public IReadOnlyList<SlotPage> Pages => [.. SlotPages.All.Where(Contains)];

    public bool Contains(SlotPage page) => !(this & Of(page)).IsEmpty;

    public DirtySet Except(DirtySet other) => new(_bits & ~other._bits);

    /// <summary>Whether a page is between the first dirty page and the last, or is one of them.</summary>
    /// <param name="page">The page.</param>
    /// <param name="considered">Which of the named pages count; the others always do.</param>
    public bool Spans(SlotPage page, Func<SlotPage, bool> considered)
    {
        var set = SlotPages.All.Where(considered).Aggregate(Others ? new(1 << OfOthers) : default(DirtySet), Add);
        return !set.IsEmpty && !(SpanOf(set) & Of(page)).IsEmpty;
    }

    private static DirtySet SpanOf(DirtySet set) =>
        new((1 << (int.Log2(set._bits) + 1)) - (1 << int.TrailingZeroCount(set._bits)));

    private DirtySet Add(DirtySet to, SlotPage page) => to | (this & Of(page));

    public static DirtySet operator |(DirtySet a, DirtySet b) => new(a._bits | b._bits);

    public static DirtySet operator &(DirtySet a, DirtySet b) => new(a._bits & b._bits);

    private static int Place(SlotPage page) => page < SlotPage.Last ? (int)page : OfOthers + 1;
}
