namespace Harness.Runs.KernelLogs;

/// <summary>
/// Names a stack trace that was taken at any time: the outermost function that says what the CPU was busy with.
/// Innermost functions differ from one report to the next.
/// </summary>
internal static class OutermostFunction
{
    /// <summary>Waiting for another CPU: that one stalls, not the function that waits.</summary>
    private const string OtherCpus = "smp_call_function";

    public static string? Of(string? counter, IReadOnlyList<string> innermostFirst) =>
        innermostFirst.Take(3).Append(counter ?? "").Any(f => f.StartsWith(OtherCpus, StringComparison.Ordinal))
            ? OtherCpus
            : innermostFirst
                .Reverse()
                .FirstOrDefault(f => !FunctionList.Dispatchers.Contains(f) && !FunctionList.Generic.Contains(f))
                ?? innermostFirst.FirstOrDefault(f => !FunctionList.Generic.Contains(f));
}
