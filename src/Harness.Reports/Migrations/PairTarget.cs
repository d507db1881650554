using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>A target in the pairs of a run.</summary>
internal sealed record PairTarget(HostRecord Host)
{
    /// <summary>In harness.json, or TRACK/CPU/MODE.</summary>
    public string Name => Host.Target;

    /// <summary>Features that are known to be present or absent.</summary>
    public IReadOnlyDictionary<string, bool> Facts { get; init; } =
        HostFact
            .Of(Host.Facts)
            .Where(f => f.Value is "there" or "not there")
            .DistinctBy(f => f.Name)
            .ToDictionary(f => f.Name, f => f.Value == "there", StringComparer.Ordinal);

    /// <summary>The targets of a run's pairs, in the order of the run.</summary>
    public static IReadOnlyList<PairTarget> Of(IEnumerable<HostSummary> some)
    {
        var sides = some.Where(IsPair).Select(h => h.Host.Sides!).ToList();
        var hosts = sides.Select(s => s.Source).Concat(sides.Select(s => s.Destination));
        // Of several records, one with facts.
        return
        [
            .. hosts
                .GroupBy(h => h.Target)
                .Select(g => new PairTarget(g.FirstOrDefault(h => h.KernelRelease is not null) ?? g.First())),
        ];
    }

    public static bool IsPair(HostSummary host) => host.Host.Sides is not null;

    /// <summary>"pair" if a run has nothing else, or "host".</summary>
    public static string Noun(IReadOnlyList<HostSummary> hosts) =>
        hosts.Count > 0 && hosts.All(IsPair) ? "pair" : "host";
}
