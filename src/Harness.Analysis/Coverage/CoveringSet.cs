using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>
/// A small set of cases that takes every path of some policies and notices every mutant of them that any case would: what a
/// quick run asks of a host.
/// </summary>
public static class CoveringSet
{
    /// <summary>The same for the same arguments: the plainest case of each path, then of each mutant that still lives.</summary>
    public static IReadOnlyList<Case> For(IReadOnlyList<Policy> policies, IReadOnlyList<Case> space)
    {
        var chosen = new HashSet<Case>(ReferenceEqualityComparer.Instance);
        foreach (var policy in policies)
        {
            var walk = new PolicyWalk(policy, space, HostFacts.All);
            foreach (var points in walk.Paths.Values.OrderBy(points => points[0]))
                if (!points.Exists(p => chosen.Contains(walk.CaseOf(p))))
                    chosen.Add(walk.CaseOf(points.MinBy(p => Plainness.Cost(walk.CaseOf(p)))));
            foreach (var mutant in Mutants.Of(walk))
                if (!chosen.Any(c => HostFacts.All.Any(h => Tells(policy, mutant.Policy, c, h)))
                    && MutantFate.Of(walk, mutant, _ => true) is { Fate: Fate.Killed, Case: { } killer })
                    chosen.Add(killer);
        }
        return [.. space.Where(chosen.Contains)];
    }

    private static bool Tells(Policy policy, Policy mutant, Case c, HostFacts host)
    {
        policy.Decide(host, c, out var right);
        mutant.Decide(host, c, out var wrong);
        return !right.Overlaps(in wrong);
    }
}
