namespace Harness.Runs.Sharding;

/// <summary>
/// Cuts a run into shards that take about the same time. It depends on nothing but its arguments and calculates with
/// integers, so that controllers that don't know each other compute the same shards.
/// </summary>
public static class ShardCut
{
    /// <summary>A cut this even is not made finer: each further part starts a host once more.</summary>
    private const double Even = 1.1;

    private const int Finest = 16;

    /// <param name="hosts">Their names differ.</param>
    /// <param name="of">How many shards.</param>
    /// <returns>The parts of each shard, in the order of the hosts; every case is in one part.</returns>
    public static IReadOnlyList<IReadOnlyList<ShardPart>> Of(IReadOnlyList<ShardHost> hosts, int of)
    {
        IReadOnlyList<IReadOnlyList<ShardPart>>? best = null;
        // A controller may have two hosts at once: one of them should not take as long as all others together.
        for (int pieces = 2; pieces <= Finest; pieces *= 2)
        {
            var shards = Distribute(Parts(hosts, of, pieces), of);
            if (best is null || Longest(shards) < Longest(best))
                best = shards;
            if (Longest(best) * of <= Even * best.Sum(Micros))
                break;
        }
        return best!;
    }

    /// <summary>The estimated time of a shard, one host after the other.</summary>
    public static long Micros(IReadOnlyList<ShardPart> shard) =>
        shard.Sum(p => p.Micros) + ShardHost.MicrosToStart * shard.DistinctBy(p => p.Host).Count();

    private static long Longest(IReadOnlyList<IReadOnlyList<ShardPart>> shards) => shards.Max(Micros);

    /// <summary>Hosts that take longer than a fraction of a fair share are cut into equal parts.</summary>
    private static IEnumerable<ShardPart> Parts(IReadOnlyList<ShardHost> hosts, int of, int pieces)
    {
        long most = Math.Max(1, hosts.Sum(h => h.Micros) / of / pieces);
        for (int i = 0; i < hosts.Count; i++)
        {
            var host = hosts[i];
            // A part that takes less time than its start is not worth it.
            long running = host.Cases * host.MicrosPerCase;
            long parts = host.CanBeCut ? Math.Min((running + most - 1) / most, running / ShardHost.MicrosToStart) : 1;
            int count = (int)Math.Clamp(parts, 1, Math.Max(1, host.Cases));
            for (int p = 0; p < count; p++)
            {
                int first = (int)((long)host.Cases * p / count);
                int cases = (int)((long)host.Cases * (p + 1) / count) - first;
                yield return new ShardPart(i, first, cases, cases * host.MicrosPerCase);
            }
        }
    }

    /// <summary>The longest first, each to the shard with the least; parts of a host that meet there are one.</summary>
    private static IReadOnlyList<ShardPart>[] Distribute(IEnumerable<ShardPart> parts, int of)
    {
        var shards = new List<ShardPart>[of];
        var least = new PriorityQueue<int, (long Micros, int Shard)>();
        for (int s = 0; s < of; s++)
        {
            shards[s] = [];
            least.Enqueue(s, (0, s));
        }
        foreach (var part in parts.OrderByDescending(p => p.Micros).ThenBy(p => p.Host).ThenBy(p => p.First))
        {
            int s = least.Dequeue();
            shards[s].Add(part);
            least.Enqueue(s, (Micros(shards[s]), s));
        }
        return [.. shards.Select(s => (IReadOnlyList<ShardPart>)[.. s.OrderBy(p => p.Host).ThenBy(p => p.First)])];
    }
}
