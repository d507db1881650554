namespace Harness.Runs.KernelLogs;

/// <summary>
/// Every form of report that is recognised. Of several that fit a line the first one counts. A message that only begins
/// with "WARNING:" or "INFO:" is no report: drivers and mount options log such.
/// </summary>
internal static class ReportPatterns
{
    public static IReadOnlyList<ReportPattern> All { get; } =
    [
        .. HypervisorPatterns.All,
        .. MemoryPatterns.All,
        .. LockPatterns.All,
        .. ProgressPatterns.All,
        .. ExceptionPatterns.All,
        .. PanicPatterns.All,
        // What no row above knows.
        new(
            KernelReportKind.BadState,
            "BUG: ",
            @"^BUG: (?<what>[A-Za-z][\w '-]{3,60})",
            "BUG: {what}",
            FunctionSource.Stack
        ),
    ];
}
