using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>
/// The rules that fired at one point, in each of its parts. Two points with the same path were decided alike by the
/// same rules.
/// </summary>
/// <param name="Registration">At registration.</param>
/// <param name="First">At the first access.</param>
/// <param name="Second">At the second, if there is one.</param>
/// <param name="Third">At the third.</param>
/// <param name="Change">At the change that userspace makes.</param>
public readonly record struct RulePath(
    RuleSet Registration,
    RuleSet First,
    RuleSet Second,
    RuleSet Third,
    RuleSet Change
)
{
    public static RulePath Of(in Decision d) =>
        new(d.RegistrationPath, d.AccessPath(0), d.AccessPath(1), d.AccessPath(2), d.ChangePath);

    /// <summary>All of them.</summary>
    public RuleSet Rules => Registration | First | Second | Third | Change;
}

/// <summary>
/// A policy's decision at every point of a space, which is cases times hosts; and the points by path.
/// </summary>
public sealed class PolicyWalk
{
    /// <summary>
    /// This many points of each path, spread over it, come before the others: most mutants are killed there.
    /// </summary>
    private const int Early = 8;

    private readonly Decision[] _decisions;
    private readonly Dictionary<RulePath, List<int>> _points = [];
    private readonly Dictionary<RulePath, RuleSet> _rules = [];

    public PolicyWalk(Policy policy, IReadOnlyList<AttributeCase> cases, IReadOnlyList<HostFacts> hosts)
    {
        (Policy, Cases, Hosts) = (policy, cases, hosts);
        _decisions = new Decision[cases.Count * hosts.Count];
        for (int point = 0; point < _decisions.Length; point++)
        {
            ref var decision = ref _decisions[point];
            policy.Decide(HostOf(point), CaseOf(point), out decision);
            if (decision.Outside)
                continue;
            var path = RulePath.Of(in decision);
            if (!_points.TryGetValue(path, out var same))
                _points[path] = same = [];
            same.Add(point);
            _rules[path] = _rules.GetValueOrDefault(path) | path.Rules | decision.RulesEvaluated;
        }
    }

    public Policy Policy { get; }

    public IReadOnlyList<AttributeCase> Cases { get; }

    public IReadOnlyList<HostFacts> Hosts { get; }

    /// <summary>
    /// Size of the space. A point's number is the index of its case times the number of hosts, plus the index of its
    /// host.
    /// </summary>
    public int Points => _decisions.Length;

    /// <summary>The paths that the policy takes, each with its points.</summary>
    public IReadOnlyDictionary<RulePath, List<int>> Paths => _points;

    public AttributeCase CaseOf(int point) => Cases[point / Hosts.Count];

    public HostFacts HostOf(int point) => Hosts[point % Hosts.Count];

    public ref readonly Decision Decision(int point) => ref _decisions[point];

    /// <summary>
    /// Every point at which one of these rules fired, and others of the same paths. Ordered so that every path comes
    /// early; some points occur twice.
    /// </summary>
    /// <param name="rules"><see cref="RuleSet.All"/> for every point.</param>
    public IEnumerable<int> Through(RuleSet rules)
    {
        List<int>[] through = [.. _points.Where(p => _rules[p.Key].Overlaps(rules)).Select(p => p.Value)];
        foreach (var points in through)
            for (int i = 0; i < Math.Min(Early, points.Count); i++)
                yield return points[EarlyAt(points, i)];
        foreach (var points in through)
        foreach (int point in points)
            yield return point;
    }

    private static int EarlyAt(List<int> points, int i) => (int)((long)points.Count * i / Early);
}
