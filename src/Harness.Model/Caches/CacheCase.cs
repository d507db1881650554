using Harness.Model.Validity;

namespace Harness.Model.Caches;

/// <summary>
/// A case about caches: the process and the guest store and load one word, by types of their own, and maintain its
/// line. Before that, memory holds the word "old", and no cache has the line.
/// </summary>
/// <param name="Setting">
/// The slot and its memory; its accesses are not used. The word is the first of the slot's first page, or of its last
/// page where a block maps the slot.
/// </param>
/// <param name="StageOne">
/// The type in the guest's own tables; <see cref="Combination.MmuOff"/> for a guest without.
/// </param>
/// <param name="Acts">What is done, in order.</param>
public sealed record CacheCase(AccessCase Setting, EffectiveType StageOne, CacheActList Acts)
    : Case(Setting.Backing, Setting.VmaWritable)
{
    /// <summary>What the keys begin with.</summary>
    public const string KeyWord = "cache";

    private static readonly AccessList Unused = new(Access.Read);

    /// <param name="backing">The memory.</param>
    /// <param name="extent">The slot's size.</param>
    /// <param name="stageOne">See <see cref="StageOne"/>.</param>
    /// <param name="acts">See <see cref="Acts"/>.</param>
    public CacheCase(Backing backing, Extent extent, EffectiveType stageOne, params CacheAct[] acts)
        : this(
            new AccessCase(backing, VmaWritable: true, SlotFlags.None, Unused) { Extent = extent },
            stageOne,
            new CacheActList(acts)
        ) { }

    /// <summary>
    /// The instructions that the words are: BR X20, BR X21, BR X22, so that a guest that executes one shows which.
    /// </summary>
    public const uint OldWord = 0xd61f_0280,
        NewWord = 0xd61f_02a0,
        GuestWord = 0xd61f_02c0;

    /// <summary>The name of a word that was read.</summary>
    public static CacheWords NameOf(uint word) =>
        word switch
        {
            OldWord => CacheWords.Old,
            NewWord => CacheWords.New,
            GuestWord => CacheWords.Guest,
            _ => CacheWords.Other,
        };

    protected override string? Restriction() => CacheRestrictions.All.Against(this);
}

/// <summary>What is done in a case about caches, compared by content.</summary>
public readonly record struct CacheActList
{
    /// <summary>More show nothing that fewer don't.</summary>
    public const int Most = 16;

    private readonly CacheAct[] _items;

    public CacheActList(params CacheAct[] items)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(items.Length, Most);
        _items = items;
    }

    public ReadOnlySpan<CacheAct> Span => _items;

    public bool Equals(CacheActList other) => Span.SequenceEqual(other.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var act in Span)
            hash.Add(act);
        return hash.ToHashCode();
    }

    /// <summary>As in keys: "host-store,guest-load".</summary>
    public override string ToString() => string.Join(',', Span.ToArray().Select(CacheText.Acts.Of));
}
