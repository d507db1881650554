using Harness.Model.Outcomes;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Outcomes;

/// <summary>An outcome as stored: the value, and its sentence.</summary>
/// <param name="Text">Null if there is no outcome.</param>
/// <param name="Value">
/// Null if there is no outcome, or if a version before 6 of the schema only stored the sentence.
/// </param>
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

    /// <summary>It is of a lifecycle case.</summary>
    public bool IsLifecycle => Value is PartsOutcome { IsLifecycle: true };

    public bool IsLong => Value is PartsOutcome { IsLong: true };

    /// <summary>Compared as values; as sentences if only the sentence of one of the two is stored.</summary>
    public bool SameAs(StoredOutcome other) =>
        Value is null || other.Value is null ? Text == other.Text : Value == other.Value;

    /// <summary>Its parts; empty if only the sentence is stored.</summary>
    public IReadOnlyList<OutcomePart> Parts => Value is PartsOutcome parts ? parts.Parts : [];
}
