using Harness.Model.Outcomes;

namespace Harness.Model.Programs;

/// <summary>Finds the rule that a program's observation contradicts.</summary>
public static class ProgramContradiction
{
    /// <summary>
    /// The rule that would have to decide the other way for the policy to predict the observation, latest first, or
    /// that keeps the dirty log where only that differs; else the last rule of the first step that differs, or of the
    /// one before it that took a fault on the page.
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
        var prediction = Predict(policy);
        if (registration != Errno.None || prediction.Program.Count == 0)
            return prediction.RegistrationPath[^1];
        int at = FirstDifference(prediction, seen);
        var step = prediction.Program[Math.Min(at, prediction.Program.Count - 1)];
        if (at < seen.Count && OfLog(step, seen[at]) is { } log)
            return log;
        foreach (
            var rule in prediction
                .RegistrationPath.Concat(prediction.Program.Take(at + 1).SelectMany(s => s.Path))
                .Reverse()
                .Distinct()
                .Where(r => policy.Has(r.Name))
        )
        {
            var inverted = Predict(policy.Replace(rule.Name, rule with { When = (in s) => !rule.When(in s) }));
            if (inverted.Registration == registration && FirstDifference(inverted, seen) > at)
                return rule;
        }
        return prediction.Program.Take(at + 1).LastOrDefault(s => s.Path.Count > 0)?.Path[^1]
            ?? prediction.RegistrationPath[^1];

        Prediction Predict(Policy by) => by.Predict(host, @case, [.. seen.Select(s => s.Left)]);
    }

    /// <summary>The index of the first step that is not as predicted; the number of steps if all are.</summary>
    public static int FirstDifference(Prediction prediction, IReadOnlyList<ProgramPart> seen) =>
        prediction.Program.Zip(seen).TakeWhile(pair => pair.First.Part.Allows(pair.Second)).Count();

    private static Rule? OfLog(StepPrediction step, ProgramPart seen) =>
        step.Step is not DirtyLogRead ? null
        : step.Errno != seen.Errno ? ProgramRules.NoLog
        : !step.Part.AllowsDirty(seen) ? ProgramRules.WritableMarksDirty
        : ProgramRules.LogProtects;
}
