using Harness.Model.Validity;

namespace Harness.Model.Ownership;

/// <summary>A case about who may have a page: operations on one page of the memory, in the plainest of slots.</summary>
/// <param name="Vm">The kind of VM.</param>
/// <param name="Operations">What is done about the page, in order.</param>
public sealed record LifecycleCase(Backing Backing, bool VmaWritable, VmKind Vm, OperationList Operations)
    : Case(Backing, VmaWritable)
{
    /// <summary>What the operations are done to.</summary>
    public Scenario Scenario => new(Vm, Backing, VmaWritable);

    protected override string? Restriction() => LifecycleRestrictions.All.Against(this);
}
