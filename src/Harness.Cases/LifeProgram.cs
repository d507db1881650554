using Harness.Model;
using Harness.Model.Ownership;
using Harness.Protocol;
using Step = Harness.Protocol.Step;

namespace Harness.Cases;

/// <summary>The step by which an act of a page's life is answered.</summary>
/// <param name="Act">The act.</param>
/// <param name="Step">Its index in the program.</param>
/// <param name="Before">
/// For <see cref="Act.Destroy"/>: the counters read before it. For <see cref="Act.Create"/>, where two calls make what there is
/// to be: the first. Else -1.
/// </param>
/// <param name="Vms">For <see cref="Act.Destroy"/>: how many VMs' descriptors are closed.</param>
public sealed record ActStep(Act Act, int Step, int Before = -1, int Vms = 0)
{
    /// <summary>The index of the descriptor that the act left; -1 where none is read.</summary>
    public int Descriptor { get; init; } = -1;
}

/// <summary>A page's life, compiled: the steps, and which of them answer which act.</summary>
/// <param name="Steps">In order.</param>
/// <param name="Acts">One for each act.</param>
/// <param name="First">The index of the counters that are read before anything is made.</param>
/// <param name="Last">The index of those that are read when everything is closed.</param>
public sealed record LifeProgram(IReadOnlyList<Step> Steps, IReadOnlyList<ActStep> Acts, int First, int Last);
