using System.Text.Json;
using Harness.Model.Aborts;
using Harness.Model.Nesting;
using Harness.Model.Rings;
using Harness.Model.Tags;

namespace Harness.Model.Outcomes;

/// <summary>
/// The outcome of a case, predicted or observed: one value with one JSON form (<see cref="OutcomeJson"/>) and one
/// sentence (<see cref="OutcomeText"/>). The JSON is stored and compared; the sentence is for people and is never
/// parsed.
/// </summary>
public abstract record CaseOutcome
{
    /// <summary>The JSON form: an array of parts, or an object for an outcome without parts.</summary>
    public string ToJson() => OutcomeJson.Write(this);

    /// <exception cref="JsonException">It is not an outcome.</exception>
    public static CaseOutcome Parse(string json) => OutcomeJson.Read(json);

    /// <summary>Null for null: a result without an outcome, or from a store that an older version wrote.</summary>
    /// <exception cref="JsonException">It is not an outcome.</exception>
    public static CaseOutcome? ParseOrNull(string? json) => json is null ? null : Parse(json);

    public sealed override string ToString() => OutcomeText.Of(this);
}

/// <summary>The parts of a case, in the order in which they happened.</summary>
public sealed record PartsOutcome(IReadOnlyList<OutcomePart> Parts) : CaseOutcome
{
    /// <summary>A lifecycle case: its parts are operations on a page.</summary>
    public bool IsLifecycle => Parts.Any(p => p is OperationPart);

    /// <summary>It may have dozens of parts, of which what follows the first deviating one is not judged.</summary>
    public bool IsLong =>
        Parts.Any(p =>
            p
                is OperationPart
                    or ProgramPart
                    or SlotCallPart
                    or CachePart
                    or AbortPart
                    or TagPart
                    or RingPart
                    or NestedPart
        );

    public bool Equals(PartsOutcome? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(0, (hash, part) => HashCode.Combine(hash, part));
}

/// <summary>The policy makes no prediction.</summary>
public sealed record OutsideOutcome(string Reason) : CaseOutcome;

/// <summary>One of several, depending on unknown properties of the host.</summary>
public sealed record AnyOutcome(IReadOnlyList<CaseOutcome> Alternatives) : CaseOutcome
{
    /// <summary>The only distinct outcome, or any of several.</summary>
    public static CaseOutcome Of(IEnumerable<CaseOutcome> outcomes) =>
        outcomes.Distinct().ToList() switch
        {
            [var only] => only,
            var several => new AnyOutcome(several),
        };

    public bool Equals(AnyOutcome? other) => other is not null && Alternatives.SequenceEqual(other.Alternatives);

    public override int GetHashCode() => Alternatives.Aggregate(0, (hash, a) => HashCode.Combine(hash, a));
}
