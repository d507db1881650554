namespace Harness.Model.Safety;

/// <summary>
/// The safety properties, held against what a host was seen to do rather than against what a policy decides.
/// </summary>
public static class ObservedSafety
{
    /// <summary>
    /// The first property that what was seen breaks, and that the prediction does not break itself; null where there is
    /// none.
    /// </summary>
    /// <param name="case">The case.</param>
    /// <param name="host">The host.</param>
    /// <param name="predicted">What was predicted there.</param>
    /// <param name="seen">How each access ended; null where it was mapped and nobody saw how.</param>
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
