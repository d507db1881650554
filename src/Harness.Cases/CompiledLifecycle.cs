using Harness.Model.Ownership;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The steps by which an operation of a page's lifecycle is answered.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Step">The one that answers it.</param>
public sealed record CompiledOperation(Operation Operation, StepHandle Step)
{
    /// <summary>For <see cref="Operation.Create"/>, where two calls make what there is to be: the first.</summary>
    public StepHandle? First { get; init; }

    /// <summary>For <see cref="Operation.Destroy"/>: the VMs before it, and after it.</summary>
    public (StepHandle<CountersResult> Before, StepHandle<CountersResult> After)? Counters { get; init; }

    /// <summary>For <see cref="Operation.Destroy"/>: how many VMs' descriptors are closed.</summary>
    public int Vms { get; init; }

    /// <summary>The descriptor that the operation left; null where none is read.</summary>
    public StepHandle<Stage2Result>? Descriptor { get; init; }
}

/// <summary>Which steps of a page's lifecycle answer what.</summary>
/// <param name="Operations">One for each operation.</param>
/// <param name="Before">The counters that are read before anything is made.</param>
/// <param name="After">Those that are read when everything is closed.</param>
public sealed record CompiledLifecycle(
    IReadOnlyList<CompiledOperation> Operations,
    StepHandle<CountersResult> Before,
    StepHandle<CountersResult> After
);
