using System.Text;

namespace Harness.Reports.Html;

/// <summary>
/// The one way by which a value gets into the page. Control and format characters, which could hide or turn text
/// around, are made visible by <see cref="Printable"/> first; then what HTML takes for its own is escaped, in text and
/// in quoted attributes alike.
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
