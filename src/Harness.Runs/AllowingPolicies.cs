using Harness.Model;

namespace Harness.Runs;

/// <summary>Policies that allow what a host did with a case, by the rule that makes the difference.</summary>
/// <param name="Rule">
/// The first rule of their path that is not on the path of the policy that judged; else the last of the path.
/// </param>
/// <param name="Policies">In the order of the catalog.</param>
public sealed record AllowingPolicies(Statement Rule, IReadOnlyList<Policy> Policies)
{
    /// <summary>By rule, the rule of most policies first; empty if no known policy allows it.</summary>
    /// <param name="seen">What the host did.</param>
    /// <param name="case">The case.</param>
    /// <param name="judge">The policy that judged it; null if it is not known here.</param>
    /// <param name="policies">The candidates.</param>
    public static IReadOnlyList<AllowingPolicies> Of(
        CaseObservation seen,
        Case @case,
        Policy? judge,
        IReadOnlyList<Policy> policies
    )
    {
        var path = judge?.Predict(seen.Profile.Host, @case).Statements.Select(s => s.Name).ToHashSet() ?? [];
        return
        [
            .. from policy in policies
            let prediction = policy.Predict(seen.Profile.Host, @case)
            where prediction.Outside is null && seen.Did.Agrees(prediction)
            let rule = prediction.Statements.FirstOrDefault(s => !path.Contains(s.Name)) ?? prediction.Statements.Last()
            group (policy, rule) by rule.Name into same
            orderby same.Count() descending
            select new AllowingPolicies(same.First().rule, [.. same.Select(p => p.policy)]),
        ];
    }
}
