namespace Harness.Reports.Exports;

/// <summary>Makes untrusted text legal in XML 1.0 (section 2.2, Char): a host's text may contain any byte.</summary>
internal static class XmlText
{
    public static string Of(string text, bool keepLines) =>
        Printable.Of(text, keepLines).Replace('\uFFFE', '\uFFFD').Replace('\uFFFF', '\uFFFD');
}
