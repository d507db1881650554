namespace Harness.Model.Ownership;

/// <summary>One operation in one state of one system, and its result: the input of a property.</summary>
/// <param name="System">The system.</param>
/// <param name="TransitionContext">The state before, and the operation.</param>
/// <param name="Step">The result.</param>
public readonly record struct Occurrence(OwnershipSystem System, TransitionContext TransitionContext, Step Step)
{
    public PageState Before => TransitionContext.Page;

    public PageState After => Step.After;

    public OperationOutcome Outcome => Step.Outcome;
}

/// <summary>Whether the property holds here; null if it doesn't apply.</summary>
public delegate bool? Question(in Occurrence o);

/// <summary>What must hold for every system that protects a guest's memory from its host.</summary>
/// <param name="Name">Short and stable.</param>
/// <param name="Says">What must hold, in one sentence.</param>
/// <param name="Source">The mail or document that requires it.</param>
/// <param name="Holds">Whether it holds.</param>
public sealed record OwnershipProperty(string Name, string Says, string Source, Question Holds);
