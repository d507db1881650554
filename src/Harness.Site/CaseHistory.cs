using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Runs;
using Harness.Store;
using Harness.Store.History;

namespace Harness.Site;

/// <summary>The results of a case in the newest runs that have it, over all databases.</summary>
public sealed class CaseHistory
{
    /// <summary>As many runs as a map shows.</summary>
    public const int MostRuns = 30;

    private CaseHistory(CaseRecord record, IReadOnlyList<(SiteRun Run, int Results)> runs, IReadOnlyList<SeenCase> seen)
    {
        (Record, Runs, Seen) = (record, runs, seen);
        // A case of another version may have a key that is not known here.
        Case = AllCases.WithKey(record.Title);
        Groups =
        [
            .. seen.Where(s => s.Result.Verdict is not (Verdicts.Planned or Verdicts.Skip))
                .GroupBy(s => (s.Result.Verdict, s.Result.Predicted, s.Result.Observed))
                .Select(g => new SeenOutcome([.. g]))
                .OrderBy(g => Verdicts.Of(g.Newest.Result.Verdict).Tone)
                .ThenByDescending(g => g.Newest.Run.Started),
        ];
    }

    public CaseRecord Record { get; }

    /// <summary>Null if this version of the harness has no such case.</summary>
    public Case? Case { get; }

    /// <summary>All runs that planned it, newest first, with the number of hosts.</summary>
    public IReadOnlyList<(SiteRun Run, int Results)> Runs { get; }

    /// <summary>Of the newest <see cref="MostRuns"/> of them, newest first.</summary>
    public IReadOnlyList<SeenCase> Seen { get; }

    /// <summary>Results that are alike, the most urgent first.</summary>
    public IReadOnlyList<SeenOutcome> Groups { get; }

    /// <exception cref="StoreException">A file can't be used.</exception>
    public static CaseHistory Of(Content content, CaseRecord record)
    {
        List<(SiteRun Run, int Results)> runs =
        [
            .. from store in content.Stores
            from planned in store.RunsOfCase(record.Id)
            let run = content.Run(planned.Run)
            where run is not null && run.Store == store
            orderby run.Started descending, run.Id descending
            select (run, planned.Results),
        ];
        return new CaseHistory(
            record,
            runs,
            [
                .. from ofStore in runs.Take(MostRuns).Select(r => r.Run).GroupBy(r => r.Store)
                from result in ofStore.Key.ResultsOfCase(record.Id, [.. ofStore.Select(r => r.Id)])
                let run = content.Run(result.Run)
                let host = run.FindHost(result.Host)
                where host is not null
                orderby run.Started descending, result.Host
                select new SeenCase(run, host, result),
            ]
        );
    }

    /// <summary>
    /// Of results that differ from the prediction: known policies that allow what was observed, by the rule that makes
    /// the difference. Null if the observation can't be read any more.
    /// </summary>
    public IReadOnlyList<AllowingPolicies>? Allowing(SeenOutcome outcome)
    {
        if (Case is null)
            return null;
        var (run, host, result) = outcome.Newest;
        return
            run.Store.RunWithoutCounts(run.Id)?.Hosts.FirstOrDefault(h => h.Id == host.Id) is { } whole
            && CaseObservation.Of(run.Store, run.Id, whole, Case) is { } seen
            ? AllowingPolicies.Of(
                seen,
                Case,
                PolicyCatalog.All.FirstOrDefault(p => p.Name == result.Policy),
                PolicyCatalog.All
            )
            : null;
    }
}

/// <summary>A case's result on a host of a run.</summary>
public sealed record SeenCase(SiteRun Run, HostSummary Host, CaseResult Result);

/// <summary>Results with the same verdict, prediction and observation, newest first.</summary>
public sealed record SeenOutcome(IReadOnlyList<SeenCase> Seen)
{
    public SeenCase Newest => Seen[0];

    public SeenCase Oldest => Seen[^1];

    public bool Differs => Verdicts.Of(Newest.Result.Verdict).Differs == true;

    public IEnumerable<string> Targets => Seen.Select(s => s.Host.Host.Target).Distinct(StringComparer.Ordinal);
}
