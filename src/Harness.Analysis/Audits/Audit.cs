using System.Numerics;
using System.Runtime.InteropServices;
using Harness.Model;
using Harness.Model.Safety;

namespace Harness.Analysis.Audits;

/// <summary>Evaluates every property at every point of a policy's input space.</summary>
public static class Audit
{
    /// <param name="policy">The policy.</param>
    /// <param name="cases">The space; the simplest case that violates a property is reported.</param>
    /// <param name="properties">The properties.</param>
    public static PolicyAudit Of(
        Policy policy,
        IReadOnlyList<AttributeCase> cases,
        IReadOnlyList<SafetyProperty> properties
    )
    {
        int hosts = HostFacts.All.Count;
        int[] answers = Answers(policy);
        var decisions = new Decision[hosts];
        var found = properties.Select(_ => new Dictionary<Ending, Worst>()).ToArray();
        foreach (var c in cases)
        {
            for (int h = 0; h < hosts; h++)
                policy.Decide(HostFacts.All[h], c, out decisions[h]);
            var row = new CaseOnHosts(c, decisions, answers);
            for (int p = 0; p < properties.Count; p++)
                Evaluate(properties[p], in row, found[p]);
        }
        return new PolicyAudit(
            policy,
            cases.Count * hosts,
            [.. properties.Select((property, p) => new PropertyResult(property, Breaches(policy, property, found[p])))]
        );
    }

    /// <summary>Distinguishes endings: by the rule that refused, or by the resulting memory type.</summary>
    private readonly record struct Ending(int Rule, MemoryType Type);

    private struct Worst
    {
        public int Points;
        public int Cost;
        public AttributeCase Case;
        public int Host;
        public int Other;
    }

    private static void Evaluate(SafetyProperty property, in CaseOnHosts row, Dictionary<Ending, Worst> found)
    {
        int hosts = row.Decisions.Length;
        for (int other = 0; other < hosts; other++)
        {
            int first = property.OfPairs ? 0 : other;
            int end = property.OfPairs ? hosts : other + 1;
            for (int host = first; host < end; host++)
                if (property.IsBroken(in row, host, other, out int access))
                    Note(found, row.Case, host, other, EndingOf(row.Decisions[other], access));
        }
    }

    private static Ending EndingOf(in Decision decision, int access)
    {
        RuleSet path = access < 0 ? decision.RegistrationPath : decision.AccessPath(access);
        bool mapped = access >= 0 && decision.Outcome(access).Kind == OutcomeKind.Mapped;
        return mapped ? new Ending(-1, decision.Outcome(access).Leaf.Type) : new Ending(path.Last, default);
    }

    private static void Note(Dictionary<Ending, Worst> found, AttributeCase c, int host, int other, Ending ending)
    {
        ref var worst = ref CollectionsMarshal.GetValueRefOrAddDefault(found, ending, out bool known);
        int cost = Complexity.Cost(c) + Complexity.Cost(HostFacts.All[host], HostFacts.All[other]);
        worst.Points++;
        if (known && cost >= worst.Cost)
            return;
        (worst.Cost, worst.Case, worst.Host, worst.Other) = (cost, c, host, other);
    }

    private static IReadOnlyList<Breach> Breaches(
        Policy policy,
        SafetyProperty property,
        Dictionary<Ending, Worst> found
    ) =>
        [
            .. from pair in found
            orderby pair.Value.Cost
            let worst = pair.Value
            let host = HostFacts.All[worst.Host]
            let other = property.OfPairs ? HostFacts.All[worst.Other] : null
            select new Breach(
                pair.Key.Rule < 0
                    ? new Leaf(pair.Key.Type, false, false).TypeWord
                    : policy.AllRules[pair.Key.Rule].Name,
                worst.Points,
                worst.Case,
                host,
                other,
                policy.Predict(host, worst.Case),
                other is null ? null : policy.Predict(other, worst.Case)
            ),
        ];

    /// <summary>A number for each host, the same for hosts with the same value of every VM capability.</summary>
    private static int[] Answers(Policy policy)
    {
        var seen = new List<string>();
        return
        [
            .. HostFacts.All.Select(host =>
            {
                string answers = string.Join(',', policy.Capabilities.Select(c => c.OnVm(host)));
                if (!seen.Contains(answers))
                    seen.Add(answers);
                return seen.IndexOf(answers);
            }),
        ];
    }
}
