using Harness.Analysis.Differences;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Cli.Actions;

/// <summary>The kinds of host that a case distinguishes.</summary>
internal static class HostKinds
{
    /// <summary>
    /// Groups of hosts on which all policies decide alike and by the same path, those with the most features first.
    /// </summary>
    public static List<List<HostFacts>> Of(Case c, IReadOnlyList<Policy> policies, IReadOnlyList<HostFacts> hosts) =>
        [.. hosts.Reverse().GroupBy(h => PathOf(c, policies, h)).Select(g => g.ToList())];

    /// <summary>
    /// Equal for cases that all policies decide alike, and by the same paths, on each of these hosts.
    /// </summary>
    public static string Signature(Case c, IReadOnlyList<Policy> policies, IReadOnlyList<HostFacts> hosts) =>
        string.Join('\n', hosts.Select(h => $"{h}: {PathOf(c, policies, h)}"));

    private static string PathOf(Case c, IReadOnlyList<Policy> policies, HostFacts host)
    {
        return string.Join(
            '|',
            policies.Select(p =>
                c switch
                {
                    AttributeCase attributes => Decided(attributes, host, p),
                    ProgramCase or CapabilityCase or SlotCallsCase or AbortCase or NestedCase or TagCase or RingCase =>
                        p.Predict(host, c).ToString(),
                    CacheCase => p.Predict(host, c) is var caches
                        ? $"{caches} {string.Join(',', caches.CacheActs.Select(a => a.By?.Name))}"
                        : "",
                    _ => Lived(host, p),
                }
            )
        );

        static string Decided(AttributeCase c, HostFacts host, Policy policy)
        {
            policy.Decide(host, c, out var decision);
            return $"{(c is GuestCase ? host.Fwb : "")}{decision.RegistrationPath}/{decision.AccessPath(0)}/{decision.AccessPath(1)}/{policy.Predict(host, c)}";
        }

        string Lived(HostFacts host, Policy policy) =>
            string.Join(';', policy.Predict(host, c).Operations.Select(a => $"{a.Outcome} {a.By.Name} {a.After}"));
    }

    /// <summary>"on a CPU with FWB and DIC", "on a host in protected mode", "on any other CPU".</summary>
    /// <param name="kinds">All of them.</param>
    /// <param name="i">Which.</param>
    /// <param name="all">They are all existing kinds, so the last is the remainder.</param>
    public static string Where(IReadOnlyList<List<HostFacts>> kinds, int i, bool all)
    {
        bool modes = kinds.Any(k => k.Exists(h => h.Mode == KvmMode.Protected));
        return all && i > 0 && i == kinds.Count - 1
            ? modes
                ? "on any other host"
                : "on any other CPU"
            : HostText.Where(kinds[i], modes ? HostFacts.Every : HostFacts.All);
    }
}
