namespace Harness.Cli;

/// <summary>Wraps long sentences, for text that is pasted into a mail.</summary>
internal static class Wrapping
{
    private const int Columns = 98;

    /// <summary>The text with its indentation, broken at spaces; continuation lines are indented further.</summary>
    /// <param name="indent">
    /// The beginning of the first line: spaces, a bullet; a diff mark in the first column is repeated on each line.
    /// </param>
    /// <param name="text">One sentence.</param>
    /// <param name="hanging">The indentation of continuation lines beyond the bullet.</param>
    public static IEnumerable<string> Lines(string indent, string text, int hanging = 2)
    {
        string further = new string(' ', indent.Length + hanging);
        if (indent is ['-' or '+', ..])
            further = indent[0] + further[1..];
        string line = indent;
        bool begun = false;
        foreach (string word in text.Split(' '))
        {
            if (begun && line.Length + 1 + word.Length > Columns)
            {
                yield return line;
                (line, begun) = (further, false);
            }
            line += begun ? $" {word}" : word;
            begun = true;
        }
        yield return line;
    }
}
