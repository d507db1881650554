namespace Harness.Cases.Guest;

/// <summary>
/// The bits of a guest's own descriptors: VMSAv8-64, 4 KiB granule (Arm ARM D8.3). AP is 0: only EL1 reads and writes.
/// </summary>
internal static class StageOneDescriptor
{
    public const ulong Table = 3;
    public const ulong Page = 3;
    public const ulong Block = 1;
    public const ulong AccessFlag = 1ul << 10;
    public const ulong InnerShareable = 3ul << 8;
    public const ulong NotForEl0 = 1ul << 54; // UXN
    public const ulong NeverExecute = 1ul << 53; // PXN

    /// <summary>A descriptor in a table.</summary>
    /// <param name="table">The table's offset in the slot that holds code and tables.</param>
    /// <param name="index">Of the descriptor in it.</param>
    /// <param name="descriptor">The descriptor.</param>
    public static TableWords At(ulong table, ulong index, ulong descriptor) =>
        new(table + index * 8, [(uint)descriptor, (uint)(descriptor >> 32)]);
}
