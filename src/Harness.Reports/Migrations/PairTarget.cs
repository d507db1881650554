using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>A target that pairs of a run are made of.</summary>
/// <param name="Host">What the pairs' records tell of it.</param>
internal sealed record PairTarget(HostRecord Host)
{
    /// <summary>In harness.json, or TRACK/CPU/MODE.</summary>
    public string Name => Host.Target;

    /// <summary>Features that are known to be there or not.</summary>
    public IReadOnlyDictionary<string, bool> Facts { get; init; } = HostFact.Of(Host.Facts)
        .Where(f => f.Value is "there" or "not there").DistinctBy(f => f.Name).ToDictionary(f => f.Name, f => f.Value == "there", StringComparer.Ordinal);

    /// <summary>What a run's sides are, in the order of the run.</summary>
    public static IReadOnlyList<PairTarget> Of(IEnumerable<HostSummary> hosts)
    {
        var sides = hosts.Where(IsPair).Select(h => PairSides.Of(h.Host)).ToList();
        // A target is told of by many pairs; of those that were never connected nothing is known, and the policy may stand with the destination alone.
        return [.. sides.Select(s => s.Source).Concat(sides.Select(s => s.Destination)).GroupBy(s => s.Target).Select(g =>
        {
            var told = g.FirstOrDefault(s => s.KernelRelease is not null) ?? g.First();
            return new PairTarget(told with { Policy = told.Policy ?? g.Select(s => s.Policy).FirstOrDefault(p => p is not null) });
        })];
    }

    public static bool IsPair(HostSummary host) => PairSides.IsPair(host.Host);

    /// <summary>"pair" where a run has nothing else, or "host".</summary>
    public static string Noun(IReadOnlyList<HostSummary> hosts) => hosts.Count > 0 && hosts.All(IsPair) ? "pair" : "host";
}
