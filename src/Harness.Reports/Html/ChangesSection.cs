namespace Harness.Reports.Html;

/// <summary>What is not as it was in the last run that compares.</summary>
internal sealed class ChangesSection(ReportModel model)
{
    /// <summary>Cases named of each kind; the rest is counted.</summary>
    private const int Named = 200;

    private readonly IReadOnlyDictionary<string, ReportedCase> _cases = model.Cases.ToDictionary(c => c.Id);

    public void Write(HtmlWriter html)
    {
        var changes = model.Changes;
        using (html.Open("section", ("id", "changes"), ("aria-labelledby", "h-changes")))
        {
            html.Element("h2", "Since the last run", ("id", "h-changes"));
            if (changes.Against.Count == 0)
            {
                html.Element("p", "No earlier run compares with this one: none has the same model, probe, policy and capabilities on any of its hosts.", ("class", "soft"));
                return;
            }
            using (html.Open("p", ("class", "soft")))
            {
                html.Text("Compared with ");
                html.Text(string.Join("; ", changes.Against.Select(a => $"{a.Run} ({string.Join(", ", a.Targets)})")));
                html.Text($". {Headline.Many(changes.Same, "result")} came out as before.");
                if (changes.Alone.Count > 0)
                    html.Text($" Nothing compares with {string.Join(", ", changes.Alone)}.");
            }
            (string Title, string Tone, IReadOnlyList<CaseChange> Of)[] kinds =
            [
                ("regressions", "bad", changes.Regressions), ("fixes", "good", changes.Fixes), ("unstable", "doubt", changes.Unstable),
                ("changed otherwise", "note", changes.Others), ("new cases", "note", changes.Added), ("vanished cases", "note", changes.Vanished),
            ];
            using (html.Open("ul", ("class", "tally")))
                foreach (var (title, tone, of) in kinds)
                    using (html.Open("li", ("class", of.Count == 0 ? "soft" : tone)))
                        html.Element("b", Headline.Number(of.Count)).Text(" " + title);
            foreach (var (title, tone, of) in kinds.Where(k => k.Of.Count > 0))
                using (html.Open("details", ("class", "changes"), ("open", title == "regressions" ? "" : null)))
                {
                    html.Element("summary", $"{Headline.Number(of.Count)} {title}", ("class", tone));
                    using (html.Open("div", ("class", "wide"), ("tabindex", "0"), ("role", "region"), ("aria-label", title)))
                    using (html.Open("table"))
                    {
                        using (html.Open("thead"))
                        using (html.Open("tr"))
                            foreach (string head in new[] { "case", "host", "before", "now" })
                                html.Element("th", head, ("scope", "col"));
                        using (html.Open("tbody"))
                            foreach (var change in of.Take(Named))
                                Row(html, change);
                    }
                    if (of.Count > Named)
                        html.Element("p", $"and {Headline.Number(of.Count - Named)} more", ("class", "soft"));
                }
        }
        html.Line();
    }

    private void Row(HtmlWriter html, CaseChange change)
    {
        using (html.Open("tr"))
        {
            using (html.Open("td"))
            {
                html.Element("code", change.CaseId).Text(" ");
                html.Element("span", _cases.GetValueOrDefault(change.CaseId)?.Title, ("class", "soft"));
            }
            html.Element("td", change.Target);
            State(html, change.Before, change.ObservedBefore);
            State(html, change.After, change.ObservedAfter);
        }
    }

    private static void State(HtmlWriter html, string? verdict, string? observed)
    {
        using (html.Open("td"))
        {
            if (verdict is null)
                html.Element("span", "not asked", ("class", "soft"));
            else
            {
                html.Verdict(verdict).Text(" ");
                html.Element("span", observed, ("class", "soft"));
            }
        }
    }
}
