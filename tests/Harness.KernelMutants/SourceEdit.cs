using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.KernelMutants;

/// <summary>Changes one place in one function of a C source.</summary>
internal static class SourceEdit
{
    /// <param name="source">The whole file.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="find">
    /// A regular expression that matches exactly once in the function; a space stands for any white space.
    /// </param>
    /// <param name="replace">The replacement, with $1 for groups.</param>
    /// <returns>The whole file, changed.</returns>
    /// <exception cref="MutantException">
    /// There is no such function, or several; what is searched is not in it, or several times; or nothing changes.
    /// </exception>
    public static string Apply(string source, string function, string find, string replace)
    {
        var (start, end) = CFunction.Find(source, function);
        string body = source[start..end];
        var pattern = new Regex(
            find.Replace(" ", @"\s+", StringComparison.Ordinal),
            RegexOptions.CultureInvariant | RegexOptions.Multiline
        );
        int count = pattern.Count(body);
        if (count != 1)
            throw new MutantException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\"{find}\" is {(count == 0 ? "not" : $"{count} times")} in {function}(): the source has moved, change the pattern"
                )
            );
        string changed = pattern.Replace(body, replace);
        return changed == body
            ? throw new MutantException($"replacing \"{find}\" in {function}() changes nothing")
            : source[..start] + changed + source[end..];
    }
}
