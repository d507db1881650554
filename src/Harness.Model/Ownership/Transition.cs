namespace Harness.Model.Ownership;

public delegate bool Precondition(in TransitionContext m);

/// <summary>The result of the operation; updates the page state.</summary>
public delegate OperationOutcome TransitionEffect(in TransitionContext m, ref PageState page);

/// <summary>
/// One transition of a page, or one refusal. The first transition with a matching precondition decides.
/// </summary>
/// <param name="Name">Unique in its machine, short, stable: verdicts and known differences refer to it.</param>
/// <param name="Source">Its place in the kernel, or in a mail.</param>
/// <param name="Says">The rule in one sentence.</param>
/// <param name="When">The precondition, which also selects the operations.</param>
/// <param name="Then">The result.</param>
public sealed record Transition(string Name, Source Source, string Says, Precondition When, TransitionEffect Then)
    : Statement(Name, Source, Says)
{
    /// <summary>Why no process of the host can trigger it for a chosen page; null if one can.</summary>
    public string? NotByUserspace { get; init; }
}
