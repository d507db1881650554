namespace Harness.Images;

/// <summary>The most informative line of a program's stderr.</summary>
internal static class ErrorSummary
{
    /// <summary>
    /// apt, mmdebstrap and compilers print the cause first and only consequences at the end ("mmdebstrap failed to
    /// run"). Other programs print the reason last.
    /// </summary>
    public static string In(string errors)
    {
        string[] lines = errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.FirstOrDefault(l => l.StartsWith("W: Failed to fetch ", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(l => l.StartsWith("W: GPG error", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(l => l.StartsWith("E: ", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(l => l.Contains("error: ", StringComparison.Ordinal))
            ?? lines.LastOrDefault()
            ?? "no output";
    }
}
