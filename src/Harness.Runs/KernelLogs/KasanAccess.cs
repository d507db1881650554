namespace Harness.Runs.KernelLogs;

/// <summary>What was done to the memory: the line after KASAN's first one, "Read of size 8 at addr ...".</summary>
internal static class KasanAccess
{
    private const int Lines = 6;

    public static string? Of(IReadOnlyList<string> report)
    {
        foreach (string line in report.Skip(1).Take(Lines))
        foreach (string access in (ReadOnlySpan<string>)["Read", "Write"])
            if (
                line.StartsWith($"{access} of size ", StringComparison.Ordinal)
                || line.StartsWith($"{access} at addr ", StringComparison.Ordinal)
            )
                return access;
        return null;
    }
}
