using System.Globalization;
using System.Text;

namespace Harness.Reports;

/// <summary>
/// Makes untrusted text safe for a terminal: a host's text must not move the cursor or reverse a line.
/// </summary>
public static class Printable
{
    /// <summary>Control and format characters become \x1b or \u202e; tabs become a space.</summary>
    /// <param name="keepLines">Line feeds stay as they are.</param>
    public static string Of(string text, bool keepLines = false)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var safe = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t')
                safe.Append(' ');
            else if (rune.Value == '\n' && keepLines)
                safe.Append('\n');
            else if (
                Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
            )
                safe.Append(
                    CultureInfo.InvariantCulture,
                    $"\\{(rune.Value < 256 ? $"x{rune.Value:x2}" : $"u{rune.Value:x4}")}"
                );
            else
                safe.Append(rune);
        }
        return safe.ToString();
    }
}
