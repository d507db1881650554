using System.Buffers;

namespace Harness.Processes;

/// <summary>Quotes text as a word of a POSIX shell. All commands are built with it.</summary>
public static class ShellQuote
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_"
    );

    /// <summary>The word quoted for a POSIX shell: unchanged if that is safe, else in single quotes.</summary>
    /// <exception cref="ArgumentException">It contains a NUL, which a command line can't have.</exception>
    public static string Word(string word)
    {
        if (word.Contains('\0'))
            throw new ArgumentException("a command line cannot hold a NUL character", nameof(word));
        if (word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain))
            return word;
        // A single quote ends the quoted part, is written escaped, and another part begins.
        return "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>The words as one command line.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Word));
}
