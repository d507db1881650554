using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>What the probe does to a word, or to its cache line.</summary>
[JsonConverter(typeof(CamelCaseEnum<LineAct>))]
public enum LineAct
{
    /// <summary>A load.</summary>
    Load,

    /// <summary>A store.</summary>
    Store,

    /// <summary>DC CVAC: a clean to the point of coherency.</summary>
    Clean,

    /// <summary>DC CIVAC: a clean and an invalidation to the point of coherency.</summary>
    CleanInvalidate,
}

/// <summary>
/// The probe's own process loads or stores the 32-bit word at mapping + offset with one plain instruction, or maintains
/// its cache line; a full barrier before and after it. The mapping must be readable, and writable for a store. ENOSYS
/// on CPUs other than arm64 and x86-64, where CLFLUSH stands for both kinds of maintenance.
/// </summary>
/// <param name="Map">A mapping.</param>
/// <param name="Offset">A multiple of 4 inside the mapping, in bytes.</param>
/// <param name="Act">What is done.</param>
/// <param name="Word">The word to store; 0 for others.</param>
public sealed record LineStep(string Map, ulong Offset, LineAct Act, uint Word = 0) : Step<LineResult>(OnError.Fail);

/// <param name="Value">The word that was loaded; null for other acts.</param>
public sealed record LineResult(uint? Value = null) : StepResult;
