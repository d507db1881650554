using Harness.Model.Outcomes;

namespace Harness.Model.Caches;

/// <summary>What a policy and the architecture allow for one act.</summary>
/// <param name="Act">The act.</param>
/// <param name="Part">How it ends, and every word that it may return.</param>
/// <param name="Last">The word that was stored last, which it returns where there are no caches.</param>
/// <param name="Path">The rules of the policy that fired.</param>
/// <param name="By">What decides the word; null where it returns none.</param>
public sealed record CacheActPrediction(
    CacheAct Act,
    CachePart Part,
    CacheWords Last,
    IReadOnlyList<Rule> Path,
    Rule? By
)
{
    /// <summary>The same on a machine without caches.</summary>
    public CacheActPrediction WithoutCaches =>
        By is null ? this : this with { Part = Part with { Words = Last }, By = CacheRules.NoCaches };

    /// <summary>The rules of the policy, and what decides the word.</summary>
    public IReadOnlyList<Rule> Rules => By is null ? Path : [.. Path, By];
}
