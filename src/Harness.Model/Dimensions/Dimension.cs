namespace Harness.Model.Dimensions;

/// <summary>One thing in which cases or migrations differ: an attribute of filters, results and reports.</summary>
/// <param name="Name">As filters have it.</param>
/// <param name="Says">What it is, in a few words.</param>
/// <param name="Values">Those that it has; none where they are too many to list.</param>
public record Dimension(string Name, string Says, IReadOnlyList<DimensionValue> Values)
{
    public static IReadOnlyList<DimensionValue> NoYes { get; } = [new("no", "no"), new("yes", "yes")];

    /// <summary>The word that reports and keys leave out; null where they never do.</summary>
    public string? Usual { get; init; }

    /// <summary>There are more values than those that are listed.</summary>
    public bool Open { get; init; }

    /// <summary>The value of a word in a sentence: the word itself where the value has no phrase.</summary>
    public string Phrase(string word) => Values.FirstOrDefault(v => v.Word == word)?.Phrase ?? word;

    public static string Word(bool value) => NoYes[value ? 1 : 0].Word;
}

/// <summary>A dimension that is read from the content of what has it.</summary>
/// <param name="Read">The word of its value.</param>
public sealed record Dimension<T>(string Name, string Says, IReadOnlyList<DimensionValue> Values, Func<T, string> Read)
    : Dimension(Name, Says, Values)
{
    /// <summary>Its part of the key where the value is not the usual one; null for "size=block", or "late".</summary>
    public Func<T, string>? Key { get; init; }

    /// <summary>The same with another value, one for each that could be confused with it.</summary>
    public Func<T, IEnumerable<T>> Neighbours { get; init; } = _ => [];

    /// <summary>" size=block", " late"; nothing where the value is the usual one.</summary>
    public string InKey(T of)
    {
        string word = Read(of);
        return word == Usual ? ""
            : Key is not null ? $" {Key(of)}"
            : word == Word(true) ? $" {Name}"
            : $" {Name}={word}";
    }
}
