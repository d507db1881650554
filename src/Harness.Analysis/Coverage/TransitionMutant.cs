using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Coverage;

/// <summary>A machine with one mistake.</summary>
/// <param name="Kind">The kind of change.</param>
/// <param name="Transition">
/// The changed transition of the original; for <see cref="MutationKind.Swapped"/> the earlier of the two.
/// </param>
/// <param name="Machine">The changed machine.</param>
/// <param name="Says">A description of the mistake.</param>
/// <param name="Touches">
/// The mutant can only differ where one of these decides in the original; null if it can differ anywhere.
/// </param>
public sealed record TransitionMutant(
    MutationKind Kind,
    Transition Transition,
    Machine Machine,
    string Says,
    IReadOnlyList<string>? Touches
)
{
    /// <summary>
    /// For each transition: without it, with its precondition inverted, swapped with the next one if both match
    /// somewhere, with another outcome, and, if it changes the page, with its outcome but the page unchanged.
    /// </summary>
    public static IReadOnlyList<TransitionMutant> Of(LifecycleWalk walk)
    {
        var machine = walk.Machine;
        var mutants = new List<TransitionMutant>();
        for (int i = 0; i < machine.Transitions.Count; i++)
        {
            var t = machine.Transitions[i];
            string[] own = [t.Name];
            mutants.Add(new(MutationKind.Removed, t, machine.Without(t.Name), $"without {t.Name}", own));
            mutants.Add(
                new(
                    MutationKind.Inverted,
                    t,
                    machine.Replace(t.Name, t with { When = (in m) => !t.When(in m) }),
                    $"{t.Name} inverted",
                    null
                )
            );
            if (
                i + 1 < machine.Transitions.Count
                && machine.Transitions[i + 1] is var next
                && walk.Of(t.Name).Any(m => next.When(in m.TransitionContext))
            )
                mutants.Add(
                    new(
                        MutationKind.Swapped,
                        t,
                        machine.Without(t.Name).Replace(next.Name, next, t),
                        $"{next.Name} before {t.Name}",
                        own
                    )
                );
            mutants.Add(
                new(
                    MutationKind.Replaced,
                    t,
                    machine.Replace(t.Name, t with { Then = (in m, ref page) => Other(t.Then(in m, ref page)) }),
                    $"{t.Name} answers otherwise",
                    own
                )
            );
            if (walk.Of(t.Name).Any(m => Changes(t, m.TransitionContext)))
                mutants.Add(
                    new(
                        MutationKind.Replaced,
                        t,
                        machine.Replace(t.Name, t with { Then = Idle(t.Then) }),
                        $"{t.Name} leaves the page as it was",
                        own
                    )
                );
        }
        return mutants;
    }

    public override string ToString() => Says;

    private static OperationOutcome Other(OperationOutcome outcome) =>
        outcome.End switch
        {
            OperationResult.Done => OperationOutcome.Refused(Errno.EINVAL),
            OperationResult.Refused => OperationOutcome.Refused(
                outcome.Errno == Errno.EINVAL ? Errno.EFAULT : Errno.EINVAL
            ),
            _ => OperationOutcome.Done,
        };

    private static bool Changes(Transition t, TransitionContext moment)
    {
        var page = moment.Page;
        t.Then(in moment, ref page);
        return page != moment.Page;
    }

    private static TransitionEffect Idle(TransitionEffect deed) =>
        (in m, ref page) =>
        {
            var trial = page;
            return deed(in m, ref trial);
        };
}
