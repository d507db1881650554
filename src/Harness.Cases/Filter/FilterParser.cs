using System.Text;

namespace Harness.Cases.Filter;

/// <summary>Recursive descent over the grammar of <see cref="CaseFilter"/>.</summary>
internal sealed class FilterParser(string text, IReadOnlyCollection<FilterKey> keys)
{
    private const string Operators = "&|!()=~\"";
    private const int MostNesting = 100;

    private int _at;
    private int _depth;

    public FilterNode Parse()
    {
        var root = Any();
        SkipSpace();
        return _at == text.Length
            ? root
            : throw Wrong(
                text[_at] == ')'
                    ? "this ) closes nothing"
                    : "expected & or | (a value with spaces must be in double quotes)"
            );
    }

    private FilterNode Any()
    {
        var left = Every();
        while (Take('|'))
            left = new FilterNode.AnyOf(left, Every());
        return left;
    }

    private FilterNode Every()
    {
        var left = One();
        while (Take('&'))
            left = new FilterNode.AllOf(left, One());
        return left;
    }

    private FilterNode One()
    {
        if (++_depth > MostNesting)
            throw Wrong("nested too deeply");
        try
        {
            if (Take('!'))
                return new FilterNode.Not(One());
            if (Take('('))
            {
                int open = _at;
                var inner = Any();
                return Take(')') ? inner : throw Wrong("this ( is not closed", open);
            }
            return Term();
        }
        finally
        {
            _depth--;
        }
    }

    private FilterNode Term()
    {
        SkipSpace();
        int start = _at;
        var (word, quoted) = Word("an attribute");
        if (Take('='))
            return Equal(word, start);
        if (_at + 1 < text.Length && Peek() == '!' && text[_at + 1] == '=')
        {
            _at += 2;
            return new FilterNode.Not(Equal(word, start));
        }
        if (Take('~'))
            return new FilterNode.Like(Known(word, start).Name, Word($"a pattern for {word}").Text);
        if (!quoted && word.AsSpan().ContainsAny('*', '?'))
            return new FilterNode.AnyOf(new FilterNode.Like("key", word), new FilterNode.Like("id", word));
        return new FilterNode.Word(word);
    }

    private FilterNode.Equal Equal(string word, int start) =>
        new(new FilterTerm(Known(word, start).Name, ValueOf(word, start)));

    private FilterKey Known(string word, int start) =>
        keys.FirstOrDefault(k => k.Has(word))
        ?? throw Wrong(
            $"'{word}' is not an attribute{NearestWord.Hint(word, keys.Select(k => k.Name))} (allowed: {string.Join(", ", keys.Select(k => k.Name))})",
            start + 1
        );

    /// <summary>A value that no case can have is an error: the filter would match nothing, or everything.</summary>
    private string ValueOf(string word, int start)
    {
        var key = Known(word, start);
        SkipSpace();
        int at = _at;
        string value = Word($"a value for {word}").Text;
        if (key.Values is null)
            return value;
        return key.Values.FirstOrDefault(v => Same(v, value))
            ?? throw Wrong(
                $"'{value}' is not a value of {key.Name}{Meant(key, value)} (allowed: {string.Join(", ", key.Values.Select(Shown))})",
                at + 1
            );

        static string Shown(string value) => value.Length == 0 ? "\"\"" : value;
    }

    /// <summary>The nearest value; or the attribute that has the value as it is written.</summary>
    private string Meant(FilterKey key, string value) =>
        keys.FirstOrDefault(k => k.Values?.Any(v => Same(v, value)) == true) is { } other && !IsCommon(value)
            ? $": did you mean {other.Name}={value}?"
            : NearestWord.Hint(value, key.Values!);

    /// <summary>Values that many attributes have.</summary>
    private bool IsCommon(string value) => keys.Count(k => k.Values?.Any(v => Same(v, value)) == true) > 1;

    private (string Text, bool Quoted) Word(string what)
    {
        SkipSpace();
        if (_at == text.Length)
            throw Wrong($"expected {what}");
        if (text[_at] == '"')
            return (Quoted(), true);
        int start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && !Operators.Contains(text[_at]))
            _at++;
        return _at > start ? (text[start.._at], false) : throw Wrong($"expected {what}");
    }

    /// <summary>Inside quotes a backslash escapes the next character.</summary>
    private string Quoted()
    {
        int open = _at++;
        var value = new StringBuilder();
        for (; _at < text.Length; _at++)
        {
            if (text[_at] == '"')
            {
                _at++;
                return value.ToString();
            }
            if (text[_at] == '\\' && _at + 1 < text.Length)
                _at++;
            value.Append(text[_at]);
        }
        throw Wrong("this \" is not closed", open + 1);
    }

    private bool Take(char c)
    {
        if (Peek() != c)
            return false;
        _at++;
        return true;
    }

    private char Peek()
    {
        SkipSpace();
        return _at < text.Length ? text[_at] : '\0';
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            _at++;
    }

    private FilterException Wrong(string message) => Wrong(message, _at + 1);

    private FilterException Wrong(string message, int position) => new(text, message, position);

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
