namespace Harness.Runs.Migrating;

/// <summary>Some hosts that are up together, and the pairs of them that run meanwhile.</summary>
/// <param name="Hosts">By their numbers.</param>
/// <param name="Pairs">By the numbers of both hosts.</param>
public sealed record PairBlock(IReadOnlyList<int> Hosts, IReadOnlyList<(int From, int To)> Pairs);

/// <summary>
/// The order in which pairs run if not all hosts can be up at once: the hosts in groups, two groups at a time, each
/// with each. A group stays up while its partners change.
/// </summary>
public static class PairSchedule
{
    /// <param name="pairs">All pairs.</param>
    /// <param name="atOnce">How many hosts can be up; at least 2.</param>
    public static IReadOnlyList<PairBlock> Of(IReadOnlyList<(int From, int To)> pairs, int atOnce)
    {
        int[] hosts = [.. pairs.SelectMany(p => new[] { p.From, p.To }).Distinct()];
        if (hosts.Length <= atOnce)
            return [new PairBlock(hosts, pairs)];
        int[][] groups = [.. hosts.Chunk(Math.Max(1, atOnce / 2))];
        var blocks = new List<PairBlock>();
        var left = pairs.ToList();
        for (int i = 0; i < groups.Length; i++)
        for (int j = i + 1; j < groups.Length; j++)
        {
            int[] up = [.. groups[i], .. groups[j]];
            // Pairs within a group run when it is up for the first time.
            (int From, int To)[] some = [.. left.Where(p => up.Contains(p.From) && up.Contains(p.To))];
            left.RemoveAll(some.Contains);
            if (some.Length > 0)
                blocks.Add(new PairBlock(up, some));
        }
        return blocks;
    }
}
