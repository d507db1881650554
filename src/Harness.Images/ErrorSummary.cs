namespace Harness.Images;

/// <summary>The one line of a program's stderr that says what went wrong.</summary>
internal static class ErrorSummary
{
    /// <summary>
    /// apt, mmdebstrap and compilers name the cause first and last only what follows from it ("mmdebstrap failed to
    /// run"). Other programs end with their reason.
    /// </summary>
    public static string In(string errors)
    {
        string[] lines = errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.FirstOrDefault(l => l.StartsWith("W: Failed to fetch ", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(l => l.StartsWith("W: GPG error", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(l => l.StartsWith("E: ", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(l => l.Contains("error: ", StringComparison.Ordinal))
            ?? lines.LastOrDefault()
            ?? "it said nothing";
    }
}
