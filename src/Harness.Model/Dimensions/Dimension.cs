namespace Harness.Model.Dimensions;

/// <summary>One way in which cases or migrations differ: an attribute of filters, results and reports.</summary>
/// <param name="Name">The name in filters.</param>
/// <param name="Says">A short description.</param>
/// <param name="Values">Its values; empty if there are too many to list.</param>
public record Dimension(string Name, string Says, IReadOnlyList<DimensionValue> Values)
{
    public static IReadOnlyList<DimensionValue> NoYes { get; } = [new("no", "no"), new("yes", "yes")];

    /// <summary>The value that reports and keys omit; null if they omit none.</summary>
    public string? Usual { get; init; }

    /// <summary>The name in keys, if that is another: filters know both.</summary>
    public string? InKeys { get; init; }

    /// <summary>There are more values than those listed.</summary>
    public bool Open { get; init; }

    /// <summary>The phrase for a value in a sentence: the word itself if the value has no phrase.</summary>
    public string Phrase(string word) => Values.FirstOrDefault(v => v.Word == word)?.Phrase ?? word;

    public static string Word(bool value) => NoYes[value ? 1 : 0].Word;
}

/// <summary>A dimension that is computed from the content of an object.</summary>
/// <param name="Read">Returns the word of the object's value.</param>
public sealed record Dimension<T>(string Name, string Says, IReadOnlyList<DimensionValue> Values, Func<T, string> Read)
    : Dimension(Name, Says, Values)
{
    /// <summary>The dimension's name in the key; null for a value that stands alone, as "late".</summary>
    public Func<T, string>? Key { get; init; }

    /// <summary>
    /// Copies that differ in this dimension alone, one for each value that could be confused with it.
    /// </summary>
    public Func<T, IEnumerable<T>> Neighbours { get; init; } = _ => [];

    /// <summary>" size=block", " late"; empty for the default value.</summary>
    public string InKey(T of)
    {
        string word = Read(of);
        return word == Usual ? ""
            : Key is not null ? $" {Key(of)}"
            : word == Word(true) ? $" {Name}"
            : $" {Name}={word}";
    }
}
