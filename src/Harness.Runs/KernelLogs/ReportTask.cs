using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Runs.KernelLogs;

/// <summary>The task that a report names: the one that ran when it was written.</summary>
internal static partial class ReportTask
{
    /// <summary>Lines before "CPU: 0 UID: 0 PID: 143 Comm: exe": a fault's syndrome, and modules.</summary>
    private const int Lines = 40;

    /// <returns>Its process id; null if the report names none.</returns>
    public static int? Of(IReadOnlyList<string> report)
    {
        foreach (string line in report.Take(Lines))
            if (
                Task().Match(line) is { Success: true } match
                && int.TryParse(match.Groups["pid"].ValueSpan, CultureInfo.InvariantCulture, out int pid)
            )
                return pid;
        return null;
    }

    // dump_stack_print_info(), lib/dump_stack.c; __warn(), kernel/panic.c, since 6.19; print_task() of the sanitizers.
    [GeneratedRegex(@"^CPU: \d+ .*\bPID: (?<pid>\d+) Comm: |, CPU#\d+: .+/(?<pid>\d+)$| by task .+/(?<pid>\d+)$")]
    private static partial Regex Task();
}
