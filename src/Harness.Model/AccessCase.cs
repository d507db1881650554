namespace Harness.Model;

/// <summary>A guest with its MMU off makes plain accesses.</summary>
/// <param name="Sequence">The accesses.</param>
public sealed record AccessCase(Backing Backing, bool VmaWritable, SlotFlags Slot, AccessList Sequence)
    : AttributeCase(Backing, VmaWritable, Slot)
{
    public override AccessList Accesses => Sequence;

    public override EffectiveType StageOne => Combination.MmuOff;
}
