using Harness.Analysis.Differences;
using Harness.Analysis.Timelines;
using Harness.Model;
using Harness.Reports;
using Harness.Runs;

namespace Harness.Cli.Actions;

/// <summary>A timeline as a table: a release a row, a kind of CPU a column; then what changed, and by which rules.</summary>
internal static class TimelineReport
{
    private const int WidestCell = 46;

    public static void Text(Timeline timeline, IReadOnlyList<SeenCase> seen, ReportWriter report)
    {
        report.Line((timeline.Case.Id, Ink.Strong), ("  " + timeline.Case.Key, Ink.Plain));
        report.Line();
        var heads = timeline.Hosts.Select(Head).ToList();
        var rows = timeline.Releases.Select((r, i) => timeline.Cells[i].Select((cell, n) =>
            Cell(cell, r, timeline.Hosts[n], timeline, seen)).ToList()).ToList();
        var widths = heads.Select((h, n) => Math.Max(h.Length, rows.Max(r => r[n].Max(l => l.Text.Length)))).ToList();
        int first = timeline.Releases.Max(r => r.Name.Length) + 2;

        report.Line(new string(' ', first) + "  " + string.Join("  ", heads.Select((h, n) => h.PadRight(widths[n]))).TrimEnd(), Ink.Strong);
        for (int i = 0; i < rows.Count; i++)
        {
            char mark = Mark(timeline.Cells[i]);
            int height = rows[i].Max(c => c.Count);
            for (int line = 0; line < height; line++)
            {
                var pieces = new List<(string, Ink)> { ((line == 0 ? $"{mark} {timeline.Releases[i].Name}" : "").PadRight(first), mark == '*' ? Ink.Strong : Ink.Plain) };
                for (int n = 0; n < rows[i].Count; n++)
                {
                    var (text, ink) = line < rows[i][n].Count ? rows[i][n][line] : ("", Ink.Plain);
                    pieces.Add(("  " + (n + 1 < rows[i].Count ? text.PadRight(widths[n]) : text), ink));
                }
                report.Line([.. pieces]);
            }
        }
        Changes(timeline, heads, report);
        Legend(timeline, seen, report);
    }

    public static void Json(Timeline timeline, IReadOnlyList<SeenCase> seen, TextWriter output)
    {
        for (int i = 0; i < timeline.Releases.Count; i++)
        {
            for (int n = 0; n < timeline.Hosts.Count; n++)
            {
                var (release, cell) = (timeline.Releases[i], timeline.Cells[i][n]);
                JsonLine.Write(output, new
                {
                    Type = "timeline",
                    CaseId = timeline.Case.Id,
                    Case = timeline.Case.Key,
                    Release = release.Name,
                    Policy = release.Policy.Name,
                    Hosts = timeline.Hosts[n].Select(h => h.Features),
                    Predicted = cell.Prediction.ToString(),
                    Change = cell.Change.ToString().ToLowerInvariant(),
                    Rule = cell.Deciding?.Name,
                    Source = cell.Deciding?.Source.ToString(),
                    Added = cell.Added.Select(r => r.Name),
                    Removed = cell.Removed.Select(r => r.Name),
                    Seen = SeenBy(release, timeline.Hosts[n], timeline, seen).Select(s => new
                    {
                        s.Run,
                        s.Target,
                        s.Profile.Release,
                        Host = s.Profile.Host.ToString(),
                        Observed = s.Did.ToString(),
                        Agrees = Agrees(s, release, timeline.Case),
                    }),
                });
            }
        }
    }

    private static string Head(IReadOnlyList<HostFacts> hosts)
    {
        string words = CubeText.Hosts(hosts, [.. HostFacts.All.Where(h => h.Mte == hosts[0].Mte)]);
        return words.Length <= WidestCell ? words : string.Join("; ", hosts.Select(h => h.Features));
    }

    private static List<(string Text, Ink Ink)> Cell(
        TimelineCell cell, Release release, IReadOnlyList<HostFacts> hosts, Timeline timeline, IReadOnlyList<SeenCase> seen)
    {
        var ink = cell.Change == TimelineChange.Decision ? Ink.Strong : Ink.Plain;
        var lines = new List<(string, Ink)>();
        foreach (string said in Said(cell.Prediction))
            lines.AddRange(Folded(said, "").Select(l => (l, ink)));
        foreach (var group in SeenBy(release, hosts, timeline, seen).GroupBy(s => (Agrees: Agrees(s, release, timeline.Case), Did: s.Did.ToString())))
        {
            string on = string.Join(", ", group.Select(s => $"{s.Profile.Release} ({s.Target})"));
            lines.AddRange(Folded(group.Key.Agrees ? $"seen on {on}" : $"BUT SEEN {group.Key.Did} on {on}", "  ")
                .Select(l => (l, group.Key.Agrees ? Ink.Faint : Ink.Bad)));
        }
        return lines;
    }

    /// <summary>A line for each access, and for userspace's change after the first, where it got so far.</summary>
    private static IEnumerable<string> Said(Prediction p) =>
        p.Outside is { } why ? [$"outside the model: {why}"]
        : p.Registration != Errno.None ? [$"registration refused with {p.Registration}"]
        : p.Accesses.SelectMany((a, i) => i == 0 && p.Change is { } change
            ? [$"{CaseText.Word(a.Access)}: {a.Outcome}", change.ToString()]
            : new[] { $"{CaseText.Word(a.Access)}: {a.Outcome}" });

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
        row.Any(c => c.Change == TimelineChange.Decision) ? '*' : row.Any(c => c.Change == TimelineChange.Moved) ? '~' : ' ';

    /// <summary>What changed, release by release, with the rules that came and went.</summary>
    private static void Changes(Timeline timeline, List<string> heads, ReportWriter report)
    {
        for (int i = 1; i < timeline.Releases.Count; i++)
        {
            for (int n = 0; n < timeline.Hosts.Count; n++)
            {
                var (cell, before) = (timeline.Cells[i][n], timeline.Cells[i - 1][n]);
                if (cell.Change == TimelineChange.None)
                    continue;
                report.Line();
                string where = timeline.Hosts.Count == 1 ? "" : $" {heads[n]}";
                if (cell.Change == TimelineChange.Decision)
                {
                    report.Line(($"* {timeline.Releases[i].Name}{where}", Ink.Strong), ($": {before.Prediction} => {cell.Prediction}", Ink.Plain));
                    Rules('-', cell.Removed, report);
                    Rules('+', cell.Added, report);
                }
                else
                {
                    report.Line(($"~ {timeline.Releases[i].Name}{where}", Ink.Strong), (": decided the same, elsewhere", Ink.Plain));
                    Rules('-', [before.Deciding!], report);
                    Rules('+', [cell.Deciding!], report);
                }
            }
        }
    }

    private static void Rules(char mark, IReadOnlyList<Rule> rules, ReportWriter report)
    {
        foreach (var rule in rules)
        {
            foreach (string line in Wrapping.Lines($"{mark}   ", $"{rule.Name}: {rule.Says}"))
                report.Line(line, mark == '-' ? Ink.Bad : Ink.Good);
            report.Line($"{mark}       {rule.Source}", Ink.Faint);
        }
    }

    private static void Legend(Timeline timeline, IReadOnlyList<SeenCase> seen, ReportWriter report)
    {
        report.Line();
        report.Line("* another decision than the release before; ~ the same, by another rule or in another function", Ink.Faint);
        int shown = timeline.Releases.Sum(r => timeline.Hosts.Sum(h => SeenBy(r, h, timeline, seen).Count()));
        if (shown == 0)
            report.Line("no kernel was seen to do it yet: --run asks those of the nightly suite", Ink.Faint);
    }

    /// <summary>On hosts like these, whatever the mode: no policy tells VHE from nVHE.</summary>
    private static IEnumerable<SeenCase> SeenBy(
        Release release, IReadOnlyList<HostFacts> hosts, Timeline timeline, IReadOnlyList<SeenCase> seen) =>
        seen.Where(s => Release.Among(timeline.Releases, s.Profile.Release) == release
            && hosts.Any(h => (h.Fwb, h.Dic) == (s.Profile.Host.Fwb, s.Profile.Host.Dic)));

    private static bool Agrees(SeenCase seen, Release release, Case c) => seen.Did.Agrees(release.Policy.Predict(seen.Profile.Host, c));
}
