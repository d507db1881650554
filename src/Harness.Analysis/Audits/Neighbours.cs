namespace Harness.Analysis.Audits;

/// <summary>Lists names with figures; neighbours with the same figure are joined.</summary>
internal static class Neighbours
{
    /// <param name="all">All names, in order.</param>
    /// <param name="those">The names to list, with their figures.</param>
    public static string Join(IReadOnlyList<string> all, IEnumerable<(string Name, int Figure)> those)
    {
        var figures = those.ToDictionary(t => t.Name, t => t.Figure);
        var said = new List<string>();
        for (int i = 0; i < all.Count; i++)
        {
            if (!figures.TryGetValue(all[i], out int figure))
                continue;
            int last = i;
            while (last + 1 < all.Count && figures.GetValueOrDefault(all[last + 1], -1) == figure)
                last++;
            said.Add(last == i ? $"{all[i]} ({figure})" : $"{all[i]} to {all[last]} ({figure} each)");
            i = last;
        }
        return string.Join(", ", said);
    }

    /// <summary>"a, c to e": those names alone.</summary>
    public static string Names(IReadOnlyList<string> all, IReadOnlySet<string> those)
    {
        var said = new List<string>();
        for (int i = 0; i < all.Count; i++)
        {
            if (!those.Contains(all[i]))
                continue;
            int last = i;
            while (last + 1 < all.Count && those.Contains(all[last + 1]))
                last++;
            said.Add(last == i ? all[i] : $"{all[i]} to {all[last]}");
            i = last;
        }
        return string.Join(", ", said);
    }
}
