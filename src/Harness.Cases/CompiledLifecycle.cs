using Harness.Model.Ownership;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The steps that observe one operation of a lifecycle.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Step">The step with its result.</param>
public sealed record CompiledOperation(Operation Operation, StepHandle Step)
{
    /// <summary>For an <see cref="Operation.Create"/> that takes two calls: the first.</summary>
    public StepHandle? First { get; init; }

    /// <summary>For <see cref="Operation.Destroy"/>: the number of VMs before and after it.</summary>
    public (StepHandle<CountersResult> Before, StepHandle<CountersResult> After)? Counters { get; init; }

    /// <summary>For <see cref="Operation.Destroy"/>: how many VM descriptors are closed.</summary>
    public int Vms { get; init; }

    /// <summary>The descriptor after the operation; null if it is not read.</summary>
    public StepHandle<Stage2Result>? Descriptor { get; init; }
}

/// <summary>The meaning of the steps of a lifecycle case.</summary>
/// <param name="Operations">One for each operation.</param>
/// <param name="Before">The counters that are read before anything is created.</param>
/// <param name="After">The counters that are read after everything is closed.</param>
public sealed record CompiledLifecycle(
    IReadOnlyList<CompiledOperation> Operations,
    StepHandle<CountersResult> Before,
    StepHandle<CountersResult> After
);
