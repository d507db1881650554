using Harness.Model;
using Harness.Model.Safety;

namespace Harness.Runs.Judging;

/// <summary>A safety property that an observation violates.</summary>
/// <param name="Property">Its name.</param>
/// <param name="Says">What must hold.</param>
/// <param name="Source">Where that comes from.</param>
/// <param name="Predicted">The policy violates it too: the kernel does what its sources say.</param>
public sealed record Breach(string Property, string Says, string Source, bool Predicted)
{
    /// <summary>Those of a case: if facts of the host are unknown, what is violated whatever they are.</summary>
    internal static IReadOnlyList<Breach> Of(Case c, IReadOnlyList<Reading> readings)
    {
        if (c is not AttributeCase attributes)
            return [];
        var violated = Violated(attributes, readings[0]);
        for (int i = 1; i < readings.Count && violated.Count > 0; i++)
            violated = [.. violated.Intersect(Violated(attributes, readings[i]))];
        if (violated.Count == 0)
            return [];
        var predicted = ObservedSafety.Violated(attributes, readings[0].Host, readings[0].Prediction);
        return [.. violated.Select(p => new Breach(p.Name, p.Says, p.Source, predicted.Contains(p)))];
    }

    /// <summary>
    /// Without no-cow-pfnmap, which forbids what every release of the kernel does: it maps a private VM_PFNMAP page
    /// read-only, which alone does no harm. That a store then fails is registered-means-usable; a wrong type is another
    /// property's.
    /// </summary>
    private static IReadOnlyList<SafetyProperty> Violated(AttributeCase c, Reading reading) =>
        reading.Observed.Accesses.Count == 0
            ? []
            :
            [
                .. ObservedSafety
                    .Violated(c, reading.Host, [.. reading.Observed.Accesses.Select(a => a.Seen)])
                    .Where(p => p != SafetyProperties.NoCowPfnMap),
            ];
}
