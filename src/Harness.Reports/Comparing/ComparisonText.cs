using System.Globalization;
using Harness.Reports.Migrations;
using Harness.Reports.Outcomes;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>A comparison of two runs for people.</summary>
public sealed class ComparisonText(ReportWriter writer)
{
    private const int LabelWidth = 12;

    /// <summary>This many hosts are named; more pairs are described in a few words.</summary>
    private const int NamedPairs = 4;

    private string _noun = "host";
    private PairWords _words = new([]);

    /// <summary>The two targets of each pair, by the name that comparisons have of it.</summary>
    private Dictionary<string, (string From, string To)> _pairs = [];

    /// <param name="comparison">What changed.</param>
    /// <param name="before">The first run.</param>
    /// <param name="after">The second run.</param>
    /// <param name="reports">What kernels reported in the second run and not in the first.</param>
    public void Write(
        Comparison comparison,
        RunSummary before,
        RunSummary after,
        IReadOnlyList<KernelReportCount>? reports = null
    )
    {
        writer.Line(
            ("before ", TextTone.Faint),
            (before.Run.Id, TextTone.Strong),
            ($"  {before.State}  {before.Run.CommandLine}", TextTone.Plain)
        );
        writer.Line(
            ("after  ", TextTone.Faint),
            (after.Run.Id, TextTone.Strong),
            ($"  {after.State}  {after.Run.CommandLine}", TextTone.Plain)
        );
        _noun = PairTarget.Noun([.. before.Hosts, .. after.Hosts]);
        _words = new PairWords(PairTarget.Of(after.Hosts.Concat(before.Hosts)));
        _pairs = after
            .Hosts.Concat(before.Hosts)
            .Where(PairTarget.IsPair)
            .DistinctBy(h => h.Host.Target)
            .ToDictionary(h => h.Host.Target, h => (h.Host.Source!, h.Host.Destination!), StringComparer.Ordinal);
        Likeness(comparison);
        foreach (var host in comparison.Hosts.Where(h => !IsPair(h)))
            Host(host.Target, Changed(host));
        Pairs([.. comparison.Hosts.Where(IsPair)]);
        Properties(comparison.Properties);
        foreach (var kind in comparison.Groups.GroupBy(g => g.Kind))
            Kind(kind.Key, [.. kind]);
        KernelReports(reports ?? []);
        writer.Line();
        writer.Line(
            Total(comparison),
            comparison.Count(ChangeKind.Regression) > 0 || comparison.Compared == 0 ? TextTone.Bad : TextTone.Strong
        );
    }

    /// <summary>Before the verdicts: a case may match on both sides.</summary>
    private void Properties(IReadOnlyList<PropertyChange> changes)
    {
        foreach (var side in changes.GroupBy(c => c.IsNew))
        {
            writer.Line();
            writer.Line(
                side.Key
                    ? "safety properties that are newly violated"
                    : "safety properties that are no longer violated",
                side.Key ? TextTone.Bad : TextTone.Good
            );
            foreach (var change in side)
            {
                writer.Counted(
                    change.Cases,
                    (change.Name, TextTone.Strong),
                    [.. change.Targets.Keys.Order(StringComparer.Ordinal)],
                    PropertyWords.Predicted(change)
                );
                Field("must hold", change.Says);
                Field("such as", $"{change.CaseId} on {change.Target}: {CaseTitle.Short(change.Title)}");
            }
        }
    }

    private void KernelReports(IReadOnlyList<KernelReportCount> reports)
    {
        if (reports.Count == 0)
            return;
        writer.Line();
        writer.Line("kernels report what they did not", TextTone.Doubtful);
        foreach (var report in reports)
            writer.Counted(
                report.Results,
                (report.Title, TextTone.Strong),
                report.Targets,
                KernelReportWords.Seen(report)
            );
    }

    /// <summary>"2 regressions, 1 lost; 297 of 300 cases that both judged are as before".</summary>
    public static string Total(Comparison comparison)
    {
        if (comparison.Compared == 0)
            return "nothing could be compared: no case was judged on both sides";
        int regressions = comparison.Count(ChangeKind.Regression);
        string rest = string.Join(
            "",
            Enum.GetValues<ChangeKind>()
                .Where(k => k != ChangeKind.Regression && comparison.Count(k) > 0)
                .Select(k => Invariant($", {comparison.Count(k)} {ChangeWords.Of(k)}"))
        );
        ChangeKind[] moved =
        [
            ChangeKind.Regression,
            ChangeKind.OtherwiseBad,
            ChangeKind.Unstable,
            ChangeKind.NowKnown,
            ChangeKind.Fix,
            ChangeKind.OtherwiseGood,
        ];
        int changed = comparison
            .Groups.Where(g =>
                moved.Contains(g.Kind)
                && g.From is not null
                && g.To is not null
                && Verdicts.Of(g.From).Class != VerdictClass.NoAnswer
                && Verdicts.Of(g.To).Class != VerdictClass.NoAnswer
            )
            .Sum(g => g.Cases);
        return (regressions == 0 ? "no regression" : Plural(regressions, "regression"))
            + rest
            + Invariant(
                $"; {comparison.Compared - changed} of {Plural(comparison.Compared, "case")} that both judged as before"
            );
    }

    private void Likeness(Comparison comparison)
    {
        writer.Line();
        if (!comparison.Pairs.Any())
            writer.Line($"the two have no {_noun} in common", TextTone.Bad);
        else if (comparison.AreComparable)
            writer.Line("comparable: the same model, probe, policies and capabilities", TextTone.Good);
        else
        {
            writer.Line(
                "NOT comparable: only shared cases follow, and different verdicts may be due to these differences",
                TextTone.Bad
            );
            int pairs = comparison.Pairs.Count();
            foreach (
                var unlike in comparison
                    .Pairs.SelectMany(h => h.Unlike.Select(u => (h.Target, Unlike: u)))
                    .GroupBy(u => u.Unlike, u => u.Target)
            )
                Field(
                    "differs",
                    $"{unlike.Key.What}: {Short(unlike.Key.Before)} -> {Short(unlike.Key.After)}"
                        + (unlike.Count() == pairs ? "" : $" on {Some([.. unlike])}")
                );
        }
        Field(
            "compared",
            Invariant(
                $"{Plural(comparison.Compared, "case")} that both judged, of {comparison.Pairs.Sum(h => h.Shared)} that both ran, on {Plural(comparison.Pairs.Count(), _noun)}"
            )
        );
        string left = string.Join("; ", LeftOut(comparison));
        if (left.Length > 0)
            Field("left out", left);
    }

    private IEnumerable<string> LeftOut(Comparison comparison)
    {
        int Alone(Func<Transition, bool> which) =>
            comparison.Pairs.Sum(h => h.Transitions.Where(which).Sum(t => t.Cases));
        if (Alone(t => t.After is null) is > 0 and var gone)
            yield return Invariant($"{Plural(gone, "case")} run only before");
        if (Alone(t => t.Before is null) is > 0 and var added)
            yield return Invariant($"{Plural(added, "case")} run only after");
        int silent = comparison.Pairs.Sum(h => h.Shared - h.Compared);
        if (silent > 0)
            yield return Invariant($"{Plural(silent, "case")} that one side did not judge");
        foreach (
            var alone in comparison
                .Hosts.Where(h => IsPair(h) && (h.Before is null || h.After is null))
                .GroupBy(h => h.After is null)
        )
            yield return Invariant(
                $"{Some([.. alone.Select(h => h.Target)])}, only {(alone.Key ? "before" : "after")} ({Plural(alone.Sum(h => h.Transitions.Sum(t => t.Cases)), "case")})"
            );
        foreach (var host in comparison.Hosts.Where(h => !IsPair(h) && (h.Before is null || h.After is null)))
            yield return Invariant(
                $"host {host.Target}, only {(host.After is null ? "before" : "after")} ({Plural(host.Transitions.Sum(t => t.Cases), "case")})"
            );
    }

    /// <summary>Properties that may differ between comparable hosts, and are the subject of the comparison.</summary>
    private void Host(string target, IReadOnlyList<string> changed)
    {
        if (changed.Count > 0)
            Field(target, string.Join("; ", changed));
    }

    /// <summary>The changes of the targets of pairs, each once; then what many pairs have in common.</summary>
    private void Pairs(IReadOnlyList<HostComparison> pairs)
    {
        var both = pairs.Where(p => p is { Before: not null, After: not null }).ToList();
        var now = PairTarget.Of(both.Select(p => p.After!.Host)).ToDictionary(t => t.Name);
        foreach (var before in PairTarget.Of(both.Select(p => p.Before!.Host)))
            if (
                now.GetValueOrDefault(before.Name) is { } after
                && before.Host.KernelRelease is not null
                && after.Host.KernelRelease is not null
            )
                Host(before.Name, Changed(before.Host, after.Host));
        foreach (
            var alike in both.SelectMany(p =>
                    new[] { Lost(p), Redecided(p) }.OfType<string>().Select(what => (p.Target, what))
                )
                .GroupBy(p => p.what, p => p.Target)
        )
            Field("pairs", $"{alike.Key}: {Some([.. alike])}");
    }

    private static IReadOnlyList<string> Changed(HostComparison host) =>
        host is not { Before: { } before, After: { } after }
            ? []
            :
            [
                .. new[] { Lost(host) }.OfType<string>(),
                .. before.Answered && after.Answered ? Changed(before.Host.Host, after.Host.Host) : [],
                .. new[] { Redecided(host) }.OfType<string>(),
            ];

    private static List<string> Changed(HostRecord before, HostRecord after) =>
        [
            .. new[]
            {
                ("kernel", before.KernelRelease, after.KernelRelease),
                ("build", before.BuildId, after.BuildId),
                ("QEMU", before.QemuVersion, after.QemuVersion),
                ("image", before.ImageHash, after.ImageHash),
            }
                .Where(c => c.Item2 != c.Item3)
                .Select(c => $"{c.Item1} {Short(c.Item2)} -> {Short(c.Item3)}"),
        ];

    private static string? Lost(HostComparison host) => host.IsLost ? $"unavailable: {host.After!.Host.Reason}" : null;

    private static string? Redecided(HostComparison host) =>
        host.Redecided > 0
            ? Invariant($"{Plural(host.Redecided, "case")} decided differently, as predicted on both sides")
            : null;

    private static bool IsPair(HostComparison host) => PairTarget.IsPair((host.After ?? host.Before)!.Host);

    /// <summary>Names of hosts; a description if there are many pairs.</summary>
    private string Some(IReadOnlyList<string> targets) =>
        targets.Count <= NamedPairs || !targets.All(_pairs.ContainsKey)
            ? string.Join(", ", targets)
            : Invariant($"{targets.Count} pairs, {_words.Of([.. targets.Select(t => _pairs[t])], [.. _pairs.Values])}");

    private void Kind(ChangeKind kind, IReadOnlyList<ChangeGroup> groups)
    {
        writer.Line();
        writer.Line(
            ($"{ChangeWords.Of(kind)} ", InkOf(kind)),
            (Invariant($"{groups.Sum(g => g.Cases)}"), TextTone.Strong)
        );
        foreach (var group in groups)
            Group(group);
    }

    private void Group(ChangeGroup group)
    {
        string who = ChangeWords.Of(group.Who);
        writer.Line(
            (Invariant($"  {group.Cases, 6}  "), TextTone.Strong),
            (ChangeWords.Arrow(group.From, group.To), TextTone.Plain),
            (group.Rule is null ? "" : $"  {group.Rule}", TextTone.Strong),
            (who.Length == 0 ? "" : $"  ({who})", TextTone.Plain)
        );
        string[] targets = [.. group.Targets.Keys.Order(StringComparer.Ordinal)];
        string some = Some(targets);
        Field(
            "",
            "on "
                + (
                    some == string.Join(", ", targets)
                        ? string.Join(", ", targets.Select(t => Invariant($"{t} {group.Targets[t]}")))
                        : some
                )
        );
        if (group.Reason is not null)
            Field("reason", group.Reason);
        foreach (var change in group.Examples)
            Change(change);
        if (group.Cases > group.Examples.Count)
            Field("", Invariant($"and {group.Cases - group.Examples.Count} more (--all lists them)"));
    }

    private void Change(CaseChange change)
    {
        Field("case", $"{change.CaseId} on {change.Target}  {CaseTitle.Short(change.Title)}");
        // The reason above explains why a case has no result.
        if (change.Kind is ChangeKind.Lost or ChangeKind.Gained or ChangeKind.New or ChangeKind.Vanished)
            return;
        Sides("rule", change, j => j.Rule);
        Sides("predicted", change, StoredOutcome.Predicted);
        Sides("observed", change, StoredOutcome.Observed);
        if (change.Kind is ChangeKind.Unstable or ChangeKind.NowKnown or ChangeKind.OtherwiseGood)
            Sides("reason", change, j => j.Reason);
    }

    private void Sides(string label, CaseChange change, Func<JudgedCase?, StoredOutcome> of)
    {
        var (one, other) = (of(change.Before), of(change.After));
        var (before, after) = OutcomeDifference.First(one, other);
        Sides(label, change, before, after, one.SameAs(other));
    }

    private void Sides(string label, CaseChange change, Func<JudgedCase, string?> of)
    {
        string? before = change.Before is { } b ? of(b) : null,
            after = change.After is { } a ? of(a) : null;
        Sides(label, change, before, after, before == after);
    }

    private void Sides(string label, CaseChange change, string? before, string? after, bool same)
    {
        if (change.Before is null || change.After is null || same)
        {
            if ((after ?? before) is { } one)
                Field("  " + label, change.Before is null || change.After is null ? one : $"{one}  (both)");
            return;
        }
        Field("  " + label, $"before: {before ?? "none"}");
        Field("", $"after:  {after ?? "none"}");
    }

    private void Field(string label, string value) =>
        writer.Line(
            ("  " + label.PadRight(LabelWidth) + (label.Length >= LabelWidth ? " " : ""), TextTone.Faint),
            (value.ReplaceLineEndings(" "), TextTone.Plain)
        );

    private static TextTone InkOf(ChangeKind kind) =>
        kind switch
        {
            ChangeKind.Regression or ChangeKind.GainedBad or ChangeKind.NewBad => TextTone.Bad,
            ChangeKind.Fix => TextTone.Good,
            ChangeKind.Unstable or ChangeKind.Lost or ChangeKind.OtherwiseBad => TextTone.Doubtful,
            _ => TextTone.Strong,
        };

    /// <summary>A prefix is enough for hashes; numbers and names stay whole.</summary>
    internal static string Short(string? value) =>
        value is null ? "none"
        : value.Length > 16 && value.All(char.IsAsciiHexDigit) ? value[..12]
        : value;

    private static string Plural(int number, string noun) => Invariant($"{number} {noun}{(number == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
