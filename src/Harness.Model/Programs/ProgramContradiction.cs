using Harness.Model.Outcomes;

namespace Harness.Model.Programs;

/// <summary>Finds the rule that a program's observation contradicts.</summary>
public static class ProgramContradiction
{
    /// <summary>
    /// The rule that would have to decide the other way at the first step that differs: one of its path, latest first,
    /// then any other; or the rule that keeps the dirty log where only that differs. If no single rule explains it, the
    /// rule that set what of the leaf is otherwise, or, where the leaf is right and the memory is not, looked the page
    /// up or said what kind of memory it is; else the last rule of that step, or of the last one before it that has
    /// any.
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
        return (at < seen.Count ? Explains(policy, prediction, at, seen[at], Before) : null)
            ?? prediction.Program.Take(at + 1).LastOrDefault(s => s.Path.Count > 0)?.Path[^1]
            ?? prediction.RegistrationPath[^1];

        ProgramState Before(int index)
        {
            var state = new ProgramState(policy, host, @case);
            for (int i = 0; i < index; i++)
            {
                state.Take(@case.Steps[i]);
                state.See(seen[i].Left);
            }
            return state;
        }
    }

    /// <param name="policy">The policy.</param>
    /// <param name="prediction">Its prediction.</param>
    /// <param name="at">The first step that differs.</param>
    /// <param name="seen">What it did.</param>
    /// <param name="before">What was there before a step.</param>
    private static Rule? Explains(
        Policy policy,
        Prediction prediction,
        int at,
        ProgramPart seen,
        Func<int, ProgramState> before
    )
    {
        var step = prediction.Program[at];
        var path = step.Path.Reverse().Where(r => policy.Has(r.Name)).ToList();
        var state = before(at);
        foreach (var rule in path.Concat(policy.AllRules.Except(path)))
        {
            var inverted = state.Under(policy.Replace(rule.Name, rule with { When = (in s) => !rule.When(in s) }));
            if (inverted.Take(step.Step).Part.Allows(seen))
                return rule;
        }
        if (!FindsOtherMemory(step, seen))
            return Setter(policy, state, step, PartThatDiffers(step, seen));
        // An access that takes no fault finds what one before it mapped.
        int mapped = Enumerable
            .Range(0, at + 1)
            .LastOrDefault(i => prediction.Program[i].Path.Count > 0 && MapsPageOf(step, prediction.Program[i]), at);
        var mapping = prediction.Program[mapped];
        return mapping.Path.LastOrDefault(policy.Rules(Stage.Lookup).Contains)
            ?? Setter(policy, before(mapped), mapping, LeafPart.Type);
    }

    private static bool MapsPageOf(StepPrediction step, StepPrediction earlier) =>
        (earlier.Step as SlotAccess)?.Page == (step.Step as SlotAccess)?.Page
        && earlier.Access is { Kind: OutcomeKind.Mapped };

    /// <summary>
    /// The part of its leaf that an access finds otherwise; where the guest got no leaf, what it needed of it.
    /// </summary>
    private static LeafPart PartThatDiffers(StepPrediction step, ProgramPart seen) =>
        step.Step is not SlotAccess access || LeafOf(step, access.Page) is not { } leaf
            ? LeafPart.None
            : (seen.Access, seen.Left.ElementAtOrDefault((int)access.Page)) switch
            {
                (not { Kind: OutcomeKind.Mapped }, _) => access.Access == Access.Execute ? LeafPart.Execute
                : access.Access.Stores() ? LeafPart.Write
                : LeafPart.Type,
                (_, { Kind: OutcomeKind.Unforeseen }) => LeafPart.Type,
                (_, { Kind: OutcomeKind.Mapped, Leaf: var other }) => leaf.FirstDifference(other),
                _ => LeafPart.None,
            };

    /// <summary>The last rule of an access that sets a part of its leaf.</summary>
    private static Rule? Setter(Policy policy, ProgramState before, StepPrediction step, LeafPart part)
    {
        if (part == LeafPart.None || step.Step is not SlotAccess { Page: var page })
            return null;
        var fired = step.Path.Reverse().Where(r => policy.Has(r.Name));
        return LeafPartSetter.Find(fired, part, LeafOf(step, page), rule =>
            LeafOf(before.Under(policy.Replace(rule.Name, rule)).Take(step.Step), page)
        );
    }

    private static Leaf? LeafOf(StepPrediction step, SlotPage page) =>
        step.Left[(int)page] is { Kind: OutcomeKind.Mapped } mapped ? mapped.Leaf : null;

    /// <summary>
    /// The access ends in another way, or loads another word, though the leaf of its page is as it should be.
    /// </summary>
    private static bool FindsOtherMemory(StepPrediction step, ProgramPart seen) =>
        step is { Step: SlotAccess { Page: var page }, Access.Kind: OutcomeKind.Mapped }
        && (seen.Left.ElementAtOrDefault((int)page) ?? seen.Access) is { Kind: OutcomeKind.Mapped } left
        && step.Left[(int)page].Allows(left)
        && !(step.Part.AllowsAccess(seen) && step.Part.AllowsWord(seen));

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
