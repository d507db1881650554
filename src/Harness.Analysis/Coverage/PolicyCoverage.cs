using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>How one rule was exercised by the cases that are asked.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Holds">Its guard holds somewhere.</param>
/// <param name="Fails">Its guard was asked somewhere, and did not hold.</param>
/// <param name="Reason">Written down: why it need not do one of the two; or null.</param>
public sealed record RuleCoverage(Rule Rule, bool Holds, bool Fails, string? Reason)
{
    public bool IsLeft => !(Holds && Fails) && Reason is null;
}

/// <summary>What a set of cases exercises of one policy.</summary>
/// <remarks>
/// What the figures mean. A case is a point of the model's inputs that some machine can be asked, and every path is one
/// that some such point takes: there are no paths of the code that only a figment reaches. So with all cases every path
/// is reached by construction, and that figure says something only where the cases are a selection. The mutants say
/// whether the cases would notice: each is decided differently by one of them on some kind of host, in a way that no
/// run fits both, or else the walk of the whole space proved that there is nothing to notice. They say nothing about a
/// mistake that is none of these mutants, about inputs that the model doesn't have, or about whether the policy is what
/// the kernel does.
/// </remarks>
/// <param name="Policy">The policy.</param>
/// <param name="Points">Size of the whole space.</param>
/// <param name="Asked">How many of its points are asked.</param>
/// <param name="Rules">Each rule, in order.</param>
/// <param name="Paths">How many paths there are.</param>
/// <param name="PathsReached">How many of them the asked cases take.</param>
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
    /// <param name="space">Every case: what is equivalent is proved over these.</param>
    /// <param name="asked">Which of them are asked; all where null.</param>
    /// <param name="reasons">Why a rule always holds, or never, or is there though nothing hangs on it, by its name;
    /// <see cref="RuleReasons.All"/> where null.</param>
    /// <param name="hosts">The hosts that there are; of every kind where null.</param>
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
    /// Walks with guards that take notes. Paths don't say whether a rule that did not fire was asked.
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
        foreach (int point in walk.Through(ulong.MaxValue))
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
