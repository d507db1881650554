namespace Harness.Reports.Exports;

/// <summary>
/// Text from elsewhere, made legal in XML 1.0 (section 2.2, Char): what a host says may hold any byte.
/// </summary>
internal static class XmlText
{
    public static string Of(string text, bool keepLines) =>
        Printable.Of(text, keepLines).Replace('\uFFFE', '\uFFFD').Replace('\uFFFF', '\uFFFD');
}
