using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Resuming;

/// <summary>The rest of a run that did not finish.</summary>
/// <param name="Run">The run.</param>
/// <param name="Hosts">The hosts with cases that have no verdict yet.</param>
public sealed record Resumption(RunSummary Run, IReadOnlyList<ResumedHost> Hosts)
{
    /// <param name="store">The store.</param>
    /// <param name="run">The run.</param>
    /// <param name="probeHash">The probe that would execute the rest.</param>
    /// <exception cref="ResumeException">
    /// It is finished, is still executed, or this harness would execute or judge the rest differently.
    /// </exception>
    public static Resumption Of(ResultStore store, RunSummary run, string probeHash)
    {
        Check(run, probeHash);
        return new Resumption(
            run,
            [
                .. run
                    .Hosts.Where(h => h.State != States.Finished)
                    .Select(h => HostOf(store, h))
                    .Where(h => h.Left.Count > 0),
            ]
        );
    }

    /// <summary>Checks the conditions for resuming any run.</summary>
    /// <exception cref="ResumeException">One is not met.</exception>
    internal static void Check(RunSummary run, string probeHash)
    {
        string id = run.Run.Id;
        if (run.Hosts.Sum(h => h.Verdicts.GetValueOrDefault(Verdicts.Planned)) == 0 && run.State is not States.Running)
            throw new ResumeException($"run {id}: every case has its verdict: there is nothing to resume");
        if (run.Run.Shard is { IsMerged: true, IsWhole: false } shard)
            throw new ResumeException(
                $"run {id}: {ShardRecord.List(shard.Missing)} of {shard.Of} must be merged before the rest can be run (db merge)"
            );
        if (run.State == States.Running && Executor.Read(run.Run.Executor) is { StillRuns: true } executor)
            throw new ResumeException($"run {id} is being executed by {executor}: wait for it, or stop it first");
        if (run.Run.ModelHash != Harness.Runs.Run.ModelHash)
            throw new ResumeException(
                $"run {id} was judged by another model ({ShortHash.Of(run.Run.ModelHash)}; this one is {ShortHash.Of(Harness.Runs.Run.ModelHash)}): start a new run"
            );
        if (run.Run.ProbeHash != probeHash)
            throw new ResumeException(
                $"run {id} was made by another probe ({ShortHash.Of(run.Run.ProbeHash)}; this one is {ShortHash.Of(probeHash)}): start a new run"
            );
    }

    /// <summary>The cases of a host without a verdict, and its existing verdicts.</summary>
    internal static (IReadOnlyList<T> Left, IReadOnlyList<EarlierVerdict> Earlier) Parts<T>(
        ResultStore store,
        HostSummary host,
        Func<ResultRow, T> read,
        Func<T, IReadOnlyDictionary<string, string>> attributes
    )
    {
        var (left, earlier) = (new List<T>(), new List<EarlierVerdict>());
        store.ForEachResult(host.Id, null, row =>
        {
            var planned = read(row);
            if (row.Verdict == Verdicts.Planned)
                left.Add(planned);
            else
                earlier.Add(
                    new EarlierVerdict(
                        () => attributes(planned),
                        Verdicts.Of(row.Verdict).Kind,
                        CaseOutcome.ParseOrNull(row.ObservedJson),
                        row.Known
                    )
                );
        });
        return (left, earlier);
    }

    private static ResumedHost HostOf(ResultStore store, HostSummary host)
    {
        var (left, earlier) = Parts(store, host, CaseOf, AllCases.Attributes);
        return new ResumedHost(host, left, earlier);
    }

    private static Case CaseOf(ResultRow row) =>
        AllCases.WithKey(row.Title)
        ?? throw new ResumeException(
            $"run {row.Run}: this harness does not know its case {row.CaseId} ({row.Title}): start a new run"
        );
}

/// <summary>A host that continues where it was.</summary>
/// <param name="Stored">Its stored state.</param>
/// <param name="Left">Its cases that have no verdict yet, in the order planned.</param>
/// <param name="Earlier">Its existing verdicts.</param>
public sealed record ResumedHost(HostSummary Stored, IReadOnlyList<Case> Left, IReadOnlyList<EarlierVerdict> Earlier)
{
    /// <summary>
    /// Why the rest can't be executed on the host that responds now, or null: results of two machines are not one
    /// host's.
    /// </summary>
    public string? WhyNot(HostRecord now) => WhyNot(Stored.Host, now);

    /// <summary>The same for any host.</summary>
    internal static string? WhyNot(HostRecord then, HostRecord now)
    {
        // A host without stored facts has no results that could be mixed.
        if (then.KernelRelease is null)
            return null;
        string[] changed = Differences(then, now);
        return changed.Length == 0
            ? null
            : $"the host has changed since the run began: {string.Join(", ", changed)}; start a new run";
    }

    /// <summary>In what a host differs from what it was, for people; empty if it is of the same kind.</summary>
    internal static string[] Differences(HostRecord then, HostRecord now)
    {
        (string What, string? Then, string? Now)[] marks =
        [
            ("kernel", then.KernelRelease, now.KernelRelease),
            ("kernel's build id", then.BuildId, now.BuildId),
            ("CPU", then.Cpu, now.Cpu),
            ("capabilities", then.Capabilities, now.Capabilities),
            ("policy", then.Policy, now.Policy),
        ];
        return
        [
            .. marks
                .Where(m => m.Then != m.Now)
                .Select(m =>
                    m.What == "capabilities"
                        ? m.What
                        : $"{m.What} ({m.Then ?? "unknown"} then, {m.Now ?? "unknown"} now)"
                ),
        ];
    }
}

/// <summary>An existing verdict of a resumed host.</summary>
/// <param name="Attributes">Of its case, for filters.</param>
public sealed record EarlierVerdict(
    Func<IReadOnlyDictionary<string, string>> Attributes,
    VerdictKind Kind,
    CaseOutcome? Observed,
    string? Known
);
