using Harness.Reports;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>A run for programs.</summary>
internal static class RunJson
{
    /// <summary>As the list of runs has it.</summary>
    public static void WriteLine(RunSummary run, TextWriter output) =>
        JsonLine.Write(output, Members(run, [], run.Hosts.Select(h => h.Host.Target)));

    /// <summary>One run, with its hosts and what failed.</summary>
    public static void WriteLine(RunSummary run, IEnumerable<ResultRow> failed, TextWriter output)
    {
        var members = Members(
            run,
            [("harness", run.Run.HarnessVersion), ("model", run.Run.ModelHash), ("probe", run.Run.ProbeHash)],
            run.Hosts.Select(h => new
            {
                Name = h.Host.Target,
                h.Host.Kind,
                h.State,
                h.Reason,
                Kernel = h.Host.KernelRelease,
                h.Host.Policy,
                h.Planned,
                Verdicts = Verdicts([h]),
            })
        );
        members["failed"] = failed.Select(r => new
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
        });
        JsonLine.Write(output, members);
    }

    /// <summary>In the order in which they are written.</summary>
    private static OrderedDictionary<string, object?> Members(
        RunSummary run,
        IEnumerable<(string Name, string? Value)> executed,
        object hosts
    )
    {
        var standing = RunStanding.Of(run);
        var members = new OrderedDictionary<string, object?>
        {
            ["type"] = "run",
            ["id"] = run.Run.Id,
            ["state"] = standing.State,
            ["reason"] = standing.Reason,
            ["started"] = run.Run.StartedUtc,
            ["finished"] = run.FinishedUtc,
            ["seconds"] = Seconds(run, standing),
            ["suite"] = run.Run.Suite,
            ["night"] = run.Run.Shard?.Night,
            ["shard"] = run.Run.Shard?.Numbers,
            ["shards"] = run.Run.Shard?.Of,
            ["policy"] = run.Run.Policy,
            ["commandLine"] = run.Run.CommandLine,
        };
        foreach (var (name, value) in executed)
            members[name] = value;
        members["hosts"] = hosts;
        members["planned"] = run.Hosts.Sum(h => h.Planned);
        members["verdicts"] = Verdicts(run.Hosts);
        members["exitCode"] = StoredRun.ExitCode(run, standing);
        members["process"] = Executor.Read(run.Run.Executor);
        return members;
    }

    private static double? Seconds(RunSummary run, RunStanding standing) =>
        StoredRun.Time(run, standing) is { } time ? Math.Round(time.TotalSeconds, 1) : null;

    private static Dictionary<string, int> Verdicts(IEnumerable<HostSummary> hosts) =>
        VerdictCounts.Of(hosts).ToDictionary(c => c.Verdict.Word, c => c.Cases);
}
