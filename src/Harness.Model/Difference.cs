namespace Harness.Model;

/// <summary>The parts of a case, in the order in which they happen: the change comes after the first access.</summary>
public enum DifferingPart
{
    Registration,
    Change,
    Access,
}

/// <summary>Where an observation first differs from a prediction.</summary>
/// <param name="Part">The part.</param>
/// <param name="Access">Which access, from 0.</param>
/// <param name="IsType">The page is mapped with another memory type, or with an encoding that is none.</param>
public readonly record struct Difference(DifferingPart Part, int Access = 0, bool IsType = false);
