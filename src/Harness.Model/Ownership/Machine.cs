namespace Harness.Model.Ownership;

/// <summary>
/// One version of page ownership: an ordered list of transitions. Immutable; a later version is written as the
/// differences from an earlier one. Total: an operation without a matching transition can't be done in that state.
/// </summary>
public sealed class Machine
{
    private readonly Transition[] _transitions;

    private Machine(string name, string summary, Machine? basis, Transition[] transitions)
    {
        Name = name;
        Summary = summary;
        Basis = basis;
        _transitions = transitions;
    }

    public string Name { get; }

    /// <summary>How it differs from others, in one sentence.</summary>
    public string Summary { get; }

    /// <summary>The machine it is written as a difference from, or null.</summary>
    public Machine? Basis { get; }

    public IReadOnlyList<Transition> Transitions => _transitions;

    public static Machine New(string name, string summary, params Transition[] transitions) =>
        new(name, summary, null, transitions);

    public Machine As(string name, string summary) => new(name, summary, this, _transitions);

    public bool Has(string name) => Array.Exists(_transitions, t => t.Name == name);

    /// <exception cref="ArgumentException">There is no transition of that name.</exception>
    public Transition Transition(string name) => _transitions[IndexOf(name)];

    /// <exception cref="ArgumentException">There is no transition of that name.</exception>
    public Machine Replace(string name, params Transition[] by) =>
        Edit(name, (list, i) => [.. list[..i], .. by, .. list[(i + 1)..]]);

    public Machine Without(string name) => Replace(name);

    public Machine Before(string name, params Transition[] added) =>
        Edit(name, (list, i) => [.. list[..i], .. added, .. list[i..]]);

    /// <summary>The same transition, found in another function from a release on.</summary>
    public Machine Moved(string name, Source source) => Replace(name, Transition(name) with { Source = source });

    /// <summary>The same transition, but refusing with this errno.</summary>
    public Machine Refusing(string name, Errno errno, Source source) =>
        Replace(
            name,
            Transition(name) with
            {
                Source = source,
                Then = (in _, ref _) => OperationOutcome.Refused(errno),
            }
        );

    /// <summary>
    /// Applies the operation to the page, and returns the transition that matched; null if it can't be done.
    /// </summary>
    public Step? Take(in TransitionContext moment)
    {
        if (!Possibility.Has(in moment))
            return null;
        foreach (var transition in _transitions)
        {
            if (!transition.When(in moment))
                continue;
            var page = moment.Page;
            var outcome = transition.Then(in moment, ref page);
            // A vCPU that was run has run, whatever the result: the properties of its VM are fixed before it enters the
            // guest.
            page.Ran |= moment.ByGuest;
            if (outcome.EndsGuest && moment.Operation == Operation.OtherLoad)
                page.OtherEnded = true;
            else if (outcome.EndsGuest)
                page.GuestEnded = true;
            return new Step(moment.Operation, outcome, transition, page);
        }
        return null;
    }

    /// <summary>The steps of a lifecycle, up to the first operation that can't be done any more.</summary>
    public IReadOnlyList<Step> Follow(HostFacts host, Scenario setting, OperationList operations)
    {
        var steps = new List<Step>();
        var page = setting.Start;
        foreach (var operation in operations.Span)
        {
            if (Take(new TransitionContext(host, setting, operation, page)) is not { } step)
                break;
            steps.Add(step);
            page = step.After;
        }
        return steps;
    }

    /// <summary>
    /// The index of the first operation for which another machine has another outcome, or that only one of the two
    /// allows; null if no run of the lifecycle distinguishes them.
    /// </summary>
    public int? PartsFrom(Machine other, HostFacts host, Scenario setting, OperationList operations)
    {
        var (mine, its) = (setting.Start, setting.Start);
        for (int i = 0; i < operations.Count && !ReferenceEquals(this, other); i++)
        {
            var (one, two) = (
                Take(new TransitionContext(host, setting, operations[i], mine)),
                other.Take(new TransitionContext(host, setting, operations[i], its))
            );
            if (one?.Outcome != two?.Outcome)
                return i;
            if (one is null || two is null)
                return null;
            (mine, its) = (one.After, two.After);
        }
        return null;
    }

    public override string ToString() => Name;

    private int IndexOf(string name) =>
        Array.FindIndex(_transitions, t => t.Name == name) is var i and >= 0
            ? i
            : throw new ArgumentException($"machine {Name} has no transition '{name}'", nameof(name));

    private Machine Edit(string name, Func<Transition[], int, Transition[]> edit) =>
        new(Name, Summary, Basis, edit(_transitions, IndexOf(name)));
}

/// <summary>One operation and its result.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="By">The transition that decided.</param>
/// <param name="After">The page afterwards.</param>
public sealed record Step(Operation Operation, OperationOutcome Outcome, Transition By, PageState After);
