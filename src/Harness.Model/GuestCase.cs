namespace Harness.Model;

/// <summary>A guest with tables of its own, whose operation the last access is.</summary>
/// <param name="Use">The type in its tables, and the operation.</param>
public sealed record GuestCase(Backing Backing, bool VmaWritable, SlotFlags Slot, GuestUse Use)
    : AttributeCase(Backing, VmaWritable, Slot)
{
    public override AccessList Accesses => (Slot & SlotFlags.ReadOnly) != 0 ? Use.ReadOnlyAccesses : Use.Accesses;

    public override EffectiveType StageOne => Use.StageOne;
}
