namespace Harness.Store;

/// <summary>A safety property that an observation violates.</summary>
/// <param name="Property">Its name.</param>
/// <param name="Says">What must hold.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Predicted">The policy by which the result was judged violates it, too.</param>
public sealed record BreachRecord(string Property, string Says, string Source, bool Predicted);

/// <summary>The results of a run that violate one safety property.</summary>
/// <param name="Name">The property.</param>
/// <param name="Says">What must hold.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Cases">How many results violate it.</param>
/// <param name="Matches">How many of them match.</param>
/// <param name="Predicted">In how many of them the policy violates it, too.</param>
/// <param name="Targets">The hosts with such results.</param>
/// <param name="CaseId">An example; one that the policy does not predict, if there is one.</param>
/// <param name="Title">Its key.</param>
/// <param name="Target">Its host.</param>
/// <param name="Policy">The policy that it was judged by.</param>
public sealed record BrokenProperty(
    string Name,
    string Says,
    string Source,
    int Cases,
    int Matches,
    int Predicted,
    IReadOnlyList<string> Targets,
    string CaseId,
    string Title,
    string Target,
    string? Policy
)
{
    /// <summary>The two targets, if the example is a migration.</summary>
    public (string From, string To)? Pair { get; init; }
}

/// <summary>What a run has of safety properties that were violated.</summary>
/// <param name="Properties">Each once, those that no policy predicts first, then the most frequent.</param>
/// <param name="Cases">How many results violate one or more.</param>
public sealed record BrokenProperties(IReadOnlyList<BrokenProperty> Properties, int Cases);
