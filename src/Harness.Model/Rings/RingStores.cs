namespace Harness.Model.Rings;

/// <summary>
/// The stores that a VMM never learns of. A VMM sends a page after the reset of its entry: what is stored up to then is
/// sent, and what is stored after it must have another entry.
/// </summary>
public static class RingStores
{
    /// <summary>
    /// The pages with a store that no entry reported; empty for a case that doesn't end with a read and a reset.
    /// </summary>
    /// <param name="c">The case.</param>
    /// <param name="acts">What its acts did, as far as they were made.</param>
    public static IReadOnlyList<int> Lost(RingCase c, IReadOnlyList<RingPart> acts)
    {
        if (acts.Count < c.Acts.Count || c.Acts is not [.., { Verb: RingVerb.Read }, { Verb: RingVerb.Reset }])
            return [];
        var stored = new SortedSet<int>();
        var read = new HashSet<int>();
        int next = 0;
        for (int i = 0; i < acts.Count; i++)
        {
            if (c.Acts[i].Verb == RingVerb.Rewind)
                next = 0;
            if (acts[i].Next is { } end)
            {
                for (int page = next; page < end; page++)
                    stored.Add(page);
                next = end;
            }
            read.UnionWith(acts[i].Pages);
            if (c.Acts[i].Verb == RingVerb.Reset)
            {
                stored.ExceptWith(read);
                read.Clear();
            }
        }
        return [.. stored];
    }
}
