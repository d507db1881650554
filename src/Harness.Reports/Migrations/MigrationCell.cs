using Harness.Model.Outcomes;
using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>The result of a migration between two targets, as a matrix shows it.</summary>
/// <param name="Row">The stored result.</param>
public sealed record MigrationCell(MigrationRow Row)
{
    /// <summary>Where it ended: "registration"; null if it has no end that could be judged.</summary>
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

    /// <summary>"registration EINVAL", "resumed"; the verdict if there is no stage.</summary>
    public string Ended =>
        Stage is null ? Row.Verdict
        : Errno is null ? Stage
        : $"{Stage} {Errno}";

    /// <summary>The memory type of the page before the migration: "Normal-WB"; null if that was not observed.</summary>
    public string? TypeBefore => Type(Row.Migration?.SourceLeaf);

    /// <summary>The memory type after the migration; null if that was not observed, or not reached.</summary>
    public string? TypeAfter => Type(Row.Migration?.DestinationLeaf);

    /// <summary>The property that it violates; null if none.</summary>
    public string? Violation => Stage is null ? null : Row.Migration?.Violation;

    /// <summary>The rule that causes the violation.</summary>
    public string? ViolationRule => Violation is null ? null : Row.Migration?.ViolationRule;

    /// <summary>
    /// Where it was predicted to end: "registration EINVAL or resumed"; null if nothing was predicted.
    /// </summary>
    public string? Predicted => PredictedEnds.Count == 0 ? null : string.Join(" or ", PredictedEnds);

    /// <summary>The same; null if it ended there, and if it did not end.</summary>
    public string? PredictedElsewhere => Stage is null || PredictedEnds.Contains(Ended) ? null : Predicted;

    private IReadOnlyList<string> PredictedEnds =>
        CaseOutcome.ParseOrNull(Row.PredictedJson) is MigrationOutcome predicted
            ? [.. predicted.Ends.Select(e => e.ToString())]
            : [];

    /// <summary>It deviates from the prediction, in its end or before it.</summary>
    public bool Differs => Row.Verdict is Verdicts.Mismatch or Verdicts.Known or Verdicts.Unverified;

    /// <summary>It resumed with memory of another type than before.</summary>
    public bool Changes => Stage == "resumed" && TypeBefore is { } before && TypeAfter is { } after && before != after;

    private static string? Type(string? leaf) => leaf?.Split(' ')[0];
}
