using Harness.Store;

namespace Harness.Reports;

/// <summary>The facts of a host with contradicting sources, as stored in the run.</summary>
internal static class ContradictedFacts
{
    /// <param name="facts">The stored facts of a host, or null.</param>
    /// <returns>
    /// "FWB: its sources contradict each other: ..."; empty if the run was stored by a version without settled facts.
    /// </returns>
    public static IEnumerable<string> Of(string? facts) =>
        HostFact.Of(facts).Where(f => f.Contradicted).Select(f => $"{f.Name}: {f.Unknown}");

    /// <summary>
    /// As <see cref="Of(string?)"/>; for a pair those of both sides, each prefixed by the side's name.
    /// </summary>
    public static IEnumerable<string> Of(HostRecord host) =>
        host.Sides is { } sides
            ? new[] { sides.Source, sides.Destination }.SelectMany(s => Of(s.Facts).Select(f => $"{s.Target}: {f}"))
            : Of(host.Facts);
}
