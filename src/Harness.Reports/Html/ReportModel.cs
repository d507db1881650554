using Harness.Model.Outcomes;
using Harness.Reports.Comparing;
using Harness.Reports.Migrations;
using Harness.Reports.Outcomes;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Html;

/// <summary>The content of the page, before it is rendered.</summary>
internal sealed record ReportModel(RunSummary Run, IReadOnlyList<ReportedCase> Cases, IReadOnlyList<HostResults> Hosts)
{
    /// <summary>The hosts that are not pairs, with cases that have a backing and accesses.</summary>
    public IReadOnlyList<HostResults> Machines { get; } = [.. Hosts.Where(h => !PairTarget.IsPair(h.Host))];

    /// <summary>The run only contains migrations.</summary>
    public bool IsMovesAlone => Machines.Count == 0 && Hosts.Count > 0;

    /// <summary>The results of migrations; empty if there are none.</summary>
    public required IReadOnlyList<MigrationRow> Moves { get; init; }

    /// <summary>The violations of properties, in groups.</summary>
    public required IReadOnlyList<ViolationGroup> Violations { get; init; }

    /// <summary>The safety properties that results violate.</summary>
    public required BrokenProperties Broken { get; init; }

    /// <summary>By pair and migration.</summary>
    public required IReadOnlyDictionary<(long Host, string CaseId), int> ObservedMoves { get; init; }

    public required Headline Headline { get; init; }

    /// <summary>
    /// A kernel that is judged by the wrong policy has very many mismatches: beyond this, they are only in the list of
    /// results.
    /// </summary>
    public const int Most = 20_000;

    public required DecisionMatrix Matrix { get; init; }

    public required IReadOnlyList<FindingGroup> Findings { get; init; }

    /// <summary>Hosts with a release that has not been read.</summary>
    public required IReadOnlyList<UnreadRelease> Unread { get; init; }

    /// <summary>Results that need attention, the first <see cref="Most"/> of them.</summary>
    public required IReadOnlyList<DetailedResult> NeedingAttention { get; init; }

    /// <summary>Null if no earlier run is comparable with any of its hosts.</summary>
    public required Comparison? Changes { get; init; }

    /// <summary>By policy and name.</summary>
    public required IReadOnlyDictionary<(string Policy, string Name), RuleRecord> Rules { get; init; }

    public required Numbered Outcomes { get; init; }

    public required Numbered RuleNames { get; init; }

    public required Numbered Reasons { get; init; }

    public required Numbered Levels { get; init; }

    /// <summary>Number of results by verdict; absent is zero.</summary>
    public IReadOnlyDictionary<string, int> Verdicts { get; } =
        Run.Hosts.SelectMany(h => h.Verdicts).GroupBy(v => v.Key).ToDictionary(g => g.Key, g => g.Sum(v => v.Value));

    /// <summary>The observation of a migration, as text; null if there is none.</summary>
    public string? ObservedOf(MigrationRow row) =>
        ObservedMoves.TryGetValue((row.Host, row.CaseId), out int outcome) && outcome > 0 ? Outcomes[outcome] : null;

    /// <exception cref="StoreException">The file can't be used.</exception>
    public static ReportModel Read(ResultStore store, RunSummary run)
    {
        var cases = store.Cases(run.Run.Id).Select(ReportedCase.Of).ToList();
        var numbers = new Dictionary<string, int>(cases.Count, StringComparer.Ordinal);
        for (int i = 0; i < cases.Count; i++)
            numbers[cases[i].Id] = i;
        var values = new List<StoredOutcome> { default };
        Numbered outcomes = new(),
            rules = new(),
            reasons = new(),
            levels = new();
        var verdicts = Store
            .Verdicts.All.Select((v, i) => (v, (byte)i))
            .ToDictionary(p => p.v, p => p.Item2, StringComparer.Ordinal);
        var hosts = new List<HostResults>();
        foreach (var host in run.Hosts)
        {
            var results = new List<CodedResult>(host.Planned);
            store.EachResult(host.Id, r =>
            {
                // A run in progress may have planned more since the cases were read.
                if (!numbers.TryGetValue(r.CaseId, out int number))
                    return;
                int outcome = outcomes.Of(r.Observed);
                if (outcome == values.Count)
                    values.Add(new StoredOutcome(r.Observed, CaseOutcome.ParseOrNull(r.ObservedJson)));
                results.Add(
                    new CodedResult(
                        number,
                        verdicts[r.Verdict],
                        outcome,
                        rules.Of(r.Rule),
                        r.Verdict == Store.Verdicts.Mismatch ? 0 : reasons.Of(r.Reason),
                        (byte)levels.Of(r.Strongest)
                    )
                );
            });
            hosts.Add(new HostResults(host, results));
        }
        var gathering = new FindingGroup.Gathering();
        var attention = new List<DetailedResult>();
        foreach (string verdict in Severity.Grouped)
        foreach (var host in run.Hosts.Where(h => h.Verdicts.ContainsKey(verdict)))
            store.ForEachResult(host.Id, verdict, row =>
            {
                if (!numbers.ContainsKey(row.CaseId))
                    return;
                gathering.Add(row);
                if (Severity.NeedsAPerson.Contains(verdict) && attention.Count < Most)
                    attention.Add(new DetailedResult(row.CaseId, row.Target, row.Predicted, row.Details, row.Reason));
            });
        var findings = gathering.Groups();
        var moves = store.Migrations(run.Run.Id).Where(m => numbers.ContainsKey(m.CaseId)).ToList();
        var ruled = store.Rules(run.Run.ModelHash);
        var previous = PreviousHosts.Of(store, run.Run.Id);
        var violations = ViolationGroup.Of(moves, run.Hosts, ruled);
        var broken = store.BrokenProperties(run.Run.Id);
        return new ReportModel(run, cases, hosts)
        {
            Headline = Headline.Of(run, cases.Count, findings, broken),
            Broken = broken,
            Matrix = DecisionMatrix.Of(cases, [.. hosts.Where(h => !PairTarget.IsPair(h.Host))], values),
            Moves = moves,
            Violations = violations,
            ObservedMoves = hosts
                .Where(h => PairTarget.IsPair(h.Host))
                .SelectMany(h => h.Results.Select(r => (h.Host.Id, cases[r.Case].Id, r.Outcome)))
                .ToDictionary(r => (r.Item1, r.Item2), r => r.Outcome),
            Findings = findings,
            Unread = UnreadRelease.Of(store, run),
            NeedingAttention = attention,
            Changes = previous.Count == 0 ? null : Comparison.WithPrevious(store, run, previous, ChangesSection.Named),
            Rules = ruled.ToDictionary(r => (r.Policy, r.Rule.Name), r => r.Rule),
            Outcomes = outcomes,
            RuleNames = rules,
            Reasons = reasons,
            Levels = levels,
        };
    }
}

/// <summary>What the list contains about a result that needs attention and has no section.</summary>
internal sealed record DetailedResult(string CaseId, string Target, string? Predicted, string? Details, string? Reason);
