using System.Text.Json;
using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>A target that pairs of a run are made of, with what their rows tell of it.</summary>
/// <param name="Name">In harness.json.</param>
/// <param name="KernelRelease">Null where none of its pairs was ever connected.</param>
/// <param name="Cpu">For people: "FWB, DIC".</param>
/// <param name="Policy">What migrations to it are judged by; null where nothing went there.</param>
/// <param name="Facts">Features that are known to be there or not.</param>
internal sealed record PairTarget(string Name, string? KernelRelease, string? Cpu, string? Policy, IReadOnlyDictionary<string, bool> Facts)
{
    private const string Arrow = " -> ";

    /// <summary>What a run's sides are, in the order of the run.</summary>
    public static IReadOnlyList<PairTarget> Of(IEnumerable<HostSummary> hosts)
    {
        var pairs = hosts.Where(IsPair).Select(h => h.Host).ToList();
        string[] names = [.. pairs.Select(p => p.Source!).Concat(pairs.Select(p => p.Destination!)).Distinct()];
        var from = pairs.ToLookup(p => p.Source!);
        var to = pairs.ToLookup(p => p.Destination!);
        return [.. names.Select(name =>
        {
            string? First(Func<HostRecord, string?> of) => from[name].Select(p => Side(of(p), 0)).Concat(to[name].Select(p => Side(of(p), 1))).FirstOrDefault(v => v is not null);
            var facts = from[name].Select(p => FactsOf(p, "source")).Concat(to[name].Select(p => FactsOf(p, "destination"))).FirstOrDefault(f => f.Count > 0) ?? [];
            return new PairTarget(name, First(p => p.KernelRelease), First(p => p.Cpu), to[name].Select(p => p.Policy).FirstOrDefault(p => p is not null), facts);
        })];
    }

    public static bool IsPair(HostSummary host) => host.Host is { Kind: HostKinds.Pair, Source: not null, Destination: not null };

    /// <summary>The facts of one side of a pair, as they were stored.</summary>
    /// <param name="side">"source" or "destination".</param>
    public static string? RawFacts(string? facts, string side)
    {
        if (facts is null)
            return null;
        using var document = JsonDocument.Parse(facts);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(side, out var of) ? of.GetRawText() : null;
    }

    /// <summary>What a pair's row says of both, "A -> B".</summary>
    private static string? Side(string? both, int side) => both?.Split(Arrow) is { Length: 2 } sides ? sides[side] : null;

    private static Dictionary<string, bool> FactsOf(HostRecord pair, string side) => HostFact.Of(RawFacts(pair.Facts, side))
        .Where(f => f.Value is "there" or "not there").DistinctBy(f => f.Name).ToDictionary(f => f.Name, f => f.Value == "there", StringComparer.Ordinal);
}
