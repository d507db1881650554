namespace Harness.Model.Caches;

/// <summary>
/// The line of the word under test, as every state that it may be in: caches evict, write back and fetch when they
/// like. What a load may return is what it returns in some of these states, and no word that was never stored. Arm ARM,
/// "Mismatched memory attributes" and "Cache identification, maintenance and behavior".
/// </summary>
/// <param name="fetchesAhead">
/// The page has a cacheable mapping of the host, which may fetch the line ahead at any time: the kernel's linear map,
/// or the process's.
/// </param>
/// <param name="coherentInstructions">CTR_EL0.DIC: instruction caches need no invalidation, and count as none.</param>
public sealed class CacheLine(bool fetchesAhead, bool coherentInstructions)
{
    private HashSet<LineState> _states =
    [
        // Stored, and cleaned and invalidated.
        new(CacheWords.Old, Cached.Absent, CacheWords.None, CacheWords.None),
    ];

    /// <summary>The guest may fetch instructions from the page ahead, through the caches or past them.</summary>
    private bool? _guestFetches;

    /// <summary>All states that it may be in, without what happens by itself next.</summary>
    public IReadOnlySet<LineState> States => _states;

    /// <summary>Stage 2 has an executable leaf for the page from now on; null: it hasn't.</summary>
    /// <param name="cacheable">The guest's fetches go through the data caches.</param>
    public void Fetches(bool? cacheable) => _guestFetches = coherentInstructions ? null : cacheable;

    /// <summary>Everything that a load may return; the line is as it is after one.</summary>
    public CacheWords Load(bool cacheable)
    {
        Settle();
        var found = Words(s => s.Found(cacheable));
        if (cacheable)
            Each(s => s.Allocated);
        return found;
    }

    /// <summary>A store of a word, or of one that may not be made.</summary>
    public void Store(CacheWords word, bool cacheable, bool maybe = false)
    {
        Settle();
        HashSet<LineState> before = maybe ? _states : [];
        Each(s => s.Stored(word, cacheable));
        _states.UnionWith(before);
    }

    /// <summary>A store of the word that it found.</summary>
    public void StoreBack(bool cacheable)
    {
        Settle();
        Each(s => s.Stored(s.Found(cacheable), cacheable));
    }

    /// <summary>DC CVAC.</summary>
    public void Clean()
    {
        Settle();
        Each(s => s.Cleaned);
    }

    /// <summary>DC CIVAC, and what KVM does to a page.</summary>
    public void CleanInvalidate()
    {
        Settle();
        Each(s => s.Cleaned.Invalidated);
    }

    /// <summary>DC IVAC that is no DC CIVAC.</summary>
    public void Invalidate()
    {
        Settle();
        Each(s => s.Invalidated);
    }

    /// <summary>An invalidation of the page in all instruction caches.</summary>
    public void InvalidateInstructions()
    {
        Settle();
        Each(s => s.WithoutInstruction);
    }

    /// <summary>Everything that an instruction fetch may find.</summary>
    public CacheWords Fetch(bool cacheable)
    {
        Settle();
        return Words(s => s.Instruction == CacheWords.None ? s.Found(cacheable) : s.Instruction);
    }

    private CacheWords Words(Func<LineState, CacheWords> word) =>
        _states.Aggregate(CacheWords.None, (words, s) => words | word(s));

    private void Each(Func<LineState, LineState> change) => _states = [.. _states.Select(change)];

    /// <summary>Adds every state that a state may turn into by itself.</summary>
    private void Settle()
    {
        var open = new Stack<LineState>(_states);
        while (open.TryPop(out var state))
            foreach (var next in ByItself(state))
                if (_states.Add(next))
                    open.Push(next);
    }

    private IEnumerable<LineState> ByItself(LineState s)
    {
        yield return s.Cleaned;
        if (s.Data == Cached.Clean)
            yield return s.Invalidated;
        if (fetchesAhead)
            yield return s.Allocated;
        if (_guestFetches is not { } cacheable)
            yield break;
        yield return s.Instruction == CacheWords.None
            ? s with
            {
                Instruction = s.Found(cacheable),
            }
            : s.WithoutInstruction;
    }
}
