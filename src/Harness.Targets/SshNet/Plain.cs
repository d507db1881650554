namespace Harness.Targets.SshNet;

/// <summary>
/// Sanitizes untrusted text of the other side: one line, of bounded length, without control characters.
/// </summary>
internal static class Plain
{
    private const int Most = 200;

    public static string Text(string text)
    {
        var line = string.Concat(text.Take(Most).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return text.Length > Most ? line + "..." : line;
    }
}
