namespace Harness.Model;

/// <summary>The parts of a case, in the order in which they happen: the change comes after the first access.</summary>
public enum DifferingPart
{
    Registration,

    /// <summary>What the change returned.</summary>
    ChangeErrno,

    /// <summary>What the change left.</summary>
    Change,
    Access,
}

/// <summary>The parts of a leaf that rules set.</summary>
public enum LeafPart
{
    None,

    /// <summary>Another memory type, or an encoding that is none.</summary>
    Type,

    /// <summary>Other memory than what is behind the address.</summary>
    Memory,

    /// <summary>The permission to write, also where a store makes no progress without it.</summary>
    Write,

    /// <summary>The permission to execute, also where a fetch makes no progress without it.</summary>
    Execute,
}

/// <summary>Where an observation first differs from a prediction.</summary>
/// <param name="Part">The part of the case.</param>
/// <param name="Access">Which access, from 0.</param>
/// <param name="Of">What of the leaf, if the access was predicted to be mapped.</param>
public readonly record struct Difference(DifferingPart Part, int Access = 0, LeafPart Of = LeafPart.None);
