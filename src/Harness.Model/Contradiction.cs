using Harness.Model.Dimensions;
using Harness.Model.Ownership;

namespace Harness.Model;

/// <summary>Finds the rule of a policy that an observation contradicts.</summary>
public static class Contradiction
{
    /// <summary>
    /// The rule that would have to decide the other way for the policy to predict the observation: first among those on
    /// the path, latest first, then among those that a change of one input would put on the path. If no such rule
    /// explains it, the last rule on the path of the stage that differs.
    /// </summary>
    /// <param name="policy">The policy with the wrong prediction.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The case.</param>
    /// <param name="agrees">Whether a prediction agrees with the observation.</param>
    /// <param name="refused">Whether registration was observed to be refused.</param>
    public static Rule Find(
        Policy policy,
        HostFacts host,
        AttributeCase @case,
        Func<Prediction, bool> agrees,
        bool refused
    )
    {
        var prediction = policy.Predict(host, @case);
        // A refusal that no rule predicts contradicts the rule that accepts the slot, not a rule about other memory.
        if (refused && prediction.Registration == Errno.None)
            return prediction.RegistrationPath[^1];
        Rule[] fired =
        [
            .. prediction.RegistrationPath,
            .. prediction.Accesses.Take(1).SelectMany(a => a.Path),
            .. prediction.Change?.Path ?? [],
            .. prediction.Accesses.Skip(1).SelectMany(a => a.Path),
        ];
        foreach (var rule in fired.Reverse().Concat(Near(policy, host, @case).Except(fired)).Distinct())
        {
            var inverted = rule with { When = (in s) => !rule.When(in s) };
            if (agrees(policy.Replace(rule.Name, inverted).Predict(host, @case)))
                return rule;
        }
        return fired[^1];
    }

    /// <summary>
    /// The earliest rule on the path of an access that would have to decide the other way for the access to end as it
    /// should: the cause of a result that the policy predicts but that violates a property. Null if no single rule is
    /// the cause, or the access is not reached.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The case.</param>
    /// <param name="access">Which access, from 0.</param>
    /// <param name="should">Whether a prediction is as it should be.</param>
    public static Rule? Cause(
        Policy policy,
        HostFacts host,
        AttributeCase @case,
        int access,
        Func<Prediction, bool> should
    ) =>
        policy
            .Predict(host, @case)
            .Accesses.ElementAtOrDefault(access)
            ?.Path.FirstOrDefault(rule =>
                should(policy.Replace(rule.Name, rule with { When = (in s) => !rule.When(in s) }).Predict(host, @case))
            );

    /// <summary>
    /// The transition of the first operation that deviates; the last operation's transition if all went as predicted
    /// but something was left behind or more was done.
    /// </summary>
    /// <param name="prediction">The prediction for a lifecycle case.</param>
    /// <param name="deviation">The index of that operation.</param>
    public static Transition Find(Prediction prediction, int deviation) =>
        prediction.Operations[Math.Min(deviation, prediction.Operations.Count - 1)].By;

    /// <summary>
    /// The rules that fire if one input changes. A wrong guard in one of these is the most likely cause.
    /// </summary>
    private static IReadOnlyList<Rule> Near(Policy policy, HostFacts host, AttributeCase @case)
    {
        ulong path = 0;
        foreach (
            var (c, h) in Neighbours(@case).Select(c => (c, host)).Concat(Neighbours(host).Select(h => (@case, h)))
        )
        {
            policy.Decide(h, c, out var decision);
            path |= decision.Path;
        }
        return policy.RulesOf(path);
    }

    private static IEnumerable<AttributeCase> Neighbours(AttributeCase c) =>
        CaseDimensions.Attributes.SelectMany(d => d.Neighbours(c)).Cast<AttributeCase>();

    private static IEnumerable<HostFacts> Neighbours(HostFacts h) =>
        [h with { Fwb = !h.Fwb }, h with { Dic = !h.Dic }, h with { Mte = !h.Mte }];
}
