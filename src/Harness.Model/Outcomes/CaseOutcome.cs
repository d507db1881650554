using System.Text.Json;

namespace Harness.Model.Outcomes;

/// <summary>
/// What a case came to, or may come to: one value for prediction and observation, with one JSON form
/// (<see cref="OutcomeJson"/>) and one sentence (<see cref="OutcomeText"/>). The JSON is stored and compared; the
/// sentence is for people and is never read back.
/// </summary>
public abstract record CaseOutcome
{
    /// <summary>The JSON form: an array of parts, or an object for what is no list of parts.</summary>
    public string ToJson() => OutcomeJson.Write(this);

    /// <exception cref="JsonException">It is not an outcome.</exception>
    public static CaseOutcome Parse(string json) => OutcomeJson.Read(json);

    /// <summary>Null for null: of a result without an outcome, or of a store that an older version wrote.</summary>
    /// <exception cref="JsonException">It is not an outcome.</exception>
    public static CaseOutcome? ParseOrNull(string? json) => json is null ? null : Parse(json);

    public sealed override string ToString() => OutcomeText.Of(this);
}

/// <summary>The parts of a case, in the order in which they happened.</summary>
public sealed record PartsOutcome(IReadOnlyList<OutcomePart> Parts) : CaseOutcome
{
    /// <summary>A lifecycle case: its parts are operations on a page.</summary>
    public bool IsLifecycle => Parts.Any(p => p is OperationPart);

    public bool Equals(PartsOutcome? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(0, (hash, part) => HashCode.Combine(hash, part));
}

/// <summary>The policy makes no prediction.</summary>
public sealed record OutsideOutcome(string Reason) : CaseOutcome;

/// <summary>One of several, depending on what is unknown of the host.</summary>
public sealed record AnyOutcome(IReadOnlyList<CaseOutcome> Alternatives) : CaseOutcome
{
    /// <summary>The only one, or any of several different ones.</summary>
    public static CaseOutcome Of(IEnumerable<CaseOutcome> outcomes) =>
        outcomes.Distinct().ToList() switch
        {
            [var only] => only,
            var several => new AnyOutcome(several),
        };

    public bool Equals(AnyOutcome? other) => other is not null && Alternatives.SequenceEqual(other.Alternatives);

    public override int GetHashCode() => Alternatives.Aggregate(0, (hash, a) => HashCode.Combine(hash, a));
}
