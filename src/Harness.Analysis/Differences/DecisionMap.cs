using Harness.Cases;
using Harness.Model;

namespace Harness.Analysis.Differences;

/// <summary>
/// A policy's decision at every point: every buildable case on every host of <see cref="HostFacts.All"/>.
/// </summary>
public sealed class DecisionMap
{
    private readonly ushort[] _at;
    private readonly Decision[] _distinct;

    private DecisionMap(Policy policy, ushort[] at, Decision[] distinct) =>
        (Policy, _at, _distinct) = (policy, at, distinct);

    /// <summary>How many points there are.</summary>
    public static int Points => CaseSpace.Buildable.Count * HostFacts.All.Count;

    public Policy Policy { get; }

    /// <summary>The distinct decisions; paths are those of the first point that has it.</summary>
    public IReadOnlyList<Decision> Distinct => _distinct;

    /// <summary>
    /// The index into <see cref="Distinct"/> for each point: the hosts of the first case, then those of the next.
    /// </summary>
    public ReadOnlySpan<ushort> At => _at;

    public static DecisionMap Of(Policy policy)
    {
        var hosts = HostFacts.All;
        var at = new ushort[Points];
        var known = new Dictionary<Decision, ushort>();
        int next = 0;
        foreach (var c in CaseSpace.Buildable)
        {
            for (int h = 0; h < hosts.Count; h++)
            {
                policy.Decide(hosts[h], c, out var decision);
                if (!known.TryGetValue(decision, out ushort index))
                    known.Add(decision, index = checked((ushort)known.Count));
                at[next++] = index;
            }
        }
        return new DecisionMap(policy, at, [.. known.Keys]);
    }
}
