using Harness.Analysis.Differences;
using Harness.Analysis.Timelines;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Reports;
using Harness.Runs;

namespace Harness.Cli.Actions;

/// <summary>
/// A timeline as a table: a row per release, a column per kind of CPU; then the changes, with their rules.
/// </summary>
internal static class TimelineReport
{
    private const int WidestCell = 46;

    public static void Text(Timeline timeline, IReadOnlyList<CaseObservation> seen, ReportWriter report)
    {
        report.Line((timeline.Case.Id, TextTone.Strong), ("  " + timeline.Case.Key, TextTone.Plain));
        report.Line();
        var heads = timeline.Hosts.Select(h => Head(timeline.Case, h)).ToList();
        var rows = timeline
            .Releases.Select(
                (r, i) =>
                    timeline.Cells[i].Select((cell, n) => Cell(cell, r, timeline.Hosts[n], timeline, seen)).ToList()
            )
            .ToList();
        var widths = heads.Select((h, n) => Math.Max(h.Length, rows.Max(r => r[n].Max(l => l.Text.Length)))).ToList();
        int first = timeline.Releases.Max(r => r.Name.Length) + 2;

        report.Line(
            new string(' ', first) + "  " + string.Join("  ", heads.Select((h, n) => h.PadRight(widths[n]))).TrimEnd(),
            TextTone.Strong
        );
        for (int i = 0; i < rows.Count; i++)
        {
            char mark = Mark(timeline.Cells[i]);
            int height = rows[i].Max(c => c.Count);
            for (int line = 0; line < height; line++)
            {
                var pieces = new List<(string, TextTone)>
                {
                    (
                        (line == 0 ? $"{mark} {timeline.Releases[i].Name}" : "").PadRight(first),
                        mark == '*' ? TextTone.Strong : TextTone.Plain
                    ),
                };
                for (int n = 0; n < rows[i].Count; n++)
                {
                    var (text, ink) = line < rows[i][n].Count ? rows[i][n][line] : ("", TextTone.Plain);
                    pieces.Add(("  " + (n + 1 < rows[i].Count ? text.PadRight(widths[n]) : text), ink));
                }
                report.Line([.. pieces]);
            }
        }
        Changes(timeline, heads, report);
        Legend(timeline, seen, report);
    }

    public static void Json(Timeline timeline, IReadOnlyList<CaseObservation> seen, TextWriter output)
    {
        for (int i = 0; i < timeline.Releases.Count; i++)
        {
            for (int n = 0; n < timeline.Hosts.Count; n++)
            {
                var (release, cell) = (timeline.Releases[i], timeline.Cells[i][n]);
                JsonLine.Write(
                    output,
                    new
                    {
                        Type = "timeline",
                        CaseId = timeline.Case.Id,
                        Case = timeline.Case.Key,
                        Release = release.Name,
                        Policy = release.Policy.Name,
                        release.Unread,
                        Hosts = timeline
                            .Hosts[n]
                            .Select(h => timeline.Case is not LifecycleCase ? h.Features : h.ToString()),
                        Predicted = cell.Prediction.ToString(),
                        Change = cell.Change.ToString().ToLowerInvariant(),
                        Rule = cell.Deciding?.Name,
                        Source = cell.Deciding?.Source.ToString(),
                        Added = cell.Added.Select(r => r.Name),
                        Removed = cell.Removed.Select(r => r.Name),
                        Seen = SeenBy(release, timeline.Hosts[n], timeline, seen)
                            .Select(s => new
                            {
                                s.Run,
                                s.Target,
                                s.Profile.Release,
                                Host = s.Profile.Host.ToString(),
                                Observed = s.Did.ToString(),
                                Agrees = Agrees(s, release, timeline.Case),
                            }),
                    }
                );
            }
        }
    }

    private static string Head(Case c, IReadOnlyList<HostFacts> hosts)
    {
        string words = HostText.Of(hosts, [.. HostFacts.Of(c).Where(h => h.Mte == hosts[0].Mte)]);
        return words.Length <= WidestCell ? words : string.Join("; ", hosts.Select(h => h.Features));
    }

    private static List<(string Text, TextTone TextTone)> Cell(
        TimelineCell cell,
        Release release,
        IReadOnlyList<HostFacts> hosts,
        Timeline timeline,
        IReadOnlyList<CaseObservation> seen
    )
    {
        var ink = cell.Change == TimelineChange.Decision ? TextTone.Strong : TextTone.Plain;
        var lines = new List<(string, TextTone)>();
        foreach (
            string said in timeline.Case is not LifecycleCase
                ? Outcomes(cell.Prediction)
                : Done(cell.Prediction, timeline)
        )
            lines.AddRange(Folded(said, "").Select(l => (l, ink)));
        foreach (
            var group in SeenBy(release, hosts, timeline, seen)
                .GroupBy(s => (Agrees: Agrees(s, release, timeline.Case), Did: s.Did.ToString()))
        )
        {
            string on = string.Join(", ", group.Select(s => $"{s.Profile.Release} ({s.Target})"));
            lines.AddRange(
                Folded(
                        group.Key.Agrees
                            ? $"seen on {on}"
                            : $"BUT SEEN {Deviation(group.First(), cell.Prediction)} on {on}",
                        "  "
                    )
                    .Select(l => (l, group.Key.Agrees ? TextTone.Faint : TextTone.Bad))
            );
        }
        return lines;
    }

    /// <summary>A line for each access, and for userspace's change after the first, if it got that far.</summary>
    private static IEnumerable<string> Outcomes(Prediction p) =>
        p.Outside is { } why ? [$"outside the model: {why}"]
        : p.Registration != Errno.None ? [$"registration refused with {p.Registration}"]
        : p.Program.Count > 0 ? p.Program.Select((s, i) => $"{i + 1} {s.Step}: {OutcomeText.Of(s.Part)}")
        : p.Accesses.SelectMany(
            (a, i) =>
                i == 0 && p.Change is { } change
                    ? [$"{CaseText.Word(a.Access)}: {a.Outcome}", change.ToString()]
                    : new[] { $"{CaseText.Word(a.Access)}: {a.Outcome}" }
        );

    /// <summary>
    /// For a lifecycle case: a line for each operation that distinguishes releases, and how far it gets.
    /// </summary>
    private static IEnumerable<string> Done(Prediction p, Timeline timeline)
    {
        if (p.Outside is { } why)
            return [$"outside the model: {why}"];
        var lines = timeline
            .ChangedOperations.Where(i => i < p.Operations.Count)
            .Select(i => $"{i + 1} {OperationText.Word(p.Operations[i].Operation)}: {p.Operations[i].Outcome}");
        int all = ((LifecycleCase)timeline.Case).Operations.Count;
        return p.Operations.Count < all ? lines.Append($"no operation after {p.Operations.Count} of {all}")
            : timeline.ChangedOperations.Count > 0 ? lines
            : [$"all {all} operations, as everywhere"];
    }

    /// <summary>The whole observation; for a lifecycle case, where it deviated.</summary>
    private static string Deviation(CaseObservation seen, Prediction predicted)
    {
        if (predicted.Operations.Count == 0)
            return seen.Did.ToString();
        int at = seen.Did.Deviation(predicted);
        return at < seen.Did.Operations.Count
            ? $"{at + 1} {seen.Did.Operations[at]}"
            : $"no operation after {seen.Did.Operations.Count}";
    }

    /// <summary>
    /// How a release differs from the one before: for a lifecycle case, from the first different operation.
    /// </summary>
    private static string Parting(Prediction before, Prediction now)
    {
        if (before.Operations.Count == 0 || now.Operations.Count == 0)
            return $"{before} => {now}";
        int at = before.Operations.Zip(now.Operations).TakeWhile(p => p.First.Outcome == p.Second.Outcome).Count();
        string Outcomes(Prediction p) =>
            at < p.Operations.Count ? p.Operations[at].Outcome.ToString() : "can't be done";
        string operation = OperationText.Word((at < before.Operations.Count ? before : now).Operations[at].Operation);
        int more =
            before.Operations.Zip(now.Operations).Skip(at + 1).Count(p => p.First.Outcome != p.Second.Outcome)
            + Math.Abs(before.Operations.Count - now.Operations.Count);
        return $"{at + 1} {operation}: {Outcomes(before)} => {Outcomes(now)}{(more > 0 ? $"; and in {more} more operations" : "")}";
    }

    private static IEnumerable<string> Folded(string text, string indent)
    {
        string line = indent;
        bool begun = false;
        foreach (string word in text.Split(' '))
        {
            if (begun && line.Length + 1 + word.Length > WidestCell)
            {
                yield return line;
                (line, begun) = (indent + "  ", false);
            }
            line += begun ? $" {word}" : word;
            begun = true;
        }
        yield return line;
    }

    private static char Mark(IReadOnlyList<TimelineCell> row) =>
        row.Any(c => c.Change == TimelineChange.Decision) ? '*'
        : row.Any(c => c.Change == TimelineChange.Moved) ? '~'
        : ' ';

    /// <summary>The changes, release by release, with added and removed rules.</summary>
    private static void Changes(Timeline timeline, List<string> heads, ReportWriter report)
    {
        for (int i = 1; i < timeline.Releases.Count; i++)
        {
            var release = timeline.Releases[i];
            string since =
                $"{release.Name}{(release.Unread is { } unread ? $", or one of {unread}, which were not read" : "")}";
            for (int n = 0; n < timeline.Hosts.Count; n++)
            {
                var cell = timeline.Cells[i][n];
                if (cell.Change == TimelineChange.None || release.Before is not { } earlier)
                    continue;
                var before = timeline.Cells[earlier][n];
                report.Line();
                string where = timeline.Hosts.Count == 1 ? "" : $" {heads[n]}";
                if (cell.Change == TimelineChange.Decision)
                {
                    report.Line(
                        ($"* {since}{where}", TextTone.Strong),
                        ($": {Parting(before.Prediction, cell.Prediction)}", TextTone.Plain)
                    );
                    Rules('-', cell.Removed, report);
                    Rules('+', cell.Added, report);
                }
                else
                {
                    report.Line(
                        ($"~ {since}{where}", TextTone.Strong),
                        (": decided the same, elsewhere", TextTone.Plain)
                    );
                    Rules('-', timeline.Case is not LifecycleCase ? [before.Deciding!] : cell.Removed, report);
                    Rules('+', timeline.Case is not LifecycleCase ? [cell.Deciding!] : cell.Added, report);
                }
            }
        }
    }

    private static void Rules(char mark, IReadOnlyList<Statement> rules, ReportWriter report)
    {
        foreach (var rule in rules)
        {
            foreach (string line in Wrapping.Lines($"{mark}   ", $"{rule.Name}: {rule.Says}"))
                report.Line(line, mark == '-' ? TextTone.Bad : TextTone.Good);
            report.Line($"{mark}       {rule.Source}", TextTone.Faint);
        }
    }

    private static void Legend(Timeline timeline, IReadOnlyList<CaseObservation> seen, ReportWriter report)
    {
        report.Line();
        report.Line(
            "* another decision than before (a stable release: than its series did); ~ the same, by another rule or in another function",
            TextTone.Faint
        );
        int shown = timeline.Releases.Sum(r => timeline.Hosts.Sum(h => SeenBy(r, h, timeline, seen).Count()));
        if (shown == 0)
            report.Line("no kernel has been observed yet: --run tests those of the nightly suite", TextTone.Faint);
    }

    /// <summary>On hosts like these, in any mode: no policy distinguishes VHE from nVHE.</summary>
    private static IEnumerable<CaseObservation> SeenBy(
        Release release,
        IReadOnlyList<HostFacts> hosts,
        Timeline timeline,
        IReadOnlyList<CaseObservation> seen
    ) =>
        seen.Where(s =>
            Release.Of(timeline.Releases, s.Profile.Release, s.Profile.Build) == release
            && hosts.Any(h =>
                (h.Fwb, h.Dic) == (s.Profile.Host.Fwb, s.Profile.Host.Dic)
                && (
                    timeline.Case is not LifecycleCase
                    || (h.Mode == KvmMode.Protected) == (s.Profile.Host.Mode == KvmMode.Protected)
                )
            )
        );

    private static bool Agrees(CaseObservation seen, Release release, Case c) =>
        seen.Did.Agrees(release.Policy.Predict(seen.Profile.Host, c));
}
