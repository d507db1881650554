namespace Harness.Model.Caches;

/// <summary>What an act may return, or what it did.</summary>
[Flags]
public enum CacheWords : byte
{
    /// <summary>It returns nothing.</summary>
    None = 0,

    /// <summary>The word that memory held before anything else was done: it was stored and cleaned to memory.</summary>
    Old = 1,

    /// <summary>The word that the process stored.</summary>
    New = 2,

    /// <summary>The word that the guest stored.</summary>
    Guest = 4,

    /// <summary>A word that was never stored. No prediction has it.</summary>
    Other = 8,

    /// <summary>
    /// The CPU or the memory has no exclusives there: a fault (DFSC 0x35 or 0x10), or STXR never stores.
    /// </summary>
    Refused = 16,
}
