using Harness.Model.Outcomes;

namespace Harness.Model.Programs;

/// <summary>Finds the rule that a program's observation contradicts.</summary>
public static class ProgramContradiction
{
    /// <summary>
    /// The rule that would have to decide the other way at the first step that differs: one of its path, latest first,
    /// then any other; or the rule that keeps the dirty log where only that differs. If no single rule explains it, the
    /// rule that set what of the leaf is otherwise, or looked up the page that a load found; else the last rule of that
    /// step, or of the last one before it that has any.
    /// </summary>
    /// <param name="policy">The policy with the wrong prediction.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The program.</param>
    /// <param name="registration">What registration returned.</param>
    /// <param name="seen">The observed steps.</param>
    public static Rule Find(
        Policy policy,
        HostFacts host,
        ProgramCase @case,
        Errno registration,
        IReadOnlyList<ProgramPart> seen
    )
    {
        var prediction = policy.Predict(host, @case, [.. seen.Select(s => s.Left)]);
        if (registration != Errno.None || prediction.Program.Count == 0)
            return prediction.RegistrationPath[^1];
        int at = Math.Min(FirstDifference(prediction, seen), prediction.Program.Count - 1);
        var step = prediction.Program[at];
        if (
            at < seen.Count
            && (OfLog(step, seen[at]) ?? OfErrno(step, seen[at]) ?? OfHost(prediction, seen, at)) is { } named
        )
            return named;
        var before = new ProgramState(policy, host, @case);
        for (int i = 0; i < at; i++)
        {
            before.Take(@case.Steps[i]);
            before.See(seen[i].Left);
        }
        return (at < seen.Count ? Explains(policy, before, prediction, at, seen[at]) : null)
            ?? prediction.Program.Take(at + 1).LastOrDefault(s => s.Path.Count > 0)?.Path[^1]
            ?? prediction.RegistrationPath[^1];
    }

    private static Rule? Explains(Policy policy, ProgramState before, Prediction prediction, int at, ProgramPart seen)
    {
        var step = prediction.Program[at];
        var path = step.Path.Reverse().Where(r => policy.Has(r.Name)).ToList();
        foreach (var rule in path.Concat(policy.AllRules.Except(path)))
        {
            var inverted = before.Under(policy.Replace(rule.Name, rule with { When = (in s) => !rule.When(in s) }));
            if (inverted.Take(step.Step).Part.Allows(seen))
                return rule;
        }
        return Setter(policy, before, step, seen) ?? Lookup(policy, prediction, at, seen);
    }

    /// <summary>
    /// The last rule of an access that sets the part of its leaf which is otherwise; where the guest got no leaf, what
    /// it needed of it.
    /// </summary>
    private static Rule? Setter(Policy policy, ProgramState before, StepPrediction step, ProgramPart seen)
    {
        if (step.Step is not SlotAccess access || LeafOf(step) is not { } leaf)
            return null;
        var of = (seen.Access, seen.Left.ElementAtOrDefault((int)access.Page)) switch
        {
            (not { Kind: OutcomeKind.Mapped }, _) => access.Access == Access.Execute ? LeafPart.Execute
            : access.Access.Stores() ? LeafPart.Write
            : LeafPart.Type,
            (_, { Kind: OutcomeKind.Unforeseen }) => LeafPart.Type,
            (_, { Kind: OutcomeKind.Mapped, Leaf: var other }) => leaf.FirstDifference(other),
            _ => LeafPart.None,
        };
        return of == LeafPart.None
            ? null
            : LeafPartSetter.Find(step.Path.Reverse().Where(r => policy.Has(r.Name)), of, leaf, rule =>
                LeafOf(before.Under(policy.Replace(rule.Name, rule)).Take(step.Step))
            );

        Leaf? LeafOf(StepPrediction made) =>
            made.Left[(int)access.Page] is { Kind: OutcomeKind.Mapped } mapped ? mapped.Leaf : null;
    }

    /// <summary>
    /// Where a load returns another word though its page is mapped: the rule that looked the page up.
    /// </summary>
    private static Rule? Lookup(Policy policy, Prediction prediction, int at, ProgramPart seen) =>
        prediction.Program[at].Access is { Kind: OutcomeKind.Mapped }
        && seen.Access is { Kind: OutcomeKind.Mapped }
        && !prediction.Program[at].Part.AllowsWord(seen)
            ? prediction.Program.Take(at + 1).SelectMany(s => s.Path).LastOrDefault(policy.Rules(Stage.Lookup).Contains)
            : null;

    /// <summary>The index of the first step that is not as predicted; the number of steps if all are.</summary>
    public static int FirstDifference(Prediction prediction, IReadOnlyList<ProgramPart> seen) =>
        prediction.Program.Zip(seen).TakeWhile(pair => pair.First.Part.Allows(pair.Second)).Count();

    /// <summary>
    /// A refusal that is not predicted contradicts the rule that accepts the slot, another result of a predicted one
    /// the rule that refuses it.
    /// </summary>
    private static Rule? OfErrno(StepPrediction step, ProgramPart seen) =>
        step.Step is not SlotChange || step.Errno == seen.Errno ? null
        : step.Path.LastOrDefault(r => r.Effect is Effect.Refuse) is { } refuses ? refuses
        : step.Path.FirstOrDefault(r => r.Name == "accept");

    /// <summary>
    /// At a step of the host's memory management the first rule, which is about stage 2, or the one that refuses it;
    /// where a load returns another word, the last rule of the last such step, which is about the page's content.
    /// </summary>
    private static Rule? OfHost(Prediction prediction, IReadOnlyList<ProgramPart> seen, int at)
    {
        var step = prediction.Program[at];
        if (step.Step is HostStep)
            return step.Errno == seen[at].Errno ? step.Path[0] : step.Path.Last(HostRules.All.Contains);
        return step.Access is null || step.Part.AllowsWord(seen[at])
            ? null
            : prediction
                .Program.Take(at)
                .LastOrDefault(s => s.Step is HostStep && s.Errno == Errno.None)
                ?.Path.Last(HostRules.All.Contains);
    }

    private static Rule? OfLog(StepPrediction step, ProgramPart seen) =>
        step.Step switch
        {
            DirtyLogRead when step.Errno != Errno.None => step.Path[^1],
            DirtyLogRead => step.Errno != seen.Errno ? ProgramRules.NoLog
            : !step.Part.AllowsDirty(seen)
                ? step.Beside != seen.Beside && step.Beside ? ProgramRules.LogIsFull
                    : ProgramRules.WritableMarksDirty
            : step.Path[^1] == ProgramRules.ReadKeepsLog ? ProgramRules.ReadKeepsLog
            : ProgramRules.LogProtects,
            DirtyRingRead when !step.Part.AllowsDirty(seen) => ProgramRules.RingEntry,
            DirtyLogClear or DirtyRingRead or DirtyRingReset => step.Path.Last(r => r != ProgramRules.SplitEager),
            _ => null,
        };
}
