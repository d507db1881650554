using Harness.Model.Outcomes;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Outcomes;

/// <summary>An outcome as it is stored: the value, and its sentence.</summary>
/// <param name="Text">Null where there is no outcome.</param>
/// <param name="Value">Null where there is no outcome, or where a version before 6 of the schema stored the sentence
/// alone.</param>
public readonly record struct StoredOutcome(string? Text, CaseOutcome? Value)
{
    public static StoredOutcome Of(CaseOutcome? value) => new(value?.ToString(), value);

    public static StoredOutcome Predicted(ResultRow row) =>
        new(row.Predicted, CaseOutcome.ParseOrNull(row.PredictedJson));

    public static StoredOutcome Observed(ResultRow row) => new(row.Observed, CaseOutcome.ParseOrNull(row.ObservedJson));

    public static StoredOutcome Predicted(JudgedCase? side) =>
        new(side?.Predicted, CaseOutcome.ParseOrNull(side?.PredictedJson));

    public static StoredOutcome Observed(JudgedCase? side) =>
        new(side?.Observed, CaseOutcome.ParseOrNull(side?.ObservedJson));

    /// <summary>Of a lifecycle case.</summary>
    public bool IsLifecycle => Value is PartsOutcome { IsLifecycle: true };

    /// <summary>Compared as values; as sentences where one of the two is stored as that alone.</summary>
    public bool SameAs(StoredOutcome other) =>
        Value is null || other.Value is null ? Text == other.Text : Value == other.Value;

    /// <summary>Its parts; none where they were stored as a sentence alone.</summary>
    public IReadOnlyList<OutcomePart> Parts => Value is PartsOutcome parts ? parts.Parts : [];
}
