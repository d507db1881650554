using Harness.Reports.Comparing;
using Harness.Reports.Outcomes;

namespace Harness.Reports.Html;

/// <summary>Changes: each host compared with the same target in another run.</summary>
/// <param name="compared">Null if there is none.</param>
/// <param name="chosen">
/// The other run was chosen by the reader; else each host has the newest that compares with it.
/// </param>
internal sealed class ChangesSection(Comparison? compared, bool chosen = false)
{
    /// <summary>The number of named cases in a group; the rest is counted.</summary>
    public const int Named = 60;

    public void Write(HtmlWriter html)
    {
        using (html.Open("section", ("id", "changes"), ("aria-labelledby", "h-changes")))
        {
            html.Element("h2", chosen ? "Changes" : "Since the last run", ("id", "h-changes"));
            if (compared is not { } changes)
            {
                html.Element(
                    "p",
                    "No earlier run compares with this one: none has the same model, probe, policy and capabilities on any of its hosts.",
                    ("class", "soft")
                );
                return;
            }
            html.Element("p", Against(changes), ("class", "soft"));
            Tally(html, changes);
            foreach (var side in changes.Properties.GroupBy(c => c.IsNew))
                Properties(html, side.Key, [.. side]);
            foreach (
                var kind in changes
                    .Groups.GroupBy(g => g.Kind)
                    .Where(g => g.Key != ChangeKind.New || changes.Pairs.Count() == changes.Hosts.Count)
            )
                Kind(html, kind.Key, [.. kind]);
        }
        html.Line();
    }

    private string Against(Comparison changes)
    {
        var runs = changes
            .Pairs.GroupBy(h => h.Before!.Run.Id)
            .OrderByDescending(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Key} ({Some([.. g.Select(h => h.Target)])})");
        var alone = changes.Hosts.Where(h => h.Before is null).Select(h => h.Target).ToList();
        var gone = changes.Hosts.Where(h => h.After is null).Select(h => h.Target).ToList();
        int redecided = changes.Pairs.Sum(h => h.Redecided);
        return $"Compared with {string.Join("; ", runs)}: {Headline.Many(changes.Compared, "case")} that both judged."
            + (
                redecided > 0
                    ? $" {Headline.Many(redecided, "case")} of them decided differently, as predicted on both sides."
                    : ""
            )
            + (
                alone.Count > 0
                    ? $" {(chosen ? "Only in the newer run:" : "Nothing earlier compares with")} {Some(alone)}."
                    : ""
            )
            + (gone.Count > 0 ? $" No longer run: {Some(gone)}." : "");
    }

    private static void Tally(HtmlWriter html, Comparison changes)
    {
        var shown = Enum.GetValues<ChangeKind>()
            .Where(k =>
                k
                    is ChangeKind.Regression
                        or ChangeKind.Fix
                        or ChangeKind.Unstable
                        or ChangeKind.New
                        or ChangeKind.Vanished
                || changes.Count(k) > 0
            );
        using (html.Open("ul", ("class", "tally")))
            foreach (var kind in shown)
                using (html.Open("li", ("class", changes.Count(kind) == 0 ? "soft" : Tone(kind))))
                    html.Element("b", Headline.Number(changes.Count(kind)))
                        .Text($" {Words(kind, changes.Count(kind))}");
    }

    private static void Properties(HtmlWriter html, bool areNew, IReadOnlyList<PropertyChange> changes)
    {
        using (html.Open("details", ("class", "changes"), ("open", areNew ? "" : null)))
        {
            using (html.Open("summary", ("class", areNew ? "bad" : "good")))
                html.Symbol(areNew ? "mismatch" : "match")
                    .Text(
                        $"{Headline.Number(changes.Count)} safety {(changes.Count == 1 ? "property" : "properties")} {(areNew ? "newly" : "no longer")} violated"
                    );
            foreach (var change in changes)
                using (html.Open("div", ("class", "change")))
                {
                    using (html.Open("p"))
                    {
                        html.Element("b", Headline.Number(change.Cases)).Text(" ").Element("b", change.Name);
                        html.Element(
                            "span",
                            $" on {Some([.. change.Targets.Keys])}, {PropertyWords.Predicted(change)}: {change.Says}",
                            ("class", "soft")
                        );
                    }
                    using (html.Open("p"))
                        html.Text("such as ")
                            .Case(change.CaseId)
                            .Text(" ")
                            .Element("span", $"{CaseTitle.Short(change.Title)} on {change.Target}", ("class", "title"));
                }
        }
    }

    private static void Kind(HtmlWriter html, ChangeKind kind, IReadOnlyList<ChangeGroup> groups)
    {
        bool urgent = kind <= ChangeKind.OtherwiseBad;
        using (html.Open("details", ("class", "changes"), ("open", urgent ? "" : null)))
        {
            using (html.Open("summary", ("class", Tone(kind))))
                html.Symbol(
                        urgent ? "mismatch"
                        : kind == ChangeKind.Fix ? "match"
                        : kind == ChangeKind.Unstable ? "unstable"
                        : "known"
                    )
                    .Text($"{Headline.Number(groups.Sum(g => g.Cases))} {Words(kind, groups.Sum(g => g.Cases))}");
            foreach (var group in groups)
                Group(html, group);
        }
    }

    private static void Group(HtmlWriter html, ChangeGroup group)
    {
        using (html.Open("div", ("class", "change")))
        {
            using (html.Open("p"))
            {
                html.Element("b", Headline.Number(group.Cases)).Text(" ");
                State(html, group.From);
                html.Text(" → ");
                State(html, group.To);
                if (group.Rule is not null)
                    html.Text(" ").Element("code", group.Rule);
                html.Element("span", $" on {Some([.. group.Targets.Keys])}", ("class", "soft"));
            }
            string who = string.Join(
                "; ",
                new[] { ChangeWords.Of(group.Who), group.Reason }.Where(w => !string.IsNullOrEmpty(w))
            );
            if (who.Length > 0)
                html.Element("p", who, ("class", "soft"));
            if (group.Kind is ChangeKind.New or ChangeKind.Vanished or ChangeKind.Gained)
                return;
            using (html.Open("ul"))
                foreach (var change in group.Examples)
                    Change(html, change);
            if (group.Cases > group.Examples.Count)
                html.Element("p", $"and {Headline.Number(group.Cases - group.Examples.Count)} more", ("class", "soft"));
        }
    }

    private static void Change(HtmlWriter html, CaseChange change)
    {
        using (html.Open("li"))
        {
            html.Case(change.CaseId)
                .Text(" ")
                .Element("span", $"{CaseTitle.Short(change.Title)} on {change.Target}", ("class", "title"));
            var (then, since) = (StoredOutcome.Observed(change.Before), StoredOutcome.Observed(change.After));
            if (then.Text is null || since.Text is null || then.SameAs(since))
                return;
            using (html.Open("dl", ("class", "facts")))
            {
                var (before, now) = OutcomeDifference.First(then, since);
                html.Fact("before", before);
                html.Fact("now", now);
            }
        }
    }

    private static void State(HtmlWriter html, string? verdict)
    {
        if (verdict is null)
            html.Element("span", "not run", ("class", "soft"));
        else
            html.Verdict(verdict);
    }

    private static string Some(IReadOnlyList<string> hosts) =>
        hosts.Count <= 8 ? string.Join(", ", hosts) : $"{string.Join(", ", hosts.Take(6))} and {hosts.Count - 6} more";

    private static string Tone(ChangeKind kind) =>
        kind switch
        {
            ChangeKind.Regression or ChangeKind.GainedBad or ChangeKind.NewBad => "bad",
            ChangeKind.OtherwiseBad or ChangeKind.Unstable or ChangeKind.Lost => "doubt",
            ChangeKind.Fix => "good",
            _ => "note",
        };

    private static string Words(ChangeKind kind, int count) =>
        kind switch
        {
            ChangeKind.Regression => count == 1 ? "regression" : "regressions",
            ChangeKind.Lost => "lost: judged before, no answer now",
            ChangeKind.Gained => "gained: no answer before",
            _ => ChangeWords.Of(kind),
        };
}
