namespace Harness.Reports.Comparing;

/// <summary>Cases that changed alike: one paragraph for all.</summary>
/// <param name="Rule">
/// The rule contradicted after, or if it is good now, the one contradicted before; null if there is none.
/// </param>
/// <param name="Reason">Why there is no result on one side; else null.</param>
/// <param name="From">The verdict before; null: not run.</param>
/// <param name="To">The verdict after; null: not run.</param>
/// <param name="Targets">How many cases on each target.</param>
/// <param name="Examples">The first of them, or all, in the order of the hosts and as planned.</param>
public sealed record ChangeGroup(
    ChangeKind Kind,
    ChangedSide Who,
    string? Rule,
    string? Reason,
    string? From,
    string? To,
    IReadOnlyDictionary<string, int> Targets,
    IReadOnlyList<CaseChange> Examples
)
{
    public int Cases => Targets.Values.Sum();
}
