using Harness.Model.Outcomes;
using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>What a migration between two targets came to, as a matrix shows it.</summary>
/// <param name="Row">The stored result.</param>
public sealed record MigrationCell(MigrationRow Row)
{
    /// <summary>Where it ended: "registration"; null where it did not come to an end that could be judged.</summary>
    public string? Stage =>
        Row.Verdict
            is Verdicts.Match
                or Verdicts.Mismatch
                or Verdicts.Known
                or Verdicts.Erratum
                or Verdicts.OutsideModel
                or Verdicts.Disagreement
                or Verdicts.Unverified
            ? Row.Migration?.Stage
            : null;

    public string? Errno => Stage is null ? null : Row.Migration?.Errno;

    /// <summary>"registration EINVAL", "resumed"; the verdict where there is no stage.</summary>
    public string Ended =>
        Stage is null ? Row.Verdict
        : Errno is null ? Stage
        : $"{Stage} {Errno}";

    /// <summary>The type of what mapped the page before the move: "Normal-WB"; null where that was not seen.</summary>
    public string? TypeBefore => Type(Row.Migration?.SourceLeaf);

    /// <summary>The type of what maps it after the move; null where that was not seen, or not come to.</summary>
    public string? TypeAfter => Type(Row.Migration?.DestinationLeaf);

    /// <summary>The property that it breaks; null where none.</summary>
    public string? Violation => Stage is null ? null : Row.Migration?.Violation;

    /// <summary>The rule that makes it so.</summary>
    public string? ViolationRule => Violation is null ? null : Row.Migration?.ViolationRule;

    /// <summary>Where it was to end; null where it ended there, and where nothing is known of either.</summary>
    public string? PredictedElsewhere =>
        Stage is null || PredictedEnds.Count == 0 || PredictedEnds.Contains(Ended)
            ? null
            : string.Join(" or ", PredictedEnds);

    /// <summary>Of rows from before outcomes were stored as JSON, the words that stand beside them.</summary>
    private IReadOnlyList<string> PredictedEnds =>
        CaseOutcome.ParseOrNull(Row.PredictedJson) is MigrationOutcome predicted
            ? [.. predicted.Ends.Select(e => e.ToString())]
            : Row.Migration?.Predicted?.Split(" or ") ?? [];

    /// <summary>It is not as predicted, be it in its end or on the way.</summary>
    public bool Differs => Row.Verdict is Verdicts.Mismatch or Verdicts.Known or Verdicts.Unverified;

    /// <summary>It resumed with memory of another type than before.</summary>
    public bool Changes => Stage == "resumed" && TypeBefore is { } before && TypeAfter is { } after && before != after;

    private static string? Type(string? leaf) => leaf?.Split(' ')[0];
}
