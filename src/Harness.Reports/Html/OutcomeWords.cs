namespace Harness.Reports.Html;

/// <summary>
/// An outcome as it is stored, predicted or observed, taken apart: "registered; read: mapped Normal-WB r--; munmap: not
/// mapped; guest: works" has four parts.
/// </summary>
internal static class OutcomeWords
{
    /// <summary>The words for accesses; other labels are changes of userspace, or the guest.</summary>
    public static bool IsAccess(string label) => label is "read" or "write" or "exec" or "ldxr";

    /// <summary>Each part with what it is of: "registration", "read", "munmap", "guest".</summary>
    public static IReadOnlyList<(string Of, string Words)> Parts(string? outcome)
    {
        if (string.IsNullOrEmpty(outcome))
            return [];
        var parts = new List<(string, string)>();
        foreach (string part in Split(outcome))
        {
            int colon = part.IndexOf(": ", StringComparison.Ordinal);
            if (part == "registered")
                parts.Add(("registration", "accepted"));
            else if (part.StartsWith("registration refused", StringComparison.Ordinal))
                parts.Add(("registration", part["registration ".Length..]));
            else if (colon > 0)
                parts.Add((part[..colon], part[(colon + 2)..]));
            else
                parts.Add(("", part));
        }
        return parts;
    }

    /// <summary>At "; ", but not within parentheses, in which a prediction says what else is right.</summary>
    private static IEnumerable<string> Split(string outcome)
    {
        int depth = 0, from = 0;
        for (int i = 0; i < outcome.Length; i++)
        {
            depth += outcome[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth > 0 || outcome[i] != ';' || i + 1 >= outcome.Length || outcome[i + 1] != ' ')
                continue;
            yield return outcome[from..i];
            from = i + 2;
        }
        yield return outcome[from..];
    }
}
