namespace Harness.Model;

/// <summary>
/// The size of the slot, and whether a block could map it. Blocks are 2 MiB: the 4 KiB granule's level 2.
/// </summary>
public enum Extent : byte
{
    /// <summary>64 KiB: too small for a block.</summary>
    Page,

    /// <summary>2 MiB, with guest physical, host virtual and host physical addresses aligned to it.</summary>
    Block,

    /// <summary>2 MiB, but guest physical and host virtual addresses differ modulo 2 MiB.</summary>
    Misaligned,

    /// <summary>
    /// 3 MiB, aligned to 2 MiB, of a mapping of 4 MiB: a block fits over the first 2 MiB, and one over the last page
    /// would reach beyond the slot. Of programs alone.
    /// </summary>
    OddSize,

    /// <summary>
    /// 4 MiB, but guest physical and host virtual addresses differ modulo 2 MiB: blocks lie within the slot and can't
    /// be used. Of programs alone.
    /// </summary>
    LargeMisaligned,
}
