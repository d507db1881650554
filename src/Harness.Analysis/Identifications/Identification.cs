using Harness.Model;

namespace Harness.Analysis.Identifications;

/// <summary>What one case did on the host.</summary>
/// <param name="Case">The case.</param>
/// <param name="Agrees">Whether a prediction allows what was seen.</param>
/// <param name="Refused">The slot was refused.</param>
/// <param name="Words">What was seen.</param>
public sealed record Seen(Case Case, Func<Prediction, bool> Agrees, bool Refused, string Words)
{
    /// <summary>Of a page's lifecycle: the index of the first operation that a prediction says otherwise of.</summary>
    public Func<Prediction, int> Deviation { get; init; } = _ => 0;

    /// <summary>Of a page's lifecycle: what was seen of each operation.</summary>
    public IReadOnlyList<string> Operations { get; init; } = [];
}

/// <summary>One rule, or capability, of a policy that the host contradicts.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Count">In how many cases; 1 for a capability.</param>
/// <param name="Example">The plainest of them, or the capability.</param>
/// <param name="Predicted">What the policy says there.</param>
/// <param name="Observed">What the host did.</param>
public sealed record Contradicted(
    string Rule,
    Source Source,
    int Count,
    string Example,
    string Predicted,
    string Observed
);

/// <summary>A policy, and what speaks against it.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Contradictions">What the host contradicts, what is contradicted most often first; none: it may be this
/// one.</param>
public sealed record Suspect(Policy Policy, IReadOnlyList<Contradicted> Contradictions)
{
    public bool Remains => Contradictions.Count == 0;
}

/// <summary>What would tell two policies apart that both remain.</summary>
/// <param name="Case">A case, or null where none does, on any host.</param>
/// <param name="Host">The host it takes, or null where this one will do.</param>
/// <param name="Unspecified">Where there is none: a case that they decide differently, but so that what both allow may
/// be seen.</param>
public sealed record Separator(Policy One, Policy Other, Case? Case, HostFacts? Host, Case? Unspecified);

/// <summary>Which policies fit everything that was seen of a host.</summary>
/// <param name="Host">The host.</param>
/// <param name="Cases">How many cases were compared.</param>
/// <param name="Capabilities">How many answers to KVM_CHECK_EXTENSION were compared.</param>
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
