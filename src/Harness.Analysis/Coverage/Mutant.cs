using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>The kinds of changes to a policy's rule.</summary>
public enum MutationKind
{
    Removed,

    /// <summary>Its guard is inverted.</summary>
    Inverted,

    /// <summary>It is swapped with the next rule of its stage.</summary>
    Swapped,

    /// <summary>It has another effect.</summary>
    Replaced,
}

/// <summary>A policy with one mistake.</summary>
/// <param name="Kind">The kind of change.</param>
/// <param name="Rule">
/// The changed rule of the original; for <see cref="MutationKind.Swapped"/> the earlier of the two.
/// </param>
/// <param name="Next">The later of the two, or null.</param>
/// <param name="Policy">The changed policy.</param>
/// <param name="Says">A description of the mistake.</param>
/// <param name="Touches">
/// The mutant can only decide differently where one of these rules fires in the original. See <see cref="Mutants"/>.
/// </param>
public sealed record Mutant(MutationKind Kind, Rule Rule, Rule? Next, Policy Policy, string Says, RuleSet Touches)
{
    public override string ToString() => Says;
}
