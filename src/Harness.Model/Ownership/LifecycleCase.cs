using Harness.Model.Validity;

namespace Harness.Model.Ownership;

/// <summary>
/// A case about page ownership: operations on one page of the memory, in a slot with default properties.
/// </summary>
/// <param name="Vm">The kind of VM.</param>
/// <param name="Operations">The operations on the page, in order.</param>
public sealed record LifecycleCase(Backing Backing, bool VmaWritable, VmKind Vm, OperationList Operations)
    : Case(Backing, VmaWritable)
{
    /// <summary>What the operations act on.</summary>
    public Scenario Scenario => new(Vm, Backing, VmaWritable);

    protected override string? Restriction() => LifecycleRestrictions.All.Against(this);
}
