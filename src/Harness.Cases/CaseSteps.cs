using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The steps of a case as they come together, and which of them set the slot up.</summary>
internal sealed class CaseSteps : ProgramBuilder
{
    private readonly List<StepHandle> _setUp = [];

    /// <summary>The calls whose first errno is what registering the slot returned, in their order.</summary>
    public IReadOnlyList<StepHandle> SetUp => _setUp;

    /// <summary>Adds a call by which the slot is set up.</summary>
    public void AddSetUp<TResult>(Step<TResult> step)
        where TResult : StepResult => _setUp.Add(Add(step));
}
