using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>
/// A small set of cases that takes every path of some policies and kills every mutant that any case would kill: the
/// quick set. Greedy, so it may not be minimal, but it is deterministic.
/// </summary>
public static class CoveringSet
{
    /// <param name="policies">The policies.</param>
    /// <param name="space">The cases to choose from: those that can run.</param>
    /// <param name="hosts">On each of these alone the set covers all that any case can show there.</param>
    /// <returns>In the order of the space.</returns>
    public static IReadOnlyList<AttributeCase> For(
        IReadOnlyList<Policy> policies,
        IReadOnlyList<AttributeCase> space,
        IReadOnlyList<HostFacts> hosts
    )
    {
        AttributeCase[] cases = [.. space.OrderBy(Complexity.Cost)];
        Policy[] different = Different(policies);
        var candidates = Candidates(different, hosts, cases);
        var covers = candidates.Select(_ => new List<int>()).ToArray();
        int goals = 0;
        foreach (var policy in different)
        foreach (var host in hosts)
            goals = AddGoals(new PolicyWalk(policy, candidates, [host]), covers, goals);
        var chosen = Choose(covers, goals).Select(c => candidates[c]).ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. space.Where(chosen.Contains)];
    }

    /// <summary>One policy of each group that decides alike: 6.19, for example, has the rules of 6.18.</summary>
    private static Policy[] Different(IReadOnlyList<Policy> policies) =>
        [.. policies.Where((policy, i) => !policies.Take(i).Any(earlier => SameRules(earlier, policy)))];

    private static bool SameRules(Policy one, Policy other) =>
        Enum.GetValues<Stage>()
            .All(stage =>
                one.Rules(stage)
                    .Select(r => (r.Name, r.When, r.Effect))
                    .SequenceEqual(other.Rules(stage).Select(r => (r.Name, r.When, r.Effect)))
            );

    /// <summary>
    /// Cases that take the same paths in every policy on every host have mostly the same coverage, so the simplest
    /// represents all of them; for a mutant that none of those kills, a case that kills it is added.
    /// </summary>
    private static List<AttributeCase> Candidates(
        Policy[] policies,
        IReadOnlyList<HostFacts> hosts,
        AttributeCase[] cases
    )
    {
        int[] alike = new int[cases.Length];
        foreach (var policy in policies)
            Refine(alike, new PolicyWalk(policy, cases, hosts));
        var firsts = Enumerable.Range(0, cases.Length).DistinctBy(c => alike[c]).ToHashSet();
        foreach (var policy in policies)
        foreach (var host in hosts)
        {
            var walk = new PolicyWalk(policy, cases, [host]);
            foreach (var mutant in Mutants.Of(walk))
                if (Killer(walk, mutant, firsts) is { } killer)
                    firsts.Add(killer);
        }
        return [.. firsts.Order().Select(c => cases[c])];
    }

    /// <summary>
    /// Splits groups of cases: two cases keep the same number only if they take the same paths in this walk.
    /// </summary>
    private static void Refine(int[] alike, PolicyWalk walk)
    {
        for (int host = 0; host < walk.Hosts.Count; host++)
        {
            var numbers = new Dictionary<(int, RulePath), int>();
            for (int c = 0; c < alike.Length; c++)
            {
                var key = (alike[c], RulePath.Of(in walk.Decision(c * walk.Hosts.Count + host)));
                if (!numbers.TryGetValue(key, out int number))
                    numbers[key] = number = numbers.Count;
                alike[c] = number;
            }
        }
    }

    /// <summary>
    /// A case that kills the mutant on the walk's one host, preferably a known one; null if none does.
    /// </summary>
    private static int? Killer(PolicyWalk walk, Mutant mutant, HashSet<int> known)
    {
        int? killer = null;
        foreach (int point in walk.Through(mutant.Touches))
        {
            bool isKnown = known.Contains(point);
            if ((killer is not null && !isKnown) || !IsKilled(walk, mutant, point))
                continue;
            if (isKnown)
                return point;
            killer = point;
        }
        return killer;
    }

    private static bool IsKilled(PolicyWalk walk, Mutant mutant, int point)
    {
        mutant.Policy.Decide(walk.HostOf(point), walk.CaseOf(point), out var mistaken);
        return !walk.Decision(point).Overlaps(in mistaken);
    }

    /// <summary>
    /// Each path and each mutant that is killed on the walk's one host is a goal; records which of its cases reach it.
    /// </summary>
    /// <returns>The new number of goals.</returns>
    private static int AddGoals(PolicyWalk walk, List<int>[] covers, int goals)
    {
        // With one host a point is a case.
        void Add(IEnumerable<int> points)
        {
            int[] by = [.. points];
            foreach (int c in by)
                covers[c].Add(goals);
            goals += by.Length > 0 ? 1 : 0;
        }

        foreach (var points in walk.Paths.Values)
            Add(points);
        foreach (var mutant in Mutants.Of(walk))
            Add(walk.Through(mutant.Touches).Distinct().Where(p => IsKilled(walk, mutant, p)));
        return goals;
    }

    private static List<int> Choose(List<int>[] covers, int goals)
    {
        var chosen = new List<int>();
        int[] times = new int[goals];
        int left = goals;
        while (left > 0)
        {
            int best = Enumerable.Range(0, covers.Length).MaxBy(c => covers[c].Count(g => times[g] == 0));
            chosen.Add(best);
            left -= covers[best].Count(g => times[g] == 0);
            covers[best].ForEach(g => times[g]++);
        }
        // A case that was chosen early may now be covered by the others together.
        for (int i = chosen.Count - 1; i >= 0; i--)
            if (covers[chosen[i]].TrueForAll(g => times[g] > 1))
            {
                covers[chosen[i]].ForEach(g => times[g]--);
                chosen.RemoveAt(i);
            }
        return chosen;
    }
}
