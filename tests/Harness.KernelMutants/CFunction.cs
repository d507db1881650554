using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.KernelMutants;

/// <summary>Finds functions in C sources with the kernel's layout: last braces in column 1.</summary>
internal static class CFunction
{
    /// <summary>The definition of a function, from its name to its last brace.</summary>
    /// <exception cref="MutantException">There is none, or several.</exception>
    public static (int Start, int End) Find(string source, string name)
    {
        var found = Regex
            .Matches(
                source,
                $@"^(?:[A-Za-z_][^\n;{{}}()=]*[\s*])?{Regex.Escape(name)}\(",
                RegexOptions.Multiline | RegexOptions.CultureInvariant
            )
            .Select(m => Definition(source, m.Index, m.Index + m.Length))
            .OfType<(int, int)>()
            .ToList();
        return found switch
        {
            [var one] => one,
            [] => throw new MutantException($"there is no function {name}(): the source has moved"),
            _ => throw new MutantException(
                string.Create(CultureInfo.InvariantCulture, $"{name}() is defined {found.Count} times")
            ),
        };
    }

    /// <summary>Null for a declaration or a call.</summary>
    /// <param name="source">The file.</param>
    /// <param name="start">Of the line.</param>
    /// <param name="at">Behind the parenthesis that the parameters begin with.</param>
    private static (int Start, int End)? Definition(string source, int start, int at)
    {
        for (int open = 1; open > 0; at++)
        {
            if (at == source.Length)
                return null;
            open += source[at] switch
            {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
        }
        while (at < source.Length && char.IsWhiteSpace(source[at]))
            at++;
        if (at == source.Length || source[at] != '{')
            return null;
        int end = source.IndexOf("\n}", at, StringComparison.Ordinal);
        return end < 0 ? null : (start, end + 2);
    }
}
