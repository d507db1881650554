namespace Harness.Analysis.Audits;

/// <summary>Lists names, with or without figures; neighbours with the same figure are joined.</summary>
internal static class Neighbours
{
    /// <param name="all">All names, in order.</param>
    /// <param name="those">The names to list, with their figures.</param>
    public static string Join(IReadOnlyList<string> all, IEnumerable<(string Name, int Figure)> those)
    {
        var figures = those.ToDictionary(t => t.Name, t => t.Figure);
        return string.Join(
            ", ",
            Ranges(all, n => figures.TryGetValue(n, out int figure) ? figure : null)
                .Select(r => r.First == r.Last ? $"{r.First} ({r.Figure})" : $"{r.First} to {r.Last} ({r.Figure} each)")
        );
    }

    /// <summary>"a, c to e": those names alone.</summary>
    public static string Names(IReadOnlyList<string> all, IReadOnlySet<string> those) =>
        string.Join(
            ", ",
            Ranges(all, n => those.Contains(n) ? 0 : null)
                .Select(r => r.First == r.Last ? r.First : $"{r.First} to {r.Last}")
        );

    /// <summary>Names that follow one another with the same figure; a name without one is in no range.</summary>
    private static IEnumerable<(string First, string Last, int Figure)> Ranges(
        IReadOnlyList<string> all,
        Func<string, int?> figureOf
    )
    {
        for (int i = 0; i < all.Count; i++)
        {
            if (figureOf(all[i]) is not { } figure)
                continue;
            int first = i;
            while (i + 1 < all.Count && figureOf(all[i + 1]) == figure)
                i++;
            yield return (all[first], all[i], figure);
        }
    }
}
