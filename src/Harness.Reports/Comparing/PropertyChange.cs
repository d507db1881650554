using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>A safety property that cases violate in one of two runs, and not in the other.</summary>
/// <param name="Name">The property.</param>
/// <param name="Says">What must hold.</param>
/// <param name="IsNew">It is violated in the newer run; else in the older.</param>
/// <param name="Predicted">How many of the cases the policy predicts.</param>
/// <param name="Targets">How many cases on each target.</param>
/// <param name="CaseId">An example; one that the policy does not predict, if there is one.</param>
/// <param name="Title">Its key.</param>
/// <param name="Target">Its host.</param>
public sealed record PropertyChange(
    string Name,
    string Says,
    bool IsNew,
    int Predicted,
    IReadOnlyDictionary<string, int> Targets,
    string CaseId,
    string Title,
    string Target
)
{
    public int Cases => Targets.Values.Sum();

    /// <summary>Those of all hosts together: what is new first, and of that what no policy predicts.</summary>
    /// <param name="hosts">The changes on each target.</param>
    public static IReadOnlyList<PropertyChange> Of(IEnumerable<(string Target, BreachChange Change)> hosts) =>
        [
            .. hosts
                .GroupBy(h => (h.Change.Property, h.Change.IsNew))
                .Select(g =>
                {
                    var (target, example) = g.MinBy(h => h.Change.Predicted == h.Change.Cases);
                    return new PropertyChange(
                        g.Key.Property,
                        example.Says,
                        g.Key.IsNew,
                        g.Sum(h => h.Change.Predicted),
                        g.ToDictionary(h => h.Target, h => h.Change.Cases),
                        example.CaseId,
                        example.Title,
                        target
                    );
                })
                .OrderBy(p => !p.IsNew)
                .ThenBy(p => p.Predicted == p.Cases)
                .ThenByDescending(p => p.Cases)
                .ThenBy(p => p.Name, StringComparer.Ordinal),
        ];
}
