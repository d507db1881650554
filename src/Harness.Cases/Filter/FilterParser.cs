using System.IO.Enumeration;
using System.Text;

namespace Harness.Cases.Filter;

using Test = Func<IReadOnlyDictionary<string, string>, bool>;

/// <summary>Recursive descent over the grammar of <see cref="CaseFilter"/>.</summary>
internal sealed class FilterParser(string text, IReadOnlyCollection<FilterKey> keys)
{
    private const string Operators = "&|!()=~\"";
    private const int MostNesting = 100;

    private int _at;
    private int _depth;

    public Test Parse()
    {
        var test = Any();
        SkipSpace();
        return _at == text.Length
            ? test
            : throw Wrong(
                text[_at] == ')'
                    ? "this ) closes nothing"
                    : "expected & or | (a value with spaces stands in double quotes)"
            );
    }

    private Test Any()
    {
        var left = Every();
        while (Take('|'))
        {
            var (one, other) = (left, Every());
            left = c => one(c) || other(c);
        }
        return left;
    }

    private Test Every()
    {
        var left = One();
        while (Take('&'))
        {
            var (one, other) = (left, One());
            left = c => one(c) && other(c);
        }
        return left;
    }

    private Test One()
    {
        if (++_depth > MostNesting)
            throw Wrong("nested too deeply");
        try
        {
            if (Take('!'))
            {
                var inner = One();
                return c => !inner(c);
            }
            if (Take('('))
            {
                int open = _at;
                var inner = Any();
                return Take(')') ? inner : throw new FilterException("this ( is not closed", open);
            }
            return Term();
        }
        finally
        {
            _depth--;
        }
    }

    private Test Term()
    {
        SkipSpace();
        int start = _at;
        var (word, quoted) = Word("an attribute");
        if (Take('='))
        {
            string key = Known(word, start).Name,
                value = ValueOf(word, start);
            return c => Same(Value(c, key), value);
        }
        if (_at + 1 < text.Length && Peek() == '!' && text[_at + 1] == '=')
        {
            _at += 2;
            string key = Known(word, start).Name,
                value = ValueOf(word, start);
            return c => !Same(Value(c, key), value);
        }
        if (Take('~'))
        {
            string key = Known(word, start).Name,
                glob = Word($"a pattern for {word}").Text;
            return c => Matches(glob, Value(c, key));
        }
        if (!quoted && word.AsSpan().ContainsAny('*', '?'))
            return c => Matches(word, Value(c, "id")) || Matches(word, Value(c, "key"));
        return c =>
            Value(c, "id").StartsWith(word, StringComparison.OrdinalIgnoreCase)
            || Value(c, "key").Contains(word, StringComparison.OrdinalIgnoreCase);
    }

    private FilterKey Known(string word, int start) =>
        keys.FirstOrDefault(k => Same(k.Name, word))
        ?? throw new FilterException(
            $"'{word}' is not an attribute (allowed: {string.Join(", ", keys.Select(k => k.Name))})",
            start + 1
        );

    /// <summary>A value that no case can have is an error: the filter would match nothing, or everything.</summary>
    private string ValueOf(string word, int start)
    {
        var key = Known(word, start);
        SkipSpace();
        int at = _at;
        string value = Word($"a value for {word}").Text;
        return key.Values is null || key.Values.Any(v => Same(v, value))
            ? value
            : throw new FilterException(
                $"'{value}' is not a value of {key.Name} (allowed: {string.Join(", ", key.Values.Select(Shown))})",
                at + 1
            );

        static string Shown(string value) => value.Length == 0 ? "\"\"" : value;
    }

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
        throw new FilterException("this \" is not closed", open + 1);
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

    private FilterException Wrong(string message) => new(message, _at + 1);

    private static string Value(IReadOnlyDictionary<string, string> c, string key) =>
        c.TryGetValue(key, out var value) ? value : "";

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static bool Matches(string glob, string value) =>
        FileSystemName.MatchesSimpleExpression(glob, value, ignoreCase: true);
}
