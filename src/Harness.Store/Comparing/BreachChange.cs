namespace Harness.Store.Comparing;

/// <summary>A safety property that results of a host violate in one of two runs, and not in the other.</summary>
/// <param name="Property">Its name.</param>
/// <param name="Says">What must hold.</param>
/// <param name="IsNew">It is violated in the newer run; else in the older.</param>
/// <param name="Cases">How many cases, of those that both runs judged.</param>
/// <param name="Predicted">In how many of them the policy of the side that violates it does so, too.</param>
/// <param name="CaseId">An example; one that the policy does not predict, if there is one.</param>
/// <param name="Title">Its key.</param>
public sealed record BreachChange(
    string Property,
    string Says,
    bool IsNew,
    int Cases,
    int Predicted,
    string CaseId,
    string Title
);
