using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>What was done to a policy's rule.</summary>
public enum MutationKind
{
    Removed,

    /// <summary>Its guard holds where it did not.</summary>
    Inverted,

    /// <summary>It changed places with the next rule of its stage.</summary>
    Swapped,

    /// <summary>It does something else.</summary>
    Replaced,
}

/// <summary>A policy with one mistake.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Rule">To which rule of the original; for <see cref="MutationKind.Swapped"/> the earlier of the
/// two.</param>
/// <param name="Next">The later of the two, or null.</param>
/// <param name="Policy">The mistaken policy.</param>
/// <param name="Says">The mistake in words.</param>
/// <param name="Touches">
/// Only where one of these rules fires in the original can the mutant decide otherwise. See <see cref="Mutants"/>.
/// </param>
public sealed record Mutant(MutationKind Kind, Rule Rule, Rule? Next, Policy Policy, string Says, ulong Touches)
{
    public override string ToString() => Says;
}
