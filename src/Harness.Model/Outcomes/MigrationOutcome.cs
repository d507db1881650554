using Harness.Model.Migrations;

namespace Harness.Model.Outcomes;

/// <summary>What a live migration came to, or may come to.</summary>
/// <param name="Ends">Where it ended; several in a prediction.</param>
/// <param name="Before">What mapped the page under test on the source; null where that is not known or doesn't
/// matter.</param>
/// <param name="After">What maps it on the destination.</param>
/// <param name="How">What ended it, where the end doesn't say all.</param>
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
