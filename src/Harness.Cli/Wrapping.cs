namespace Harness.Cli;

/// <summary>Long sentences on short lines, for text that is pasted into a mail.</summary>
internal static class Wrapping
{
    private const int Columns = 98;

    /// <summary>
    /// The text with its indentation, broken at spaces; where it goes on, it is indented by as much more.
    /// </summary>
    /// <param name="indent">What the first line begins with: spaces, a bullet; a diff's mark in the first column stands
    /// on each.</param>
    /// <param name="text">One sentence.</param>
    /// <param name="hanging">By how many columns further lines are indented beyond the bullet.</param>
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
