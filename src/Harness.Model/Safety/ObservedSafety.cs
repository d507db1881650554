namespace Harness.Model.Safety;

/// <summary>Checks the safety properties on observations rather than on a policy's decisions.</summary>
public static class ObservedSafety
{
    /// <summary>
    /// The first property that the observation violates and the prediction does not; null if there is none.
    /// </summary>
    /// <param name="case">The case.</param>
    /// <param name="host">The host.</param>
    /// <param name="predicted">The prediction there.</param>
    /// <param name="seen">How each access ended; null if it was mapped and its leaf is unknown.</param>
    public static SafetyProperty? Broken(
        AttributeCase @case,
        HostFacts host,
        Prediction predicted,
        IReadOnlyList<Outcome?> seen
    ) =>
        SafetyProperties.All.FirstOrDefault(property =>
            property switch
            {
                MappingProperty mapping => seen.Any(o => Breaks(mapping, @case, host, o))
                    && !predicted.Accesses.Any(a => Breaks(mapping, @case, host, a.Outcome)),
                RefusalProperty refusal => refusal.Breaks(@case)
                    && seen.Any(o => o is { IsLast: true })
                    && !predicted.Accesses.Any(a => a.Outcome.IsLast),
                _ => false,
            }
        );

    private static bool Breaks(MappingProperty property, AttributeCase @case, HostFacts host, Outcome? outcome) =>
        outcome is { Kind: OutcomeKind.Mapped } mapped && property.Breaks(new MappedAccess(@case, host, mapped.Leaf));
}
