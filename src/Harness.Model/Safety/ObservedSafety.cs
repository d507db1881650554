using Harness.Model.Outcomes;
using Harness.Model.Programs;

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
    ) => Violated(@case, host, seen).Except(Violated(@case, host, predicted)).FirstOrDefault();

    /// <summary>The properties of one host that the observation violates, whatever is predicted.</summary>
    /// <param name="case">The case.</param>
    /// <param name="host">The host.</param>
    /// <param name="seen">How each access ended; null if it was mapped and its leaf is unknown.</param>
    public static IReadOnlyList<SafetyProperty> Violated(
        AttributeCase @case,
        HostFacts host,
        IReadOnlyList<Outcome?> seen
    )
    {
        List<SafetyProperty>? violated = null;
        foreach (var property in SafetyProperties.All)
            for (int i = 0; i < seen.Count; i++)
                if (seen[i] is { } outcome && Breaks(property, @case, host, i, outcome))
                {
                    (violated ??= []).Add(property);
                    break;
                }
        return violated ?? (IReadOnlyList<SafetyProperty>)[];
    }

    /// <summary>The same for a prediction.</summary>
    public static IReadOnlyList<SafetyProperty> Violated(AttributeCase @case, HostFacts host, Prediction predicted) =>
        Violated(@case, host, [.. predicted.Accesses.Select(a => (Outcome?)a.Outcome)]);

    /// <summary>The same for a program: each leaf that was read after a step, and each access that failed.</summary>
    public static IReadOnlyList<SafetyProperty> Violated(
        ProgramCase @case,
        HostFacts host,
        IReadOnlyList<ProgramPart> seen
    )
    {
        bool changed = false;
        bool replaced = false;
        var violated = new List<SafetyProperty>();
        for (int i = 0; i < seen.Count; i++)
        {
            if (@case.Steps[i].MadeChange is { Change.Kind: var kind })
            {
                changed |=
                    kind is not (ChangeKind.LogOn or ChangeKind.LogOff or ChangeKind.LogOnOff or ChangeKind.Store);
                replaced |= kind == ChangeKind.Replace;
            }
            changed |= @case.Steps[i] is HostStep { Act: HostAct.Truncate or HostAct.Poison };
            foreach (var property in SafetyProperties.All)
                if (
                    property switch
                    {
                        MappingProperty mapping => !replaced
                            && seen[i]
                                .Left.Any(left =>
                                    left is { Kind: OutcomeKind.Mapped } leaf
                                    && mapping.Breaks(new MappedAccess(@case.Setting, host, leaf.Leaf))
                                ),
                        RefusalProperty refusal => !changed
                            && ReportedStores
                                .Accesses(@case.Steps[i], seen[i])
                                .Any(a =>
                                    a.Ended is { IsLast: true } && (@case.VmaWritable || !a.Access.Access.Stores())
                                )
                            && refusal.Breaks(@case.Setting),
                        _ => false,
                    }
                )
                    violated.Add(property);
        }
        violated.AddRange(SafetyProperties.OfPrograms.Where(p => p.Breaks(@case, seen)));
        return [.. violated.Distinct()];
    }

    private static bool Breaks(SafetyProperty property, AttributeCase @case, HostFacts host, int access, Outcome end) =>
        property switch
        {
            // The memory that replaced the case's is not described by the case.
            MappingProperty mapping => end.Kind == OutcomeKind.Mapped
                && !(access > 0 && @case.Change is { Kind: ChangeKind.Replace })
                && (
                    mapping.Breaks(new MappedAccess(@case, host, end.Leaf))
                    // KVM may map the pages of a block one by one; what the guest then reads shows it all the same.
                    || (end.Foreign && property == SafetyProperties.OnlyItsMemory)
                ),
            RefusalProperty refusal => end.IsLast && refusal.Breaks(@case) && MayNotFail(@case, access),
            _ => false,
        };

    /// <summary>
    /// The access can't fail for a reason that is its own or the VMM's: the VMM's mapping allows it, nothing has been
    /// changed since the slot was registered, and the architecture defines it for every type of memory.
    /// </summary>
    private static bool MayNotFail(AttributeCase @case, int access) =>
        @case.Backing.Kind != VmaKind.Hole
        && (access == 0 || @case.Change is null)
        && access < @case.Accesses.Count
        && @case.Accesses[access] is not Access.Exclusive and var kind
        && (@case.VmaWritable || !kind.Stores());
}
