using Harness.Model.Caches;
using Harness.Model.Dimensions;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;

namespace Harness.Model;

/// <summary>Finds the rule of a policy that an observation contradicts.</summary>
public static class Contradiction
{
    /// <summary>
    /// The rule that would have to decide the other way for the policy to predict the observation: first among those
    /// on the path, latest first, then among those that a change of one input would put on the path. If no such rule
    /// explains it, the rule that decided what first differs: of an access the rule that looked up other memory, or
    /// set the memory type or the permission that is another one, else the last rule on the path.
    /// </summary>
    /// <param name="policy">The policy with the wrong prediction.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The case.</param>
    /// <param name="agrees">Whether a prediction agrees with the observation.</param>
    /// <param name="refused">Whether registration was observed to be refused.</param>
    /// <param name="first">Where the observation first differs from a prediction.</param>
    public static Rule Find(
        Policy policy,
        HostFacts host,
        AttributeCase @case,
        Func<Prediction, bool> agrees,
        bool refused,
        Func<Prediction, Difference> first
    )
    {
        var prediction = policy.Predict(host, @case);
        // A refusal that no rule predicts contradicts the rule that accepts the slot, and another errno the rule that
        // refuses it: not a rule about other memory.
        if (refused)
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
        return Decided(policy, host, @case, prediction, first(prediction));
    }

    private static Rule Decided(
        Policy policy,
        HostFacts host,
        AttributeCase @case,
        Prediction prediction,
        Difference difference
    )
    {
        // The slot was checked again: the rule that refused or accepted it comes before those of the change itself.
        if (
            difference.Part == DifferingPart.ChangeErrno
            && prediction.Change?.Path.LastOrDefault(policy.Rules(Stage.Registration).Contains) is { } check
        )
            return check;
        if (
            difference.Part is DifferingPart.ChangeErrno or DifferingPart.Change
            && prediction.Change is { Path.Count: > 0 } change
        )
            return change.Path[^1];
        if (
            difference is { Part: DifferingPart.Access, Of: LeafPart.Memory }
            && prediction
                .Accesses.Take(difference.Access + 1)
                .SelectMany(a => a.Path)
                .LastOrDefault(policy.Rules(Stage.Lookup).Contains)
                is { } lookup
        )
            return lookup;
        if (
            difference is { Part: DifferingPart.Access, Of: not LeafPart.None }
            && Setter(policy, host, @case, prediction, difference) is { } setter
        )
            return setter;
        // An access that takes no fault has no path: what a fault before it made is still there.
        return
            difference.Part == DifferingPart.Access
            && prediction.Accesses.Take(difference.Access + 1).LastOrDefault(a => a.Path.Count > 0) is { } access
            ? access.Path[^1]
            : prediction.RegistrationPath[^1];
    }

    /// <summary>The last rule that sets a part of the leaf after an access.</summary>
    private static Rule? Setter(
        Policy policy,
        HostFacts host,
        AttributeCase @case,
        Prediction prediction,
        Difference difference
    )
    {
        return LeafPartSetter.Find(
            prediction.Accesses.Take(difference.Access + 1).Reverse().SelectMany(a => a.Path.Reverse()),
            difference.Of,
            prediction.Accesses[difference.Access].Outcome.Leaf,
            rule =>
                policy.Replace(rule.Name, rule).Predict(host, @case).Accesses.ElementAtOrDefault(difference.Access)
                    is { Outcome: { Kind: OutcomeKind.Mapped } end }
                    ? end.Leaf
                    : null
        );
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
    /// What decided the first call about a slot that returned something else, or the first act about aborts or nested
    /// guests that ended otherwise.
    /// </summary>
    /// <param name="prediction">The prediction for a case about slots, aborts or nested guests.</param>
    /// <param name="seen">What each call returned, or each act did.</param>
    public static Statement Find(Prediction prediction, IReadOnlyList<OutcomePart> seen) =>
        prediction.SlotCalls.Zip(seen).FirstOrDefault(pair => pair.First.Part != pair.Second).First?.By
        ?? prediction.AbortActs.Zip(seen).FirstOrDefault(pair => !pair.First.Part.Allows(pair.Second)).First?.By
        ?? prediction.RingActs.Zip(seen).FirstOrDefault(pair => !pair.First.Part.Allows(pair.Second)).First?.By
        ?? prediction.TagActs.Zip(seen).FirstOrDefault(pair => !pair.First.Part.Allows(pair.Second)).First?.By
        ?? prediction.NestedActs.Zip(seen).FirstOrDefault(pair => !pair.First.Part.Allows(pair.Second)).First?.By
        ?? prediction.Deciding;

    /// <summary>
    /// What decided the first act that differs: its word, or, where its leaf or its end differs, the policy's last rule
    /// for it, or for an act before it.
    /// </summary>
    /// <param name="prediction">The prediction for a case about caches.</param>
    /// <param name="registration">What registration returned.</param>
    /// <param name="seen">What each act did.</param>
    public static Rule Find(Prediction prediction, Errno registration, IReadOnlyList<CachePart> seen)
    {
        var acts = prediction.CacheActs;
        if (registration != Errno.None || acts.Count == 0)
            return prediction.RegistrationPath[^1];
        int at = Math.Min(acts.Zip(seen).TakeWhile(p => p.First.Part.Allows(p.Second)).Count(), acts.Count - 1);
        return at < seen.Count && acts[at].Part.AllowsAccess(seen[at]) && acts[at].By is { } by
            ? by
            : acts.Take(at + 1).LastOrDefault(a => a.Path.Count > 0)?.Path[^1] ?? prediction.RegistrationPath[^1];
    }

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
        RuleSet path = default;
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
