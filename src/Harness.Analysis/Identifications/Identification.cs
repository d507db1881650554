using Harness.Model;

namespace Harness.Analysis.Identifications;

/// <summary>The result of one case on the host.</summary>
/// <param name="Case">The case.</param>
/// <param name="Agrees">Whether a prediction allows the observation.</param>
/// <param name="Refused">The slot was refused.</param>
/// <param name="Words">The observation as text.</param>
public sealed record Seen(Case Case, Func<Prediction, bool> Agrees, bool Refused, string Words)
{
    /// <summary>Where it first differs from a prediction.</summary>
    public Func<Prediction, Difference> First { get; init; } = _ => default;

    /// <summary>For a lifecycle case: the index of the first operation that deviates from a prediction.</summary>
    public Func<Prediction, int> Deviation { get; init; } = _ => 0;

    /// <summary>For a lifecycle case: the observation of each operation.</summary>
    public IReadOnlyList<string> Operations { get; init; } = [];
}

/// <summary>One rule, or capability, of a policy that the host contradicts.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Source">Its source.</param>
/// <param name="Count">In how many cases; 1 for a capability.</param>
/// <param name="Example">The simplest of them, or the capability.</param>
/// <param name="Predicted">The policy's prediction.</param>
/// <param name="Observed">What the host did.</param>
public sealed record Contradicted(
    string Rule,
    Source Source,
    int Count,
    string Example,
    string Predicted,
    string Observed
);

/// <summary>A policy, and the observations against it.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Contradictions">
/// What the host contradicts, most often first; if empty, the host may follow this policy.
/// </param>
public sealed record Suspect(Policy Policy, IReadOnlyList<Contradicted> Contradictions)
{
    public bool Remains => Contradictions.Count == 0;
}

/// <summary>What would distinguish two remaining policies.</summary>
/// <param name="Case">A case, or null if no case does, on any host.</param>
/// <param name="Host">The host that is needed, or null if this one is enough.</param>
/// <param name="Unspecified">
/// If there is no such case: one that they decide differently, but with an outcome that both allow.
/// </param>
public sealed record Separator(Policy One, Policy Other, Case? Case, HostFacts? Host, Case? Unspecified);

/// <summary>The policies that agree with all observations of a host.</summary>
/// <param name="Host">The host.</param>
/// <param name="Cases">How many cases were compared.</param>
/// <param name="Capabilities">How many KVM_CHECK_EXTENSION values were compared.</param>
/// <param name="Suspects">Every policy.</param>
/// <param name="Separators">For each two that remain.</param>
public sealed record Identification(
    HostFacts Host,
    int Cases,
    int Capabilities,
    IReadOnlyList<Suspect> Suspects,
    IReadOnlyList<Separator> Separators
)
{
    public IReadOnlyList<Policy> Remaining => [.. Suspects.Where(s => s.Remains).Select(s => s.Policy)];
}
