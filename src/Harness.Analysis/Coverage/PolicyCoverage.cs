using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>The coverage of one rule by the selected cases.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Holds">Its guard was true somewhere.</param>
/// <param name="Fails">Its guard was evaluated somewhere, and was false.</param>
/// <param name="Reason">The documented reason why one of the two is missing; or null.</param>
public sealed record RuleCoverage(Rule Rule, bool Holds, bool Fails, string? Reason)
{
    public bool IsLeft => !(Holds && Fails) && Reason is null;
}

/// <summary>The coverage of one policy by a set of cases.</summary>
/// <remarks>
/// The meaning of the figures: A case is a point of the model's inputs that some machine can have, and every path is
/// taken by some such point; there are no paths that only an impossible input reaches. So with all cases every path is
/// reached by construction, and the figure is meaningful only for a selection of cases. The mutants show whether the
/// cases would detect a mistake: each is decided differently by one of them on some kind of host, so that no run agrees
/// with both, or the walk of the whole space proved that it is equivalent. They show nothing about other mistakes,
/// about inputs that the model doesn't have, or about whether the policy matches the kernel.
/// </remarks>
/// <param name="Policy">The policy.</param>
/// <param name="Points">Size of the whole space.</param>
/// <param name="Asked">How many of its points are selected.</param>
/// <param name="Rules">Each rule, in order.</param>
/// <param name="Paths">How many paths there are.</param>
/// <param name="PathsReached">How many of them the selected cases take.</param>
/// <param name="Mutants">Each mutant's result.</param>
public sealed record PolicyCoverage(
    Policy Policy,
    int Points,
    int Asked,
    IReadOnlyList<RuleCoverage> Rules,
    int Paths,
    int PathsReached,
    IReadOnlyList<MutantReport> Mutants
)
{
    public bool IsComplete => PathsReached == Paths && !Rules.Any(r => r.IsLeft) && Count(MutantResult.Left) == 0;

    public int Count(MutantResult result) => Mutants.Count(m => m.Result == result);

    /// <param name="policy">The policy.</param>
    /// <param name="space">Every case: equivalence is proved over these.</param>
    /// <param name="asked">The selected cases; all if null.</param>
    /// <param name="reasons">
    /// Why a rule's guard is always true, or never, or why a rule exists that affects no decision, by its name; <see
    /// cref="RuleReasons.All"/> if null.
    /// </param>
    /// <param name="hosts">The hosts; every kind if null.</param>
    public static PolicyCoverage Of(
        Policy policy,
        IReadOnlyList<AttributeCase> space,
        Func<AttributeCase, bool>? asked = null,
        IReadOnlyDictionary<string, string>? reasons = null,
        IReadOnlyList<HostFacts>? hosts = null
    )
    {
        var walk = new PolicyWalk(policy, space, hosts ?? HostFacts.Every);
        bool[] chosen = [.. space.Select(c => asked?.Invoke(c) ?? true)];
        bool IsAsked(int point) => chosen[point / walk.Hosts.Count];
        reasons ??= RuleReasons.All;
        return new PolicyCoverage(
            policy,
            walk.Points,
            chosen.Count(c => c) * walk.Hosts.Count,
            RulesOf(walk, IsAsked, reasons),
            walk.Paths.Count,
            walk.Paths.Values.Count(points => points.Exists(IsAsked)),
            [.. Coverage.Mutants.Of(walk).Select(m => MutantReport.Of(walk, m, IsAsked, reasons))]
        );
    }

    /// <summary>
    /// Walks with instrumented guards. Paths don't show whether a rule that did not fire was evaluated.
    /// </summary>
    private static RuleCoverage[] RulesOf(
        PolicyWalk walk,
        Predicate<int> asked,
        IReadOnlyDictionary<string, string> reasons
    )
    {
        var rules = walk.Policy.AllRules;
        bool[] held = new bool[rules.Count],
            failed = new bool[rules.Count];
        var noting = walk.Policy;
        for (int i = 0; i < rules.Count; i++)
        {
            var (rule, at) = (rules[i], i);
            noting = noting.Replace(
                rule.Name,
                rule with
                {
                    When = (in s) =>
                    {
                        bool holds = rule.When(in s);
                        (holds ? held : failed)[at] = true;
                        return holds;
                    },
                }
            );
        }
        foreach (int point in walk.Through(RuleSet.All))
            if (asked(point))
                noting.Decide(walk.HostOf(point), walk.CaseOf(point), out _);
        return
        [
            .. rules.Select(
                (r, i) =>
                    new RuleCoverage(
                        r,
                        held[i],
                        failed[i],
                        held[i] && failed[i] ? null : reasons.GetValueOrDefault(r.Name)
                    )
            ),
        ];
    }
}
