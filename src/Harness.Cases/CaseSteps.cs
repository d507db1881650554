using Harness.Protocol;

namespace Harness.Cases;

/// <summary>Builds the steps of a case, and records which of them set up the slot.</summary>
internal sealed class CaseSteps : ProgramBuilder
{
    private readonly List<StepHandle> _setUp = [];

    /// <summary>
    /// The calls that set up the slot, in order: the first errno among them is the result of registration.
    /// </summary>
    public IReadOnlyList<StepHandle> SetUp => _setUp;

    /// <summary>The capabilities that are enabled on a VM before anything else.</summary>
    public IReadOnlyList<EnableCapabilityStep> OfVm { get; init; } = [];

    /// <summary>Adds a call that sets up the slot.</summary>
    public void AddSetUp<TResult>(Step<TResult> step)
        where TResult : StepResult => _setUp.Add(Add(step));
}
