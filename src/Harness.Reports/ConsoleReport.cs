using System.Globalization;
using Harness.Reports.Migrations;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports;

/// <summary>
/// A stored run for people: each host, counts of its verdicts, and every disagreement in full. For pairs of hosts a
/// matrix for each migration, since there are many; for a single one a few lines.
/// </summary>
public sealed class ConsoleReport(ResultStore store, ReportWriter writer)
{
    /// <summary>How many cases are named if many share a verdict and a reason.</summary>
    private const int Named = 3;

    /// <summary>How many mismatches of a rule are listed below its example.</summary>
    private const int AlsoNamed = 8;

    public KnownFindings Findings { get; init; } = KnownFindings.None;

    public void Write(RunSummary run)
    {
        var results = store.Results(run.Run.Id).ToLookup(r => r.Host);
        writer.Line(
            ("run ", TextTone.Plain),
            (run.Run.Id, TextTone.Strong),
            ($"  {run.State}", StateInk(run.State)),
            (Because(run.Reason), TextTone.Plain)
        );
        Field("command", run.Run.CommandLine);
        Field(
            "harness",
            $"{run.Run.HarnessVersion}, model {ShortHash.Of(run.Run.ModelHash)}, probe {ShortHash.Of(run.Run.ProbeHash)}"
        );
        if (run.Run.Shard is { } shard)
            Field("shards", shard.Words);
        var pairs = run.Hosts.Where(PairTarget.IsPair).ToList();
        foreach (var host in run.Hosts.Except(pairs))
        {
            Header(host);
            Counts(host);
            Unread(host, results[host.Id]);
            Mismatches(run, [.. results[host.Id].Where(r => r.Verdict == Verdicts.Mismatch)]);
            Others(results[host.Id]);
            Stale(host);
        }
        if (pairs.Count == 1)
            Stories(run, pairs[0], results[pairs[0].Id]);
        else if (pairs.Count > 1)
            Pairs(run, pairs, [.. pairs.SelectMany(p => results[p.Id])]);
        writer.Line();
        if (store.Peers(run.Run.Id) is { Count: > 0 } peers)
        {
            new PeerText(writer).Write(peers);
            writer.Line();
        }
        var broken = store.BrokenProperties(run.Run.Id);
        Properties(run, broken.Properties);
        KernelReports(store.KernelReports(run.Run.Id));
        Rules(run.Hosts.SelectMany(h => results[h.Id]).Where(r => r.Verdict == Verdicts.Mismatch));
        writer.Line(
            (
                Total(run) + PropertyWords.Total(broken),
                run.Hosts.Any(h => h.Verdicts.ContainsKey(Verdicts.Mismatch)) ? TextTone.Bad
                : broken.Cases > 0 ? TextTone.Doubtful
                : TextTone.Strong
            )
        );
    }

    private void Pairs(RunSummary run, IReadOnlyList<HostSummary> pairs, IReadOnlyList<ResultRow> rows)
    {
        var migrations = store.Migrations(run.Run.Id);
        new MigrationMatrixText(writer).Write(pairs, migrations, store.Rules(run.Run.ModelHash));
        var words = new PairWords(PairTarget.Of(pairs));
        var sides = pairs.ToDictionary(p => p.Id, p => (p.Host.Source!, p.Host.Destination!));
        // A kernel's fault affects every VM that migrates to it: it is reported once, with the pairs.
        foreach (
            var same in rows.Where(r => r.Verdict == Verdicts.Mismatch)
                .GroupBy(r => (r.CaseId, r.Policy, r.Rule, r.Predicted, r.Observed))
        )
            Mismatch(
                run,
                same.First(),
                same.Count() == 1
                    ? null
                    : Invariant(
                        $"{same.Count()} pairs: {words.Of([.. same.Select(r => sides[r.Host])], [.. sides.Values])}"
                    )
            );
        var broken = migrations
            .Where(m => m.Migration?.Violation is not null)
            .Select(m => (m.Host, m.CaseId))
            .ToHashSet();
        Others(
            rows.Where(r => r.Verdict != Verdicts.Match || !broken.Contains((r.Host, r.CaseId))),
            skips: true,
            group =>
                Invariant(
                    $"{group.Select(r => r.Host).Distinct().Count()}: {words.Of([.. group.Select(r => sides[r.Host]).Distinct()], [.. sides.Values])}"
                )
        );
        foreach (var pair in pairs)
            Stale(pair);
    }

    private void Stories(RunSummary run, HostSummary pair, IEnumerable<ResultRow> results)
    {
        Header(pair);
        var rows = results.ToDictionary(r => r.CaseId);
        var sources = store
            .Rules(run.Run.ModelHash)
            .Where(r => r.Policy == pair.Host.Sides!.Destination.Policy)
            .ToDictionary(r => r.Rule.Name, r => r.Rule.Source);
        foreach (var migration in store.Migrations(run.Run.Id).Where(m => m.Host == pair.Id))
        {
            var row = rows.GetValueOrDefault(migration.CaseId);
            new MigrationStory(writer).Write(
                migration,
                row,
                migration.Migration?.ViolationRule is { } rule ? sources.GetValueOrDefault(rule) : null,
                row is null ? "" : RerunCommand.Of(run, row)
            );
        }
        Stale(pair);
    }

    private void Header(HostSummary summary)
    {
        var host = summary.Host;
        writer.Line();
        writer.Line(
            (host.Target, TextTone.Strong),
            ($"  {host.Kind}", TextTone.Plain),
            ($"  {summary.State}", StateInk(summary.State)),
            (Because(summary.Reason), TextTone.Plain)
        );
        Field("pool", string.Join('\n', summary.Pool.Select(PoolWords.Of)));
        Field("kernel", Join(" ", host.KernelRelease, host.KernelVersion));
        Field("build id", host.BuildId);
        Field("cpu", host.Cpu);
        Field("unclear", string.Join('\n', ContradictedFacts.Of(host).Distinct()));
        Field("qemu", host.IsRestored ? $"{host.QemuVersion}, restored" : host.QemuVersion);
        Field("policy", host.Policy);
        Field(
            "release",
            host.ReleaseStanding is null
                ? null
                : $"{host.UpstreamRelease}, {host.ReleaseStanding}{(host.NearestRelease is null ? "" : $": judged as {host.NearestRelease}")}"
        );
        if (host.KernelRelease is not null)
            Field("evidence", host.Evidence is { Count: > 0 } levels ? string.Join(", ", levels) : "none");
    }

    private void Counts(HostSummary host)
    {
        if (host.Planned == 0)
            return;
        Field("time", HostTime.Of(host));
        foreach (var verdict in Verdicts.All.Where(host.Verdicts.ContainsKey))
        {
            var details = verdict switch
            {
                Verdicts.Match => host.MatchEvidence,
                Verdicts.Skip => host.SkipReasons,
                _ => null,
            };
            string detail =
                verdict == Verdicts.Match && details is not null
                    ? "by " + string.Join(", ", details.Select(d => Invariant($"{d.Key} {d.Value}")))
                    : "";
            writer.Line(
                ("  " + verdict.PadRight(16), VerdictTones.Of(verdict)),
                (Invariant($"{host.Verdicts[verdict], 6}"), TextTone.Strong),
                ($"  {detail}", TextTone.Faint)
            );
            if (verdict == Verdicts.Skip && details is not null)
                foreach (var (reason, cases) in details)
                    writer.Line((Invariant($"  {"", 16}{cases, 6}  {reason}"), TextTone.Faint));
        }
        writer.Line(
            ("  " + "planned in all".PadRight(16), TextTone.Faint),
            (Invariant($"{host.Planned, 6}"), TextTone.Faint)
        );
    }

    /// <summary>What a release that has not been read decides differently, and how to find out why.</summary>
    private void Unread(HostSummary host, IEnumerable<ResultRow> rows)
    {
        if (UnreadRelease.Of(host, rows) is not { } unread)
            return;
        writer.Line();
        writer.Line(("  UNVERIFIED ", TextTone.Doubtful), (unread.Sentence, TextTone.Plain));
        foreach (var (rule, of) in unread.Rules)
        {
            writer.Line(
                (Invariant($"  {of.Count, 6}  {rule}  "), TextTone.Strong),
                (of[0].RuleSource ?? "", TextTone.Faint)
            );
            Field("such as", $"{of[0].CaseId} {CaseTitle.Short(of[0].Title)}");
            var (predicted, observed) = OutcomeDifference.First(
                StoredOutcome.Predicted(of[0]),
                StoredOutcome.Observed(of[0])
            );
            Field("predicted", predicted);
            Field("observed", observed);
        }
        Field("find it", unread.Command);
        if (unread.Cases > 0)
            Field("hold it", Invariant($"to the policy all the same: add --policy {host.Host.Policy}"));
    }

    private void Mismatches(RunSummary run, IReadOnlyList<ResultRow> rows)
    {
        // A kernel that breaks a rule breaks it in many cases: one is enough to see how.
        foreach (var rule in rows.GroupBy(r => (r.Policy, r.Rule)).Select(g => g.ToList()))
        {
            Mismatch(run, rule[0]);
            if (rule.Count > 1)
                AlsoMismatches([.. rule.Skip(1)]);
        }
    }

    private void AlsoMismatches(IReadOnlyList<ResultRow> rows)
    {
        Field("also", Invariant($"{rows.Count} more by this rule"));
        foreach (var row in rows.Take(AlsoNamed))
        {
            var (_, observed) = OutcomeDifference.First(StoredOutcome.Predicted(row), StoredOutcome.Observed(row));
            Field("", $"{row.CaseId}  {CaseTitle.Short(row.Title)}: {observed?.Split('\n')[0] ?? row.Reason}");
        }
        if (rows.Count > AlsoNamed)
            Field("", Invariant($"and {rows.Count - AlsoNamed} others (--json lists all)"));
    }

    /// <param name="also">The pairs with the same result; null if it is only this one.</param>
    private void Mismatch(RunSummary run, ResultRow row, string? also = null)
    {
        writer.Line();
        writer.Line(
            ("  MISMATCH ", TextTone.Bad),
            (row.CaseId, TextTone.Strong),
            ($" on {row.Target}, culprit {row.Culprit}", TextTone.Plain)
        );
        Field("alike on", also);
        Field("case", CaseTitle.Short(row.Title));
        Field("policy", row.Policy);
        Field("rule", row.Rule);
        Field("source", row.RuleSource);
        var (predicted, observed) = OutcomeDifference.First(StoredOutcome.Predicted(row), StoredOutcome.Observed(row));
        Field("predicted", predicted);
        Field("observed", observed);
        // A lifecycle case has dozens; the last is the access after which the guest could not continue.
        Field("", StoredOutcome.Observed(row).IsLong ? row.Details?.Split('\n')[^1] : row.Details);
        Field("evidence", string.Join(", ", row.Evidence));
        Field("remark", row.Reason);
        Field("again", RerunCommand.Of(run, row));
    }

    /// <summary>Results that are neither match, mismatch nor skip, by reason; and matches with a remark.</summary>
    /// <param name="skips">Skips, too: their reasons are shown nowhere else.</param>
    /// <param name="which">For many equal rows, their pairs; null if they are of one host.</param>
    private void Others(
        IEnumerable<ResultRow> rows,
        bool skips = false,
        Func<IReadOnlyList<ResultRow>, string>? which = null
    )
    {
        var groups = rows.Where(r =>
                r.Verdict
                    is not (
                        Verdicts.Match
                        or Verdicts.Mismatch
                        or Verdicts.Unverified
                        or Verdicts.Skip
                        or Verdicts.Planned
                    )
                || (skips && r.Verdict == Verdicts.Skip)
                || (r.Verdict == Verdicts.Match && !string.IsNullOrEmpty(r.Reason))
            )
            .GroupBy(r => (r.Verdict, r.Culprit, r.Reason))
            .OrderBy(g => Verdicts.All.ToList().IndexOf(g.Key.Verdict));
        foreach (var group in groups)
        {
            writer.Line();
            writer.Line(
                ($"  {group.Key.Verdict} ", VerdictTones.Of(group.Key.Verdict)),
                (Invariant($"{group.Count()} "), TextTone.Strong),
                ($"culprit {group.Key.Culprit}", TextTone.Plain)
            );
            Field(group.Key.Verdict == Verdicts.Match ? "remark" : "reason", group.Key.Reason);
            Field("pairs", which?.Invoke([.. group]));
            var cases = which is null ? [.. group] : group.DistinctBy(r => r.CaseId).ToList();
            foreach (var row in cases.Take(Named))
                Field("case", $"{row.CaseId} {CaseTitle.Short(row.Title)}");
            if (cases.Count > Named)
                Field("", Invariant($"and {cases.Count - Named} more"));
        }
    }

    /// <summary>Known differences that no longer occur: the entries should be removed.</summary>
    private void Stale(HostSummary host)
    {
        foreach (var known in host.Known.Where(k => k.IsStale))
        {
            writer.Line();
            writer.Line(
                ("  no longer known ", TextTone.Doubtful),
                (known.Name, TextTone.Strong),
                (
                    Invariant(
                        $": none of the {known.Asked} cases it covers still differs here; see known-differences.json"
                    ),
                    TextTone.Plain
                )
            );
        }
    }

    /// <summary>What is wrong whatever the verdicts are.</summary>
    private void Properties(RunSummary run, IReadOnlyList<BrokenProperty> broken)
    {
        if (broken.Count == 0)
            return;
        writer.Line("safety properties that were broken", TextTone.Strong);
        foreach (var property in broken)
        {
            writer.Counted(
                property.Cases,
                (property.Name, property.Predicted < property.Cases ? TextTone.Bad : TextTone.Doubtful),
                property.Targets,
                PropertyWords.Standing(run, property)
            );
            Field("must hold", property.Says);
            Field("such as", $"{property.CaseId} on {property.Target}: {CaseTitle.Short(property.Title)}");
            Field(property.Pair is null ? "explain" : "repeat", PropertyWords.Explain(run, property));
            if (Findings.Of(run, property) is { Count: > 0 } findings)
                Field("findings", string.Join(", ", findings));
        }
        writer.Line();
    }

    /// <summary>What the kernels' logs have, whatever the verdicts are.</summary>
    private void KernelReports(IReadOnlyList<KernelReportCount> reports)
    {
        if (reports.Count == 0)
            return;
        writer.Line("what kernels reported", TextTone.Strong);
        foreach (var report in reports)
        {
            writer.Counted(
                report.Results,
                (report.Title, TextTone.Doubtful),
                report.Targets,
                KernelReportWords.Seen(report)
            );
            Field("", KernelReportWords.Cause(report.Cause));
            Field("such as", string.Join(' ', report.Cases));
        }
        writer.Line();
    }

    private void Rules(IEnumerable<ResultRow> mismatches)
    {
        var rules = mismatches.GroupBy(r => r.Rule ?? "no rule named").OrderByDescending(g => g.Count()).ToList();
        if (rules.Count == 0)
            return;
        writer.Line("rules contradicted", TextTone.Strong);
        foreach (var rule in rules)
            writer.Line(
                Invariant(
                    $"  {rule.Count(), 6}  {rule.Key} (on {string.Join(", ", rule.Select(r => r.Target).Distinct())})"
                )
            );
        writer.Line();
    }

    private void Field(string label, string? value) => writer.Field(label, value);

    private static string Total(RunSummary run)
    {
        var counts = Verdicts
            .All.Select(v => (Verdict: v, Cases: run.Hosts.Sum(h => h.Verdicts.GetValueOrDefault(v))))
            .Where(c => c.Cases > 0)
            .Select(c => Invariant($"{c.Cases} {c.Verdict}"))
            .ToList();
        int failed = run.Hosts.Count(h => h.State == States.Failed);
        return Invariant($"{run.Hosts.Count} {PairTarget.Noun(run.Hosts)}{(run.Hosts.Count == 1 ? "" : "s")}")
            + (failed > 0 ? Invariant($" ({failed} failed)") : "")
            + ": "
            + (counts.Count > 0 ? string.Join(", ", counts) : "no case was planned");
    }

    private static TextTone StateInk(string state) =>
        state switch
        {
            States.Finished => TextTone.Good,
            States.Failed => TextTone.Bad,
            _ => TextTone.Doubtful,
        };

    private static string Because(string? reason) => string.IsNullOrEmpty(reason) ? "" : $": {reason}";

    private static string Join(string separator, params string?[] parts) =>
        string.Join(separator, parts.Where(p => !string.IsNullOrEmpty(p)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
