using Harness.Model;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Safety;
using Harness.Store;

namespace Harness.Runs.Judging;

/// <summary>The safety properties that an observation violates.</summary>
internal static class Breaches
{
    /// <summary>Those of a case: if facts of the host are unknown, what is violated whatever they are.</summary>
    public static IReadOnlyList<BreachRecord> Of(Case c, IReadOnlyList<Reading> readings)
    {
        if (c is RingCase ring)
            return OfRing(ring, readings[0]);
        if (c is not (AttributeCase or ProgramCase))
            return [];
        var violated = Violated(c, readings[0]);
        for (int i = 1; i < readings.Count && violated.Count > 0; i++)
            violated = [.. violated.Intersect(Violated(c, readings[i]))];
        if (violated.Count == 0)
            return [];
        var (host, prediction) = (readings[0].Host, readings[0].Prediction);
        var predicted = c is ProgramCase program
            ? ObservedSafety.Violated(program, host, [.. prediction.Program.Select(s => s.Part)])
            : ObservedSafety.Violated((AttributeCase)c, host, prediction);
        return [.. violated.Select(p => new BreachRecord(p.Name, p.Says, p.Source, predicted.Contains(p)))];
    }

    private static IReadOnlyList<BreachRecord> OfRing(RingCase c, Reading reading) =>
        RingStores.Lost(c, [.. reading.Observed.Calls.OfType<RingPart>()]).Count == 0
            ? []
            :
            [
                new BreachRecord(
                    SafetyProperties.NoStoreUnreported.Name,
                    SafetyProperties.NoStoreUnreported.Says,
                    SafetyProperties.NoStoreUnreported.Source,
                    RingStores.Lost(c, [.. reading.Prediction.RingActs.Select(a => a.Part)]).Count > 0
                ),
            ];

    /// <summary>
    /// Without no-cow-pfnmap, which forbids what every release of the kernel does: it maps a private VM_PFNMAP page
    /// read-only, which alone does no harm. That a store then fails is registered-means-usable; a wrong type is another
    /// property's.
    /// </summary>
    private static IReadOnlyList<SafetyProperty> Violated(Case c, Reading reading) =>
        [
            .. (
                c is ProgramCase program ? ObservedSafety.Violated(program, reading.Host, reading.Observed.Program)
                : reading.Observed.Accesses.Count == 0 ? []
                : ObservedSafety.Violated(
                    (AttributeCase)c,
                    reading.Host,
                    [.. reading.Observed.Accesses.Select(a => a.Seen)]
                )
            ).Where(p => p != SafetyProperties.NoCowPfnMap),
        ];
}
