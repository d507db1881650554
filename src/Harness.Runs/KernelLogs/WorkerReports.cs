using Harness.Protocol;

namespace Harness.Runs.KernelLogs;

/// <summary>
/// The reports of each case's own window of a host's log. The log is shared by the cases that run at once: a report
/// that names a thread of another one's worker (<see cref="WorkerName"/>), or its process, is of that one alone. What
/// names no worker, as what an interrupt or a kernel thread caused, is of each.
/// </summary>
public sealed class WorkerReports
{
    private readonly HashSet<int> _workers = [];

    /// <param name="observation">The next one of the host.</param>
    public IReadOnlyList<KernelReport> In(Observation observation)
    {
        if (observation.Pid is not { } own)
            return KernelReportRecords.In(observation);
        _workers.Add(own);
        return
        [
            .. KernelReportRecords
                .In(observation)
                .Where(r =>
                    r.Worker is { } worker
                        ? worker == own
                        : r.Pid is not { } pid || !_workers.Contains(pid) || pid == own
                ),
        ];
    }
}
