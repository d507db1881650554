using System.Numerics;

namespace Harness.Analysis.Differences;

/// <summary>
/// The shortest description of a set of points as a union of cubes. Two-level minimisation, as in logic synthesis:
/// starting at an uncovered point, cubes are widened as far as possible without containing a forbidden point, along
/// several orders of the dimensions; the one that covers most is taken; at the end redundant cubes are removed. Exact
/// in coverage, greedy in length. Deterministic.
/// </summary>
public static class Cover
{
    /// <summary>
    /// The dimensions in the order in which they are freed: first those that others imply (a flag of a guest_memfd
    /// implies a guest_memfd), last those that a reader would name.
    /// </summary>
    private static readonly Dimension[] FreedFirst =
    [
        Inputs.InitShared,
        Inputs.Mmap,
        Inputs.Bound,
        Inputs.Size,
        Inputs.HostMte,
        Inputs.Sharing,
        Inputs.Vma,
        Inputs.ReadOnly,
        Inputs.Log,
        Inputs.AnyUncached,
        Inputs.Mte,
        Inputs.Late,
        Inputs.HostDic,
        Inputs.HostFwb,
        Inputs.Backing,
        Inputs.Type,
        Inputs.Memory,
        Inputs.Access,
    ];

    /// <summary>How many start points to try at once, since the first alone may give a poor result.</summary>
    private const int ManySeeds = 4;

    /// <param name="on">The points to cover, without duplicates.</param>
    /// <param name="off">
    /// The points not to cover. A point in neither may be covered or not, whichever is shorter.
    /// </param>
    public static IReadOnlyList<Cube> Of(IReadOnlyCollection<ulong> on, IReadOnlyCollection<ulong> off)
    {
        ulong[] wanted = [.. on];
        ulong[] forbidden = [.. off];
        var orders = Orders(wanted, forbidden);
        var one = Greedy(wanted, forbidden, orders, seeds: 1);
        var many = one.Count == 1 ? one : Greedy(wanted, forbidden, orders, ManySeeds);
        var cubes = Length(many).CompareTo(Length(one)) < 0 ? many : one;
        for (int i = 0; i < cubes.Count; i++)
            cubes[i] = Plainest(cubes[i], wanted);
        for (int i = 0; i < cubes.Count; i++)
            cubes[i] = Plainest(cubes[i], [.. wanted.Where(p => !cubes.Exists(c => c != cubes[i] && (p & ~c) == 0))]);
        return [.. cubes.Select(c => new Cube(c))];
    }

    private static (int Cubes, int Restrictions) Length(List<ulong> cubes) =>
        (cubes.Count, cubes.Sum(c => new Cube(c).Restricted.Count));

    private static List<ulong> Greedy(ulong[] on, ulong[] off, List<Dimension[]> orders, int seeds)
    {
        var chosen = new List<ulong>();
        var primes = new Dictionary<ulong, HashSet<ulong>>();
        ulong[] left = on;
        while (left.Length > 0)
        {
            ulong best = 0;
            var bestRank = (Covered: -1, Restrictions: 0, Values: 0);
            for (int i = 0; i < Math.Min(seeds, left.Length); i++)
            {
                ulong seed = left[(int)((long)i * left.Length / Math.Min(seeds, left.Length))];
                if (!primes.TryGetValue(seed, out var cubes))
                    primes.Add(seed, cubes = Widenings(seed, off, orders));
                foreach (ulong cube in cubes)
                {
                    var rank = (Covered(left, cube), -new Cube(cube).Restricted.Count, BitOperations.PopCount(cube));
                    if (rank.CompareTo(bestRank) > 0)
                        (best, bestRank) = (cube, rank);
                }
            }
            chosen.Add(best);
            left = [.. left.Where(p => (p & ~best) != 0)];
        }
        return WithoutSuperfluous(chosen, on);
    }

    private static int Covered(ulong[] points, ulong cube)
    {
        int count = 0;
        foreach (ulong point in points)
            count += (point & ~cube) == 0 ? 1 : 0;
        return count;
    }

    /// <summary>The default order, and those with one dimension freed last or first.</summary>
    private static List<Dimension[]> Orders(ulong[] on, ulong[] off)
    {
        ulong seen = on.Concat(off).Aggregate(0ul, (bits, p) => bits | p);
        Dimension[] all = [.. FreedFirst.Where(d => BitOperations.PopCount(seen & d.Mask) > 1)];
        return
        [
            all,
            .. all.Select(d => (Dimension[])[.. all.Where(o => o != d), d]),
            .. all.Select(d => (Dimension[])[d, .. all.Where(o => o != d)]),
        ];
    }

    /// <summary>The maximal cubes around a point.</summary>
    private static HashSet<ulong> Widenings(ulong seed, ulong[] off, List<Dimension[]> orders)
    {
        ulong[] barriers = Barriers(seed, off);
        return [.. orders.Select(order => Widen(seed, barriers, order))];
    }

    /// <summary>
    /// What limits the cubes around the point: the values in which a forbidden point differs from it. A cube that
    /// doesn't contain the nearest of them doesn't contain those beyond.
    /// </summary>
    private static ulong[] Barriers(ulong seed, ulong[] off)
    {
        ulong next = 0;
        foreach (ulong point in off)
            next |= BitOperations.PopCount(point & ~seed) == 1 ? point & ~seed : 0;
        var beyondNext = new HashSet<ulong>();
        foreach (ulong point in off)
        {
            if ((point & next) == 0)
                beyondNext.Add(point & ~seed);
        }
        ulong[] differences = [.. beyondNext];
        Array.Sort([.. differences.Select(BitOperations.PopCount)], differences);
        var nearest = new List<ulong>(Bits(next));
        foreach (ulong difference in differences)
        {
            bool beyond = false;
            foreach (ulong near in nearest)
            {
                if ((near & ~difference) == 0)
                {
                    beyond = true;
                    break;
                }
            }
            if (!beyond)
                nearest.Add(difference);
        }
        return [.. nearest];
    }

    private static IEnumerable<ulong> Bits(ulong word)
    {
        for (; word != 0; word &= word - 1)
            yield return word & ~(word - 1);
    }

    private static ulong Widen(ulong seed, ulong[] barriers, Dimension[] order)
    {
        // Dimensions that distinguish no points are free from the start.
        ulong cube = seed | (Inputs.Everything & ~order.Aggregate(0ul, (bits, d) => bits | d.Mask));
        foreach (var dimension in order)
            TryWiden(ref cube, dimension.Mask, barriers);
        foreach (var dimension in order)
        {
            for (int v = 0; v < dimension.Values.Count; v++)
                TryWiden(ref cube, dimension.Bit(v), barriers);
        }
        return cube;
    }

    private static void TryWiden(ref ulong cube, ulong by, ulong[] barriers)
    {
        ulong outside = ~(cube | by);
        foreach (ulong barrier in barriers)
        {
            if ((barrier & outside) == 0)
                return;
        }
        cube |= by;
    }

    private static List<ulong> WithoutSuperfluous(List<ulong> cubes, ulong[] on)
    {
        var needed = new List<ulong>(cubes);
        foreach (ulong cube in cubes)
        {
            if (on.All(p => needed.Any(other => other != cube && (p & ~other) == 0)))
                needed.Remove(cube);
        }
        return needed;
    }

    /// <summary>
    /// In dimensions that matter, the values that occur, unless the list of excluded values is shorter: a maximal cube
    /// contains values without any point, or that other cubes cover.
    /// </summary>
    private static ulong Plainest(ulong cube, ulong[] on)
    {
        ulong occurring = on.Where(p => (p & ~cube) == 0).Aggregate(0ul, (bits, p) => bits | p);
        foreach (var dimension in new Cube(cube).Restricted)
        {
            ulong narrow = occurring & dimension.Mask;
            int excluded = dimension.Values.Count - BitOperations.PopCount(cube & dimension.Mask);
            // There are few accesses; they are listed, in any position.
            if (dimension == Inputs.Access)
                cube = (cube & ~dimension.Mask) | narrow | (cube & Inputs.Later(narrow));
            else if (BitOperations.PopCount(narrow) <= excluded)
                cube = (cube & ~dimension.Mask) | narrow;
        }
        return cube;
    }
}
