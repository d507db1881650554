using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>
/// The mutants of a policy: each rule removed; its guard inverted; swapped with the next of its stage; its effect
/// replaced.
/// </summary>
/// <remarks>
/// Why only points where the rule fired can differ when it is removed or its effect replaced: guards are pure, so up to
/// the first time that the rule fires, both policies go through the same states; if it never fires, they never differ.
/// When two neighbours are swapped: as long as neither fires, neither changes anything, so both guards see the same
/// state, and neither fires in either order. An inverted guard matters wherever the rule is evaluated. A rule also
/// counts as fired where only its alternative is evaluated: <see cref="Decision.RulesEvaluated"/>.
/// </remarks>
public static class Mutants
{
    /// <param name="walk">The original, over a space.</param>
    public static IReadOnlyList<Mutant> Of(PolicyWalk walk)
    {
        var policy = walk.Policy;
        var mutants = new List<Mutant>();
        int at = 0;
        foreach (var stage in Enum.GetValues<Stage>())
        {
            var rules = policy.Rules(stage);
            for (int i = 0; i < rules.Count; i++, at++)
            {
                var rule = rules[i];
                var next = i + 1 < rules.Count ? rules[i + 1] : null;
                var fired = RuleSet.Of(at);
                mutants.Add(
                    new(MutationKind.Removed, rule, null, policy.Without(rule.Name), $"without {rule.Name}", fired)
                );
                mutants.Add(
                    new(
                        MutationKind.Inverted,
                        rule,
                        null,
                        policy.Replace(rule.Name, Inverted(rule)),
                        $"{rule.Name} inverted",
                        RuleSet.All
                    )
                );
                if (next is not null)
                    mutants.Add(
                        new(
                            MutationKind.Swapped,
                            rule,
                            next,
                            policy.Swapped(rule.Name),
                            $"{next.Name} before {rule.Name}",
                            fired | RuleSet.Of(at + 1)
                        )
                    );
                foreach (var (effect, says) in OtherEffects(stage, rule, next, PartsSetBy(walk, rule, fired)))
                    mutants.Add(
                        new(
                            MutationKind.Replaced,
                            rule,
                            null,
                            policy.Replace(rule.Name, rule with { Effect = effect }),
                            $"{rule.Name} {says}",
                            fired
                        )
                    );
            }
        }
        return mutants;
    }

    /// <summary>
    /// What a rule sets, as observed at a point where it fires; empty for rules that end, and for those that never
    /// fire.
    /// </summary>
    internal static IReadOnlyList<(DecisionPart Part, int Value)> PartsSetBy(PolicyWalk walk, Rule rule, RuleSet fired)
    {
        if (rule.Effect is not Effect.Continue original)
            return [];
        foreach (int point in walk.Through(fired))
        {
            IReadOnlyList<(DecisionPart, int)> set = [];
            var watched = rule with
            {
                Effect = new Effect.Continue(
                    (ref s) =>
                    {
                        set = DecisionPart.SetBy(original.Change, in s);
                        original.Change(ref s);
                    }
                ),
            };
            walk.Policy.Replace(rule.Name, watched).Decide(walk.HostOf(point), walk.CaseOf(point), out _);
            return set;
        }
        return [];
    }

    private static Rule Inverted(Rule rule) => rule with { When = (in s) => !rule.When(in s) };

    /// <summary>
    /// For every kind of effect several different ones: another errno, every other end, every other value of each part
    /// it sets with the rest unchanged, an end instead of continuing, and the effect of the next rule.
    /// </summary>
    private static IEnumerable<(Effect Effect, string Says)> OtherEffects(
        Stage stage,
        Rule rule,
        Rule? next,
        IReadOnlyList<(DecisionPart Part, int Value)> sets
    )
    {
        switch (rule.Effect)
        {
            case Effect.Refuse refuse:
                yield return (new Effect.Refuse(Other(refuse.Errno)), $"refuses with {Other(refuse.Errno)}");
                break;
            case Effect.End end:
                foreach (var other in Ends(end.Outcome))
                    yield return (new Effect.End(other), $"ends with: {other}");
                break;
            case Effect.Continue go:
                foreach (var (part, value) in sets)
                    for (int v = 0; v < part.Values.Count; v++)
                        if (v != value)
                            yield return (
                                Then(go.Change, part.Values[v].Set),
                                $"sets {part.Name}: {part.Values[v].Word}"
                            );
                yield return stage is Stage.Registration or Stage.Change
                    ? (new Effect.Refuse(Errno.EINVAL), "refuses with EINVAL")
                    : (new Effect.End(Outcome.RunFails(Errno.EFAULT)), $"ends with: {Outcome.RunFails(Errno.EFAULT)}");
                break;
        }
        if (next is not null && next.Effect != rule.Effect)
            yield return (next.Effect, $"does what {next.Name} does");
    }

    private static Errno Other(Errno errno) => errno == Errno.EINVAL ? Errno.EFAULT : Errno.EINVAL;

    private static IEnumerable<Outcome> Ends(Outcome own) =>
        new[]
        {
            Outcome.RunFails(Other(own.Errno)),
            Outcome.MmioExit,
            Outcome.GuestInstructionAbort,
            Outcome.GuestDataAbort,
        }.Where(o => o != own);

    private static Effect.Continue Then(Change change, DecisionPart.Setter set) =>
        new(
            (ref s) =>
            {
                var before = s;
                change(ref s);
                set(ref s, in before);
            }
        );
}
