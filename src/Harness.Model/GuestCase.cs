namespace Harness.Model;

/// <summary>A guest with its own stage-1 tables; its operation is the last access.</summary>
/// <param name="Use">The type in its tables, and the operation.</param>
public sealed record GuestCase(Backing Backing, bool VmaWritable, SlotFlags Slot, GuestUse Use)
    : AttributeCase(Backing, VmaWritable, Slot)
{
    public override AccessList Accesses => (Slot & SlotFlags.ReadOnly) != 0 ? Use.ReadOnlyAccesses : Use.Accesses;

    public override EffectiveType StageOne => Use.StageOne;
}
