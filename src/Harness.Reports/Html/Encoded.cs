using System.Text;

namespace Harness.Reports.Html;

/// <summary>
/// The only way for a value into the page. Control and format characters, which could hide or reverse text, are made
/// visible by <see cref="Printable"/> first; then HTML's special characters are escaped, in text and in quoted
/// attributes alike.
/// </summary>
internal static class Encoded
{
    public static string Of(string text, bool keepLines = false)
    {
        text = Printable.Of(text, keepLines);
        int at = text.AsSpan().IndexOfAny("&<>\"'");
        if (at < 0)
            return text;
        var safe = new StringBuilder(text.Length + 32).Append(text, 0, at);
        foreach (char c in text.AsSpan(at))
            _ = c switch
            {
                '&' => safe.Append("&amp;"),
                '<' => safe.Append("&lt;"),
                '>' => safe.Append("&gt;"),
                '"' => safe.Append("&quot;"),
                '\'' => safe.Append("&#39;"),
                _ => safe.Append(c),
            };
        return safe.ToString();
    }
}
