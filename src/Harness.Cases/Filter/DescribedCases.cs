using System.Buffers;
using System.Text.RegularExpressions;
using Harness.Model;
using Harness.Model.Dimensions;

namespace Harness.Cases.Filter;

/// <summary>
/// Cases by words, as a user writes them who does not know the id or the whole key: words of keys and of filters, in
/// any order, "pfnmap wb read by=vfio slot=ro"; or an expression of a filter.
/// </summary>
public static partial class DescribedCases
{
    private static readonly SearchValues<char> s_operators = SearchValues.Create("&|!()~\"");

    /// <summary>What a VMA is if nothing else is said.</summary>
    private const string Writable = "rw";

    private sealed record Term(string Name, Func<Case, string> Read, string Value);

    /// <summary>Whether a text is not the beginning of an id.</summary>
    public static bool IsDescription(string text) => !text.All(char.IsAsciiHexDigit);

    /// <returns>
    /// Those that fit; where several do, only those that are usual in everything that was not named, if there are any.
    /// </returns>
    /// <exception cref="FilterException">A word is not one of keys and filters.</exception>
    public static IReadOnlyList<Case> Of(string text)
    {
        if (text.AsSpan().ContainsAny(s_operators))
            return [.. CaseSelection.Of(CaseFilter.Parse(text, AllCases.FilterKeys))];
        Term[] terms = [.. Words().Matches(text).SelectMany(m => Terms(text, m.Value, m.Index + 1))];
        Case[] fit = [.. AllCases.OneByOne().Where(c => terms.All(t => Same(t.Read(c), t.Value)))];
        var named = terms.Select(t => t.Name).ToHashSet();
        var others = CaseDimensions
            .Attributes.Union(CaseDimensions.OfKeys)
            .Where(d => d != CaseDimensions.Access && !named.Contains(d.Name))
            .Select(d => (d.Read, Usual: d == CaseDimensions.Vma ? Writable : d.Usual))
            .Where(d => d.Usual is not null)
            .ToList();
        Case[] usual = [.. fit.Where(c => others.TrueForAll(d => d.Read(c) == d.Usual))];
        return usual.Length > 0 ? usual : fit;
    }

    private static IEnumerable<Term> Terms(string text, string word, int at)
    {
        if (word.Split('=', 2) is [var left, var value])
        {
            string name = left.Trim();
            if (name is "before" or "after")
                return [new Term(CaseDimensions.Beside.Name, Neighbour, word)];
            var key = AllCases.FilterKeys.FirstOrDefault(k => k.Has(name))
                ?? throw Wrong(
                    $"'{name}' is not an attribute{NearestWord.Hint(name, AllCases.FilterKeys.Select(k => k.Name))}"
                );
            value = value.Trim();
            if (key.Values is { } values && !values.Any(v => Same(v, value)))
                throw Wrong(
                    $"'{value}' is not a value of {key.Name}{NearestWord.Hint(value, values)} (allowed: {string.Join(", ", values)})"
                );
            return [new Term(key.Name, c => AllCases.Attribute(c, key.Name), value)];
        }
        // The parts of a backing: "pfnmap:unknown:wb:shared:any".
        return word.Split(':').Select(One);

        Term One(string part) =>
            Flag(part)
            ?? Access(part)
            ?? CaseDimensions
                .Attributes.Where(d => d.Values.Any(v => Same(v.Word, part)))
                .Select(d => new Term(d.Name, d.Read, part))
                .FirstOrDefault()
            ?? throw Wrong($"'{part}' is not a word of a case{NearestWord.Hint(part, AllWords)}");

        FilterException Wrong(string what) => new(text, what, at, "case");
    }

    private static string Neighbour(Case c) => c is AttributeCase { Beside: { } beside } ? CaseText.Word(beside) : "";

    /// <summary>"late", "mte", "restored"; in a backing "any" and "bound".</summary>
    private static Term? Flag(string word)
    {
        var flag = Same(word, "any")
            ? CaseDimensions.AnyUncached
            : CaseDimensions
                .Attributes.Append(CaseDimensions.Restored)
                .FirstOrDefault(d => Same(d.Name, word) && d.Values.Any(v => v.Word == Dimension.Word(true)));
        return flag is null ? null : new Term(flag.Name, flag.Read, Dimension.Word(true));
    }

    /// <summary>"read,write".</summary>
    private static Term? Access(string word) =>
        word.Split(',').All(w => CaseDimensions.Access.Values.Any(v => Same(v.Word, w)))
            ? new Term(CaseDimensions.Access.Name, CaseDimensions.Access.Read, word)
            : null;

    private static IEnumerable<string> AllWords =>
        CaseDimensions.Attributes.SelectMany(d => d.Values.Select(v => v.Word).Append(d.Name));

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"[^\s=]+(\s*=\s*[^\s]+)?")]
    private static partial Regex Words();
}
