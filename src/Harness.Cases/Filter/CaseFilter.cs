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
    private readonly Func<IReadOnlyDictionary<string, string>, bool> _test;

    internal CaseFilter(string text, Func<IReadOnlyDictionary<string, string>, bool> test)
    {
        Text = text;
        _test = test;
    }

    /// <summary>Lets every case pass.</summary>
    public static CaseFilter All { get; } = new("", _ => true);

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <param name="text">The expression; empty or null lets every case pass.</param>
    /// <param name="keys">The attributes there are.</param>
    /// <exception cref="FilterException">The expression can't be read, or names what no case has.</exception>
    public static CaseFilter Parse(string? text, IReadOnlyCollection<FilterKey> keys) =>
        string.IsNullOrWhiteSpace(text) ? All : new CaseFilter(text, new FilterParser(text, keys).Parse());

    /// <summary>An attribute that a case does not have is empty.</summary>
    public bool Accepts(IReadOnlyDictionary<string, string> attributes) => _test(attributes);

    public override string ToString() => Text;
}
