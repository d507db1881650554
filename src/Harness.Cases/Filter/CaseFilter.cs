namespace Harness.Cases.Filter;

/// <summary>
/// Which cases are meant, by their attributes.
/// <code>
/// expression = all { "|" all }
/// all        = one { "&amp;" one }
/// one        = "!" one | "(" expression ")" | key "=" value | key "!=" value | key "~" glob | word
/// </code>
/// A glob knows * and ?, and covers the whole value. A word alone is meant for "id" and "key": with * or ? as a glob,
/// otherwise as the beginning of the id or a part of the key. Values with spaces or operators stand in double quotes.
/// Case of letters makes no difference.
/// </summary>
public sealed class CaseFilter
{
    private readonly FilterNode _root;

    internal CaseFilter(string text, FilterNode root)
    {
        Text = text;
        _root = root;
    }

    /// <summary>Accepts every case.</summary>
    public static CaseFilter All { get; } = new("", new FilterNode.Everything());

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <param name="text">The expression; empty or null accepts every case.</param>
    /// <param name="keys">The known attributes.</param>
    /// <exception cref="FilterException">The expression is invalid, or names an unknown attribute or value.</exception>
    public static CaseFilter Parse(string? text, IReadOnlyCollection<FilterKey> keys) =>
        string.IsNullOrWhiteSpace(text) ? All : new CaseFilter(text, new FilterParser(text, keys).Parse());

    /// <summary>A missing attribute is treated as empty.</summary>
    public bool Accepts(IReadOnlyDictionary<string, string> attributes) =>
        Accepts(name => attributes.GetValueOrDefault(name, ""));

    /// <param name="read">The value of an attribute. Called only for those that the result depends on.</param>
    public bool Accepts(Func<string, string> read) => _root.Accepts(read);

    /// <summary>
    /// Useful terms of which everything that the filter accepts fits at least one; null if it has none such, and may
    /// accept anything.
    /// </summary>
    public IReadOnlyList<FilterTerm>? OneOf(Func<FilterTerm, bool> useful) => _root.OneOf(useful);

    /// <summary>Its terms, if it is NAME=VALUE, or several joined by "&amp;"; otherwise empty.</summary>
    public IReadOnlyList<FilterTerm> Terms => _root.Terms ?? [];

    public override string ToString() => Text;
}
