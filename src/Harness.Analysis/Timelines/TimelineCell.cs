using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Timelines;

/// <summary>How a release decides, compared with the one before.</summary>
public enum TimelineChange : byte
{
    /// <summary>The same, by rules of the same functions; or there is no release before.</summary>
    None,

    /// <summary>The same, but by another last rule, or one in another function.</summary>
    Moved,

    /// <summary>Something else.</summary>
    Decision,
}

/// <summary>One release's decision about the case on one kind of host.</summary>
/// <param name="Prediction">The decision.</param>
/// <param name="Deciding">The last rule on the path; null if the case is outside the model.</param>
/// <param name="Change">Compared with the release before.</param>
/// <param name="Added">Rules on its path, by name, that were not on the path of the release before.</param>
/// <param name="Removed">Rules that were on the path before, and no longer are.</param>
public sealed record TimelineCell(
    Prediction Prediction,
    Statement? Deciding,
    TimelineChange Change,
    IReadOnlyList<Statement> Added,
    IReadOnlyList<Statement> Removed
)
{
    internal static TimelineCell Of(Prediction now, Prediction? before)
    {
        var (deciding, decided) = (LastOf(now), before is null ? null : LastOf(before));
        var (path, old) = (
            now.Statements.ToList(),
            before is null ? now.Statements.ToList() : before.Statements.ToList()
        );
        var change =
            before is null ? TimelineChange.None
            : now.ToString() != before.ToString() ? TimelineChange.Decision
            : (deciding?.Name, deciding?.Source.Function) != (decided?.Name, decided?.Source.Function)
            || !now.Operations.Select(Place).SequenceEqual(before.Operations.Select(Place))
                ? TimelineChange.Moved
            : TimelineChange.None;
        return new TimelineCell(
            now,
            deciding,
            change,
            [.. path.ExceptBy(old.Select(r => r.Name), r => r.Name)],
            [.. old.ExceptBy(path.Select(r => r.Name), r => r.Name)]
        );
    }

    /// <summary>The last rule on the path; null if the policy has no prediction.</summary>
    public static Statement? LastOf(Prediction prediction) => prediction.Statements.LastOrDefault();

    private static (string, string) Place(Step operation) => (operation.By.Name, operation.By.Source.Function);
}
