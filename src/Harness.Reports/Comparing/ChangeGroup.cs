namespace Harness.Reports.Comparing;

/// <summary>Cases that changed alike: one paragraph, however many they are.</summary>
/// <param name="Rule">The rule contradicted after, or where it is good now, the one contradicted before; null where
/// none has to do with it.</param>
/// <param name="Reason">Why there is no answer on one side; else null.</param>
/// <param name="From">The verdict before; null: not asked.</param>
/// <param name="To">The verdict after; null: not asked.</param>
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
