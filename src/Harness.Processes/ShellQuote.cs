using System.Buffers;

namespace Harness.Processes;

/// <summary>The one place where text becomes a word of a POSIX shell.</summary>
public static class ShellQuote
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_"
    );

    /// <summary>The word as a POSIX shell reads it back: unchanged if that is safe, else in single quotes.</summary>
    /// <exception cref="ArgumentException">It holds a NUL, which no command line can carry.</exception>
    public static string Word(string word)
    {
        if (word.Contains('\0'))
            throw new ArgumentException("a command line cannot hold a NUL character", nameof(word));
        if (word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain))
            return word;
        // A single quote ends the quoted part, is given escaped, and another part begins.
        return "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>The words as one command line.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Word));
}
