using Harness.Store;

namespace Harness.Reports;

/// <summary>What a host's sources contradict each other about, as the run stored it.</summary>
internal static class ContradictedFacts
{
    /// <param name="facts">The stored facts of a host, or null.</param>
    /// <returns>"FWB: its sources contradict each other: ..."; nothing where the run was stored by a version that
    /// settled nothing.</returns>
    public static IEnumerable<string> Of(string? facts) =>
        HostFact.Of(facts).Where(f => f.Contradicted).Select(f => $"{f.Name}: {f.Unknown}");

    /// <summary>
    /// As <see cref="Of(string?)"/>; of a pair those of both sides, each with the side's name before it.
    /// </summary>
    public static IEnumerable<string> Of(HostRecord host) =>
        host.Sides is { } sides
            ? new[] { sides.Source, sides.Destination }.SelectMany(s => Of(s.Facts).Select(f => $"{s.Target}: {f}"))
            : Of(host.Facts);
}
