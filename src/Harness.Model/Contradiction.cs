using Harness.Model.Dimensions;
using Harness.Model.Ownership;

namespace Harness.Model;

/// <summary>Which rule of a policy reality contradicted.</summary>
public static class Contradiction
{
    /// <summary>
    /// The rule that must have gone the other way for the policy to have said what was seen: first among those that
    /// were on the path, latest first, then among those that a single other input would have put there. Where no such
    /// rule explains it, the last rule on the path of the stage that differs: the one that had the word.
    /// </summary>
    /// <param name="policy">The policy that predicted wrongly.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The case.</param>
    /// <param name="agrees">Whether a prediction agrees with what was seen.</param>
    /// <param name="refused">What was seen: whether registration was refused.</param>
    public static Rule Find(
        Policy policy,
        HostFacts host,
        AttributeCase @case,
        Func<Prediction, bool> agrees,
        bool refused
    )
    {
        var prediction = policy.Predict(host, @case);
        // A refusal that no rule foresaw contradicts the acceptance, not some rule about other memory.
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
    /// The earliest rule on the way of an access that would have had to go the other way for it to end as it should:
    /// the cause of what is right by the policy, and wrong all the same. Null where no single rule is, or the access is
    /// not come to.
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
    /// The transition of the first operation that went otherwise; the last one's where all went as predicted, and
    /// something was left behind or more was done.
    /// </summary>
    /// <param name="prediction">Of a page's lifecycle.</param>
    /// <param name="deviation">The index of that operation.</param>
    public static Transition Find(Prediction prediction, int deviation) =>
        prediction.Operations[Math.Min(deviation, prediction.Operations.Count - 1)].By;

    /// <summary>
    /// The rules that fire where one input is another. Any rule's guard could be wrong; of these it is likely.
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
