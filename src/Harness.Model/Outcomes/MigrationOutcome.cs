using Harness.Model.Migrations;

namespace Harness.Model.Outcomes;

/// <summary>The outcome of a live migration, predicted or observed.</summary>
/// <param name="Ends">Where it ended; several in a prediction.</param>
/// <param name="Before">
/// What mapped the page under test on the source; null if that is unknown or doesn't matter.
/// </param>
/// <param name="After">What maps it on the destination.</param>
/// <param name="How">What ended it, if the end alone doesn't show that.</param>
public sealed record MigrationOutcome(
    IReadOnlyList<MigrationEnd> Ends,
    Outcome? Before,
    Outcome? After,
    string? How = null
) : CaseOutcome
{
    public bool Equals(MigrationOutcome? other) =>
        other is not null
        && Ends.SequenceEqual(other.Ends)
        && Before == other.Before
        && After == other.After
        && How == other.How;

    public override int GetHashCode() => HashCode.Combine(Ends.Count, Before, After, How);
}
