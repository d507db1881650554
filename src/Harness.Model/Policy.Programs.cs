using Harness.Model.Programs;

namespace Harness.Model;

public sealed partial class Policy
{
    /// <summary>As <see cref="Predict(HostFacts, Case)"/>, for a program of which some steps have been made.</summary>
    /// <param name="host">The host.</param>
    /// <param name="case">The program.</param>
    /// <param name="seen">
    /// What maps each page after each step, in the order of <see cref="SlotPage"/>: what one step leaves open is
    /// settled by it for the next. Null: every step is predicted for all that the steps before it leave open.
    /// </param>
    public Prediction Predict(HostFacts host, ProgramCase @case, IReadOnlyList<IReadOnlyList<Outcome?>>? seen)
    {
        if (@case.UnsupportedReason is { } why)
            return new Prediction(Name, why, Errno.None, [], []);
        if (Tracking.Refusal(@case.Tracking, host) is { } refusal)
            return Refused(refusal);
        var (errno, path) = Register(new Situation(host, @case.Setting));
        if (errno == Errno.None && @case.SecondSetting is { } second)
        {
            (errno, var more) = Register(new Situation(host, second));
            path = errno == Errno.None ? path | more : more;
        }
        var steps = new List<StepPrediction>();
        if (errno == Errno.None)
        {
            var run = new ProgramState(this, host, @case);
            foreach (var step in @case.Steps.Span)
            {
                var predicted = run.Take(step);
                steps.Add(predicted);
                // A guest that faults for ever is not run again.
                if (predicted.IsLast)
                    break;
                if (seen is not null && steps.Count <= seen.Count)
                    run.See(seen[steps.Count - 1]);
            }
        }
        return new Prediction(Name, null, errno, RulesOf(path), []) { Program = steps };
    }

    /// <summary>A page of a slot that was registered, before the guest runs.</summary>
    internal static Situation Registered(HostFacts host, AttributeCase @case, DirtyTracking tracking = default)
    {
        var s = new Situation(host, @case)
        {
            Backing = @case.Backing,
            HostStored = @case.Restored,
            Tracking = tracking,
        };
        s.CopiedOnWrite = s.Backing.Written || (@case.Restored && s.Private);
        return s;
    }

    /// <summary>How an access ends, and the rules that fired; the page is as it is after it.</summary>
    internal Outcome Make(ref Situation s, Access access, ref RuleSet path) => Perform(ref s, access, ref path, out _);
}
