namespace Harness.Model.Slots;

/// <summary>The slots of a VM. Immutable.</summary>
public sealed record SlotTable
{
    private readonly SlotCall[] _slots = [];

    /// <summary>No slot.</summary>
    public static SlotTable Empty { get; } = new();

    private SlotTable(params SlotCall[] slots) => _slots = slots;

    /// <summary>
    /// The slot that a call is about, as the last call that was accepted made it; null if there is none.
    /// </summary>
    public SlotCall? Old(SlotCall call) => Array.Find(_slots, s => s.Slot == call.Slot);

    /// <summary>Another slot has a page of guest physical memory that the call's slot is to have.</summary>
    public bool Overlaps(SlotCall call) =>
        Array.Exists(_slots, s => s.Slot != call.Slot && Overlap(s.Address, call.Address, s, call));

    /// <summary>A slot is bound to a page of the file that the call's slot is to be bound to.</summary>
    public bool IsBound(SlotCall call) =>
        call.File is { } file && Array.Exists(_slots, s => s.File is { } other && Overlap(other, file, s, call));

    /// <summary>After a call that was accepted.</summary>
    public SlotTable With(SlotCall call)
    {
        SlotCall[] others = [.. _slots.Where(s => s.Slot != call.Slot)];
        return call.Pages == 0 ? new(others) : new([.. others, call]);
    }

    private static bool Overlap(int a, int b, SlotCall first, SlotCall second) =>
        a < b + second.Pages && b < a + first.Pages;
}
