namespace Harness.Model.Ownership;

/// <summary>One operation in one state of one system, and what comes of it: what properties are asked of.</summary>
/// <param name="System">The system.</param>
/// <param name="TransitionContext">The state before, and the operation.</param>
/// <param name="Step">What came of it.</param>
public readonly record struct Occurrence(OwnershipSystem System, TransitionContext TransitionContext, Step Step)
{
    public PageState Before => TransitionContext.Page;

    public PageState After => Step.After;

    public OperationOutcome Outcome => Step.Outcome;
}

/// <summary>Whether it holds here; null where it is about something else.</summary>
public delegate bool? Question(in Occurrence o);

/// <summary>What must hold of every system that keeps a guest's memory from its host.</summary>
/// <param name="Name">Short and stable.</param>
/// <param name="Says">What must hold, in one sentence.</param>
/// <param name="Source">Who asks for it.</param>
/// <param name="Ask">Whether it does.</param>
public sealed record OwnershipProperty(string Name, string Says, string Source, Question Ask);
