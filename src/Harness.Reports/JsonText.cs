using System.Globalization;
using System.Text;

namespace Harness.Reports;

/// <summary>JSON that may be printed to a terminal.</summary>
public static class JsonText
{
    /// <summary>
    /// The same JSON with format characters escaped, such as those that reverse a line; the encoder already escapes
    /// control characters. Outside of strings JSON has neither.
    /// </summary>
    public static string Printable(string json)
    {
        if (!json.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return json;
        var safe = new StringBuilder(json.Length + 16);
        foreach (char c in json)
            if (char.GetUnicodeCategory(c) == UnicodeCategory.Format)
                safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                safe.Append(c);
        return safe.ToString();
    }
}
