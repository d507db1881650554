using Harness.Model.Ownership;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The steps by which an act of a page's life is answered.</summary>
/// <param name="Act">The act.</param>
/// <param name="Step">The one that answers it.</param>
public sealed record CompiledAct(Act Act, StepHandle Step)
{
    /// <summary>For <see cref="Act.Create"/>, where two calls make what there is to be: the first.</summary>
    public StepHandle? First { get; init; }

    /// <summary>For <see cref="Act.Destroy"/>: the VMs before it, and after it.</summary>
    public (StepHandle<CountersResult> Before, StepHandle<CountersResult> After)? Counters { get; init; }

    /// <summary>For <see cref="Act.Destroy"/>: how many VMs' descriptors are closed.</summary>
    public int Vms { get; init; }

    /// <summary>The descriptor that the act left; null where none is read.</summary>
    public StepHandle<Stage2Result>? Descriptor { get; init; }
}

/// <summary>Which steps of a page's life answer what.</summary>
/// <param name="Acts">One for each act.</param>
/// <param name="Before">The counters that are read before anything is made.</param>
/// <param name="After">Those that are read when everything is closed.</param>
public sealed record CompiledLife(IReadOnlyList<CompiledAct> Acts, StepHandle<CountersResult> Before, StepHandle<CountersResult> After);
