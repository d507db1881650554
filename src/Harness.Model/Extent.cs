namespace Harness.Model;

/// <summary>
/// The size of the slot, and whether a block could map it. A block is what a descriptor of level 2 maps: 2 MiB, 32 MiB
/// or 512 MiB with pages of 4, 16 or 64 KiB.
/// </summary>
public enum Extent : byte
{
    /// <summary>A few pages: too small for a block.</summary>
    Page,

    /// <summary>A block, with guest physical, host virtual and host physical addresses aligned to it.</summary>
    Block,

    /// <summary>
    /// A block's size, or just less, but guest physical and host virtual addresses differ modulo that of a block.
    /// </summary>
    Misaligned,

    /// <summary>
    /// A block and a half, aligned to a block, of a mapping of two: a block fits over the first, and one over the last
    /// page would reach beyond the slot. Of programs alone.
    /// </summary>
    OddSize,

    /// <summary>
    /// Two blocks, but guest physical and host virtual addresses differ modulo a block: blocks lie within the slot and
    /// can't be used. Of programs alone.
    /// </summary>
    LargeMisaligned,

    /// <summary>
    /// A block and a half that begins half a block into a mapping of two: a block over the first page would begin
    /// before the slot, and one fits over the last. Of programs alone.
    /// </summary>
    OddStart,

    /// <summary>
    /// Two blocks less what the addresses differ by: the last block of host addresses lies within the slot, and can't
    /// be used. Of programs alone.
    /// </summary>
    MisalignedEnd,
}
