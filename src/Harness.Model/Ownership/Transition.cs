namespace Harness.Model.Ownership;

public delegate bool Precondition(in TransitionContext m);

/// <summary>What comes of the operation; changes the page where it changes.</summary>
public delegate OperationOutcome TransitionEffect(in TransitionContext m, ref PageState page);

/// <summary>
/// One transition of a page, or one refusal. Of those for an operation, in order, the first whose precondition holds
/// decides.
/// </summary>
/// <param name="Name">Unique in its machine, short, stable: verdicts and known differences refer to it.</param>
/// <param name="Source">Where it is written in the kernel, or proposed in a mail.</param>
/// <param name="Says">The rule in one sentence.</param>
/// <param name="When">The precondition; it says which operations it is about, too.</param>
/// <param name="Then">The result.</param>
public sealed record Transition(string Name, Source Source, string Says, Precondition When, TransitionEffect Then)
    : Statement(Name, Source, Says)
{
    /// <summary>Why no process of the host's can make it happen to a page of its choice; null where one can.</summary>
    public string? NotByUserspace { get; init; }
}
