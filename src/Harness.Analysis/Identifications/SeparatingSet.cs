using System.Numerics;
using System.Runtime.Intrinsics;
using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Identifications;

/// <summary>
/// A small set of cases that distinguishes every two policies that any case distinguishes: it finds out which policy a
/// host implements.
/// </summary>
public static class SeparatingSet
{
    /// <summary>
    /// For a host of any kind: the union of the sets for each. Greedy; the simplest of equally good cases.
    /// </summary>
    /// <param name="policies">At most 45.</param>
    /// <param name="space">The cases to choose from.</param>
    /// <param name="times">How many cases must distinguish each two policies, if there are that many.</param>
    public static IReadOnlyList<Case> For(IReadOnlyList<Policy> policies, IReadOnlyList<Case> space, int times)
    {
        Case[] plainest = [.. space.OrderBy(Complexity.Cost)];
        Case[] lives = [.. plainest.OfType<LifecycleCase>()];
        return
        [
            .. HostFacts
                .All.SelectMany(host => For(policies, plainest, host, times))
                // Lifecycle cases run in protected mode, too.
                .Concat(HostFacts.Protected.SelectMany(host => For(policies, lives, host, times)))
                .Distinct(),
        ];
    }

    private static List<Case> For(IReadOnlyList<Policy> policies, Case[] cases, HostFacts host, int times)
    {
        // Cases that split the policies alike are equally good: the simplest is used.
        var splits = new Dictionary<Pairs, List<Case>>();
        var decisions = new Decision[policies.Count];
        foreach (var c in cases)
        {
            Pairs split;
            if (c is LifecycleCase lifecycle)
            {
                // Many policies have the same machine.
                var apart = new Dictionary<(Machine, Machine), bool>();
                split = Split(policies.Count, (a, b) =>
                {
                    var two = (policies[a].Ownership, policies[b].Ownership);
                    return apart.TryGetValue(two, out bool known)
                        ? known
                        : apart[two] =
                            two.Item1.PartsFrom(two.Item2, host, lifecycle.Scenario, lifecycle.Operations) is not null;
                });
            }
            else
            {
                for (int p = 0; p < decisions.Length; p++)
                    policies[p].Decide(host, (AttributeCase)c, out decisions[p]);
                split = Split(policies.Count, (a, b) => !decisions[a].Overlaps(in decisions[b]));
            }
            if (split.IsEmpty)
                continue;
            if (!splits.TryGetValue(split, out var alike))
                splits[split] = alike = [];
            if (alike.Count < times)
                alike.Add(c);
        }
        var chosen = new List<Case>();
        for (int round = 0; round < times; round++)
        {
            var left = splits.Keys.Aggregate(default(Pairs), (a, b) => a | b);
            while (!left.IsEmpty)
            {
                var (split, alike) = splits.MaxBy(s => (s.Key & left).Count);
                chosen.Add(alike[0]);
                alike.RemoveAt(0);
                if (alike.Count == 0)
                    splits.Remove(split);
                left &= ~split;
            }
        }
        return chosen;
    }

    /// <summary>A bit for each two policies, set if no run is allowed by both.</summary>
    private static Pairs Split(int policies, Func<int, int, bool> apart)
    {
        var split = default(Pairs);
        int pair = 0;
        for (int a = 0; a < policies; a++)
        for (int b = a + 1; b < policies; b++, pair++)
            if (apart(a, b))
                split |= Pairs.Bit(pair);
        return split;
    }

    /// <summary>1024 bits: enough for the pairs of 45 policies.</summary>
    private readonly record struct Pairs(Vector512<ulong> Low, Vector512<ulong> High)
    {
        public bool IsEmpty => (Low | High) == Vector512<ulong>.Zero;

        public int Count
        {
            get
            {
                int count = 0;
                for (int i = 0; i < Vector512<ulong>.Count; i++)
                    count += BitOperations.PopCount(Low[i]) + BitOperations.PopCount(High[i]);
                return count;
            }
        }

        public static Pairs Bit(int n) =>
            n < 512 ? new(One(n), default)
            : n < 1024 ? new(default, One(n - 512))
            : throw new ArgumentOutOfRangeException(nameof(n), n, "more than 45 policies");

        private static Vector512<ulong> One(int n) => Vector512<ulong>.Zero.WithElement(n / 64, 1UL << (n % 64));

        public static Pairs operator |(Pairs a, Pairs b) => new(a.Low | b.Low, a.High | b.High);

        public static Pairs operator &(Pairs a, Pairs b) => new(a.Low & b.Low, a.High & b.High);

        public static Pairs operator ~(Pairs a) => new(~a.Low, ~a.High);
    }
}
