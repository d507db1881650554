namespace Harness.Model.Caches;

/// <summary>What the data and unified caches, taken together, hold of a line.</summary>
public enum Cached : byte
{
    Absent,

    /// <summary>A copy that is dropped, not written back, when it is evicted.</summary>
    Clean,

    /// <summary>A copy that is written back to memory, at any time.</summary>
    Dirty,
}

/// <summary>Where the word under test is, on one machine at one time.</summary>
/// <param name="Memory">What memory holds, at the point of coherency.</param>
/// <param name="Data">Whether caches hold a copy.</param>
/// <param name="Copy">The copy; none where it is absent.</param>
/// <param name="Instruction">What an instruction cache holds; none where it holds nothing.</param>
public readonly record struct LineState(CacheWords Memory, Cached Data, CacheWords Copy, CacheWords Instruction)
{
    /// <summary>What an access through the caches finds.</summary>
    public CacheWords Cacheable => Data == Cached.Absent ? Memory : Copy;

    /// <summary>What an access finds.</summary>
    public CacheWords Found(bool cacheable) => cacheable ? Cacheable : Memory;

    /// <summary>After a load through the caches: it allocates the line.</summary>
    public LineState Allocated => Data == Cached.Absent ? this with { Data = Cached.Clean, Copy = Memory } : this;

    /// <summary>After a store: through the caches, or past them.</summary>
    public LineState Stored(CacheWords word, bool cacheable) =>
        cacheable ? this with { Data = Cached.Dirty, Copy = word } : this with { Memory = word };

    /// <summary>After a clean to the point of coherency: the copy stays.</summary>
    public LineState Cleaned => Data == Cached.Dirty ? this with { Memory = Copy, Data = Cached.Clean } : this;

    /// <summary>After an invalidation, which loses what is dirty.</summary>
    public LineState Invalidated => this with { Data = Cached.Absent, Copy = CacheWords.None };

    /// <summary>After an invalidation of the instruction cache.</summary>
    public LineState WithoutInstruction => this with { Instruction = CacheWords.None };
}
