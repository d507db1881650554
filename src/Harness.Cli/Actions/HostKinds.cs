using Harness.Analysis.Differences;
using Harness.Model;

namespace Harness.Cli.Actions;

/// <summary>The kinds of host that a case tells apart.</summary>
internal static class HostKinds
{
    /// <summary>Hosts on which all policies decide alike and by the same path, those with the most features first.</summary>
    public static List<List<HostFacts>> Of(Case c, IReadOnlyList<Policy> policies, IReadOnlyList<HostFacts> hosts)
    {
        string Way(HostFacts host) => string.Join('|', policies.Select(p =>
        {
            p.Decide(host, c, out var decision);
            return $"{(c.Guest is null ? "" : host.Fwb)}{decision.RegistrationPath:x}/{decision.AccessPath(0):x}/{decision.AccessPath(1):x}/{p.Predict(host, c)}";
        }));

        return [.. hosts.Reverse().GroupBy(Way).Select(g => g.ToList())];
    }

    /// <summary>"on a CPU with FWB and DIC", "on any other CPU".</summary>
    /// <param name="kinds">All of them.</param>
    /// <param name="i">Which.</param>
    /// <param name="all">They are all the kinds there are, so that the last is what remains.</param>
    public static string Where(IReadOnlyList<List<HostFacts>> kinds, int i, bool all) =>
        all && i > 0 && i == kinds.Count - 1 ? "on any other CPU"
        : CubeText.Hosts(kinds[i]) is var hosts && hosts.StartsWith("on ", StringComparison.Ordinal) ? hosts
        : $"on a CPU {hosts}";
}
