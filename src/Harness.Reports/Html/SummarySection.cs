using System.Globalization;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>What happened, in one line; then in numbers; then the properties of the run.</summary>
internal sealed class SummarySection(ReportModel model)
{
    public void Write(HtmlWriter html)
    {
        var line = model.Headline;
        using (
            html.Open(
                "section",
                ("id", "summary"),
                ("class", $"headline {Page.Tone(line.Level)}"),
                ("aria-labelledby", "headline")
            )
        )
        {
            using (html.Open("h1", ("id", "headline")))
            {
                html.Symbol(line.Word);
                html.Element("span", line.Word, ("class", "level")).Text(" ");
                html.Element("span", line.What);
            }
            html.Element("p", line.Scope + Times(), ("class", "of"));
            Verdicts(html);
            Unread(html);
        }
        html.Line();
        using (html.Open("section", ("class", "facts-of-run"), ("aria-label", "The run")))
        {
            var run = model.Run.Run;
            using (html.Open("dl", ("class", "facts")))
            {
                html.Fact("command", run.CommandLine, code: true);
                html.Fact("policy", run.Policy ?? "each host's kernel's own");
                html.Fact("suite", run.Suite);
                html.Fact("shards", run.Shard?.Words);
                html.Fact("time", Time(run.StartedUtc) + (model.Run.FinishedUtc is { } end ? $" to {Time(end)}" : ""));
                html.Fact(
                    "state",
                    model.Run.State == States.Finished
                        ? null
                        : model.Run.State + (model.Run.Reason is { } why ? $": {why}" : "")
                );
                html.Fact(
                    "made by",
                    $"harness {run.HarnessVersion}, model {ShortHash.Of(run.ModelHash)}, probe {ShortHash.Of(run.ProbeHash)}"
                );
            }
            Known(html);
        }
        html.Line();
    }

    private void Verdicts(HtmlWriter html)
    {
        int all = model.Verdicts.Values.Sum();
        if (all == 0)
            return;
        using (html.Open("ul", ("class", "verdicts"), ("aria-label", "Verdicts")))
            foreach (string verdict in Store.Verdicts.All.Where(model.Verdicts.ContainsKey))
                using (html.Open("li"))
                using (html.Open("a", ("href", $"#verdict={verdict}"), ("class", Symbols.ToneOf(verdict))))
                {
                    html.Symbol(verdict);
                    html.Element("b", Headline.Number(model.Verdicts[verdict]));
                    html.Text(" " + verdict);
                }
    }

    /// <summary>Releases that have not been read: what they decide differently, and how to find the change.</summary>
    private void Unread(HtmlWriter html)
    {
        if (model.Unread.Count == 0)
            return;
        using (html.Open("ul", ("class", "unread"), ("aria-label", "Releases that have not been read")))
            foreach (var unread in model.Unread)
                using (html.Open("li"))
                {
                    html.Symbol(Store.Verdicts.Unverified, unread.Cases > 0 ? "doubt" : "soft");
                    html.Element("b", unread.Host.Host.Target).Text($": {unread.Sentence}");
                    if (unread.Rules.Count > 0)
                        html.Text(
                            $", by {string.Join(", ", unread.Rules.Select(r => $"{r.Rule} ({Headline.Number(r.Rows.Count)})"))}"
                        );
                    html.Text(". ");
                    if (unread.Command is { } command)
                        html.Element("code", command);
                }
    }

    private void Known(HtmlWriter html)
    {
        var entries = model
            .Run.Hosts.SelectMany(h => h.Known.Select(k => (Host: h.Host.Target, Known: k)))
            .GroupBy(k => k.Known.Name, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .ToList();
        if (entries.Count == 0)
            return;
        html.Element("h2", "Known differences", ("id", "known"));
        using (html.Open("ul", ("class", "known")))
            foreach (var entry in entries)
            {
                var one = entry.First().Known;
                var stale = entry.Where(e => e.Known.IsStale).Select(e => e.Host).ToList();
                var expired = entry.Where(e => e.Known.Expired).Select(e => e.Host).ToList();
                int met = entry.Sum(e => e.Known.Met);
                using (html.Open("li"))
                {
                    html.Symbol(Store.Verdicts.Known, "note");
                    html.Element("b", one.Name).Text($": {one.Reason} ");
                    html.Element(
                        "span",
                        $"Culprit {one.Culprit}; {Headline.Many(met, "case")} of {Headline.Number(entry.Sum(e => e.Known.Asked))} run differ as described.",
                        ("class", "soft")
                    );
                    if (one.Link is { Length: > 0 } link)
                        html.Text(" ").Element("span", link, ("class", "soft breaks"));
                    if (stale.Count > 0)
                        ErrorSummary(
                            html,
                            $"No longer applies on {string.Join(", ", stale)}: none of its cases still differs. It can be removed."
                        );
                    if (expired.Count > 0)
                        ErrorSummary(
                            html,
                            $"Expired for the kernel of {string.Join(", ", expired)}: it excuses nothing there."
                        );
                }
            }
    }

    private static void ErrorSummary(HtmlWriter html, string text)
    {
        using (html.Open("p", ("class", "doubt")))
            html.Symbol("amber").Text(text);
    }

    private string Times()
    {
        if (model.Run.FinishedUtc is not { } end)
            return "";
        var took = end - model.Run.Run.StartedUtc;
        return ", in "
            + (
                took.TotalHours >= 1 ? $"{Math.Floor(took.TotalHours):0}\u00a0h {took.Minutes}\u00a0min"
                : took.TotalMinutes >= 1 ? $"{took.Minutes}\u00a0min {took.Seconds}\u00a0s"
                : $"{took.Seconds}\u00a0s"
            );
    }

    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
