using System.Globalization;
using System.Text.RegularExpressions;
using Harness.Protocol;

namespace Harness.Runs.KernelLogs;

/// <summary>The task that a report names: the one that ran when it was written.</summary>
/// <param name="Pid">The thread's id.</param>
/// <param name="Worker">The process id of the probe's worker that it is of, by its name; null of any other.</param>
internal sealed partial record ReportTask(int Pid, int? Worker)
{
    /// <summary>Lines before "CPU: 0 UID: 0 PID: 143 Comm: exe": a fault's syndrome, and modules.</summary>
    private const int Lines = 40;

    /// <returns>Null if the report names none.</returns>
    public static ReportTask? Of(IReadOnlyList<string> report)
    {
        foreach (string line in report.Take(Lines))
            if (
                Task().Match(line) is { Success: true } match
                && int.TryParse(match.Groups["pid"].ValueSpan, CultureInfo.InvariantCulture, out int pid)
            )
                return new ReportTask(pid, WorkerName.Pid(match.Groups["name"].ValueSpan));
        return null;
    }

    // dump_stack_print_info(), lib/dump_stack.c; __warn(), kernel/panic.c, since 6.19; print_task() of the sanitizers.
    [GeneratedRegex(
        @"^CPU: \d+ .*\bPID: (?<pid>\d+) Comm: (?<name>\S*)|, CPU#\d+: (?<name>.+)/(?<pid>\d+)$| by task (?<name>.+)/(?<pid>\d+)$"
    )]
    private static partial Regex Task();
}
