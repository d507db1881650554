using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>A run for programs.</summary>
internal static class RunJson
{
    /// <summary>As the list of runs has it.</summary>
    public static void WriteLine(RunSummary run, TextWriter output)
    {
        var standing = RunStanding.Of(run);
        JsonLine.Write(
            output,
            new
            {
                Type = "run",
                run.Run.Id,
                standing.State,
                standing.Reason,
                Started = run.Run.StartedUtc,
                Finished = run.FinishedUtc,
                Seconds = Seconds(run, standing),
                run.Run.Suite,
                run.Run.Policy,
                run.Run.CommandLine,
                Hosts = run.Hosts.Select(h => h.Host.Target),
                Planned = run.Hosts.Sum(h => h.Planned),
                Verdicts = Verdicts(run.Hosts),
                ExitCode = StoredRun.ExitCode(run, standing),
                Process = Executor.Read(run.Run.Executor),
            }
        );
    }

    /// <summary>One run, with its hosts and what failed.</summary>
    public static void WriteLine(RunSummary run, IEnumerable<ResultRow> failed, TextWriter output)
    {
        var standing = RunStanding.Of(run);
        JsonLine.Write(
            output,
            new
            {
                Type = "run",
                run.Run.Id,
                standing.State,
                standing.Reason,
                Started = run.Run.StartedUtc,
                Finished = run.FinishedUtc,
                Seconds = Seconds(run, standing),
                run.Run.Suite,
                run.Run.Policy,
                run.Run.CommandLine,
                Harness = run.Run.HarnessVersion,
                Model = run.Run.ModelHash,
                Probe = run.Run.ProbeHash,
                Hosts = run.Hosts.Select(h => new
                {
                    Name = h.Host.Target,
                    h.Host.Kind,
                    h.State,
                    h.Reason,
                    Kernel = h.Host.KernelRelease,
                    h.Host.Policy,
                    h.Planned,
                    Verdicts = Verdicts([h]),
                }),
                Planned = run.Hosts.Sum(h => h.Planned),
                Verdicts = Verdicts(run.Hosts),
                ExitCode = StoredRun.ExitCode(run, standing),
                Process = Executor.Read(run.Run.Executor),
                Failed = failed.Select(r => new
                {
                    Host = r.Target,
                    r.CaseId,
                    Case = r.Title,
                    r.Verdict,
                    r.Culprit,
                    r.Reason,
                    r.Rule,
                    r.Predicted,
                    r.Observed,
                }),
            }
        );
    }

    private static double? Seconds(RunSummary run, RunStanding standing) =>
        StoredRun.Time(run, standing) is { } time ? Math.Round(time.TotalSeconds, 1) : null;

    private static Dictionary<string, int> Verdicts(IEnumerable<HostSummary> hosts) =>
        StoredRun.Counts(hosts).ToDictionary(c => c.Verdict.Word, c => c.Cases);
}
