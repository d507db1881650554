using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Identifications;

/// <summary>What KVM_CHECK_EXTENSION returned on a host, by capability; an errno is negative.</summary>
public sealed record Answers(IReadOnlyDictionary<int, int> OnVm, IReadOnlyDictionary<int, int> OnSystem);

/// <summary>Compares every policy with the observations of a host.</summary>
public static class Identify
{
    /// <param name="policies">The candidates.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="seen">The results of cases on it.</param>
    /// <param name="answers">The values of its capabilities.</param>
    /// <param name="space">The cases to search for a separating case.</param>
    public static Identification Of(
        IReadOnlyList<Policy> policies,
        HostFacts host,
        IReadOnlyList<Seen> seen,
        Answers answers,
        IReadOnlyList<Case> space
    )
    {
        Suspect[] suspects = [.. policies.Select(p => new Suspect(p, Against(p, host, seen, answers)))];
        Policy[] remaining = [.. suspects.Where(s => s.Remains).Select(s => s.Policy)];
        var known = seen.Select(s => s.Case.Key).ToHashSet();
        Case[] unseen = [.. space.Where(c => !known.Contains(c.Key)).OrderBy(Complexity.Cost)];
        return new Identification(
            host,
            seen.Count,
            answers.OnVm.Count + answers.OnSystem.Count,
            suspects,
            [
                .. from i in Enumerable.Range(0, remaining.Length)
                from j in Enumerable.Range(i + 1, remaining.Length - i - 1)
                select Separate(remaining[i], remaining[j], host, unseen),
            ]
        );
    }

    private static IReadOnlyList<Contradicted> Against(
        Policy policy,
        HostFacts host,
        IReadOnlyList<Seen> seen,
        Answers answers
    ) =>
        [
            .. from s in seen
            let prediction = policy.Predict(host, s.Case)
            where prediction.Outside is null && !s.Agrees(prediction)
            let rule = s.Case is AttributeCase c
                ? (Statement)Contradiction.Find(policy, host, c, s.Agrees, s.Refused, s.First)
                : Contradiction.Find(prediction, s.Deviation(prediction))
            group (Seen: s, prediction) by rule into same
            let example = same.MinBy(x => Complexity.Cost(x.Seen.Case))
            orderby same.Count() descending
            select Against(same.Key, same.Count(), example.Seen, example.prediction),
            .. Wrong(policy, host, answers.OnVm, "a VM", static (c, h) => c.OnVm(h)),
            .. Wrong(policy, host, answers.OnSystem, "/dev/kvm", static (c, h) => c.System(h)),
        ];

    private static Contradicted Against(Statement statement, int count, Seen example, Prediction prediction)
    {
        if (example.Case is not LifecycleCase lifecycle)
            return new(statement.Name, statement.Source, count, example.Case.Key, prediction.ToString(), example.Words);
        // The whole lifecycle is a page of text; the operation is enough.
        int at = example.Deviation(prediction);
        return new(
            statement.Name,
            statement.Source,
            count,
            $"{lifecycle.Id}, {lifecycle.Scenario}, operation {at + 1}",
            at < prediction.Operations.Count
                ? $"{OperationText.Word(prediction.Operations[at].Operation)}: {prediction.Operations[at].Outcome}"
                : "no more can be done",
            at < example.Operations.Count ? example.Operations[at] : "nothing more was done"
        );
    }

    private static IEnumerable<Contradicted> Wrong(
        Policy policy,
        HostFacts host,
        IReadOnlyDictionary<int, int> answers,
        string who,
        Func<Capability, HostFacts, int> says
    ) =>
        from capability in policy.Capabilities
        let said = capability.Like is { } like && answers.TryGetValue(like, out int same)
            ? same
            : says(capability, host)
        where answers.TryGetValue(capability.Number, out int answer) && answer != said
        select new Contradicted(
            capability.RuleName,
            capability.Source,
            1,
            $"{capability}, asked of {who}",
            Word(said),
            Word(answers[capability.Number])
        );

    private static Separator Separate(Policy one, Policy other, HostFacts host, Case[] unseen)
    {
        Case? loose = null;
        foreach (
            var on in HostFacts
                .Every.Where(h =>
                    (h.Features, h.Mode == KvmMode.Protected) != (host.Features, host.Mode == KvmMode.Protected)
                )
                .Prepend(host)
        )
        foreach (var c in unseen)
        {
            if (c is LifecycleCase lifecycle)
            {
                if (one.Ownership.PartsFrom(other.Ownership, on, lifecycle.Scenario, lifecycle.Operations) is not null)
                    return new Separator(one, other, c, ReferenceEquals(on, host) ? null : on, null);
                continue;
            }
            // Attribute cases run in the host's own mode.
            if (on.Mode == KvmMode.Protected && host.Mode != KvmMode.Protected)
                continue;
            one.Decide(on, (AttributeCase)c, out var first);
            other.Decide(on, (AttributeCase)c, out var second);
            if (!first.Overlaps(in second))
                return new Separator(one, other, c, ReferenceEquals(on, host) ? null : on, null);
            if (first != second)
                loose ??= c;
        }
        return new Separator(one, other, null, null, loose);
    }

    private static string Word(int answer) => answer < 0 ? $"-{(Errno)(-answer)}" : $"{answer}";
}
