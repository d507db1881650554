using System.Text.Json;
using Harness.Reports.Migrations;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>Each host with everything that is known about it.</summary>
internal sealed class HostsSection(ReportModel model)
{
    public void Write(HtmlWriter html)
    {
        using (html.Open("section", ("id", "hosts"), ("aria-labelledby", "h-hosts")))
        {
            html.Element("h2", "Hosts", ("id", "h-hosts"));
            foreach (var host in model.Machines)
                Host(html, host.Host);
            Pairs(html, [.. model.Run.Hosts.Where(PairTarget.IsPair)]);
        }
        html.Line();
    }

    /// <summary>There is one for every two targets: the description is that of the targets.</summary>
    private static void Pairs(HtmlWriter html, IReadOnlyList<HostSummary> pairs)
    {
        if (pairs.Count == 0)
            return;
        var targets = PairTarget.Of(pairs);
        html.Element(
            "p",
            $"{Headline.Many(targets.Count, "target")}, of which VMs were moved between {Headline.Many(pairs.Count, "pair")}.",
            ("class", "soft")
        );
        foreach (var failed in pairs.Where(p => p.State == States.Failed).GroupBy(p => p.Reason))
            using (html.Open("p", ("class", "doubt")))
                html.Symbol("amber")
                    .Text(
                        $"{(failed.Count() == 1 ? failed.First().Host.Target : Headline.Many(failed.Count(), "pair"))} failed: {failed.Key ?? "no reason was given"}"
                    );
        foreach (var target in targets)
            Host(
                html,
                new HostSummary(
                    0,
                    target.Host,
                    States.Finished,
                    target.Host.KernelRelease is null ? "never connected" : null,
                    0,
                    null,
                    null,
                    null,
                    new Dictionary<string, int>(),
                    new Dictionary<string, int>(),
                    new Dictionary<string, int>()
                )
            );
        var reasons = pairs
            .SelectMany(p => p.SkipReasons)
            .GroupBy(r => r.Key)
            .Select(g => (g.Key, Count: g.Sum(r => r.Value)))
            .OrderByDescending(r => r.Count)
            .ToList();
        if (reasons.Count == 0)
            return;
        html.Element("h3", "Why migrations were skipped");
        using (html.Open("ul", ("class", "reasons")))
            foreach (var (reason, count) in reasons)
                using (html.Open("li"))
                    html.Element("b", Headline.Number(count)).Text(" " + reason);
    }

    private static void Host(HtmlWriter html, HostSummary summary)
    {
        var host = summary.Host;
        var facts = HostFact.Of(host.Facts);
        var unclear = facts.Where(f => f.Unknown is not null).ToList();
        using (html.Open("details", ("class", "host")))
        {
            using (html.Open("summary"))
            {
                html.Element("span", host.Target, ("class", "target"));
                html.Element("span", host.KernelRelease ?? summary.Reason ?? "never answered", ("class", "kernel"));
                html.Element("span", host.Cpu, ("class", "cpu"));
                using (html.Open("span", ("class", "counts")))
                {
                    if (summary.State != States.Finished)
                        html.Element(
                            "span",
                            summary.State,
                            ("class", summary.State == States.Failed ? "doubt" : "note")
                        );
                    foreach (string verdict in Verdicts.All.Where(summary.Verdicts.ContainsKey))
                        using (html.Open("span", ("class", Symbols.ToneOf(verdict))))
                            html.Symbol(verdict)
                                .Text(Headline.Number(summary.Verdicts[verdict]))
                                .Element("span", " " + verdict, ("class", "word"));
                    foreach (var fact in unclear)
                        using (html.Open("span", ("class", "doubt")))
                            html.Symbol("amber")
                                .Text($"{fact.Name} {(fact.Contradicted ? "contradicted" : "unknown")}");
                }
                html.Element("span", HostTime.Of(summary), ("class", "time"));
            }
            using (html.Open("dl", ("class", "facts")))
            {
                html.Fact("kind", host.Kind + (host.Platform is { } platform ? $", executed by {platform}" : ""));
                html.Fact("state", summary.State + (summary.Reason is { } reason ? $": {reason}" : ""));
                html.Fact("kernel", host.KernelVersion ?? host.KernelRelease);
                html.Fact("build id", host.BuildId, code: true);
                html.Fact("CPU and mode", host.Cpu);
                html.Fact(
                    "evidence",
                    host.KernelRelease is null ? null
                        : host.Evidence is { Count: > 0 } levels ? string.Join(", ", levels)
                        : "none"
                );
                html.Fact("policy", host.Policy);
                html.Fact("started", summary.StartedUtc is { } start ? SummarySection.Time(start) : null);
                html.Fact("time", HostTime.Of(summary));
                html.Fact(
                    "matches by evidence",
                    string.Join(", ", summary.MatchEvidence.Select(e => $"{e.Key} {Headline.Number(e.Value)}"))
                );
                html.Fact("QEMU", host.IsRestored ? $"{host.QemuVersion}, restored" : host.QemuVersion);
                html.Fact("QEMU command", host.QemuCommandLine, code: true);
                html.Fact("image", host.ImageHash, code: true);
                html.Fact("boot id", host.BootId, code: true);
            }
            if (unclear.Count > 0)
                using (html.Open("ul", ("class", "unclear")))
                    foreach (var fact in unclear)
                        using (html.Open("li", ("class", "doubt")))
                            html.Symbol("amber").Text($"{fact.Name}: {fact.Unknown}");
            if (summary.SkipReasons.Count > 0)
            {
                html.Element("h3", "Why cases were skipped");
                using (html.Open("ul", ("class", "reasons")))
                    foreach (var (reason, cases) in summary.SkipReasons)
                        using (html.Open("li"))
                            html.Element("b", Headline.Number(cases)).Text(" " + reason);
            }
            Settled(html, facts);
            Capabilities(html, host.Capabilities);
        }
        html.Line();
    }

    private static void Settled(HtmlWriter html, IReadOnlyList<HostFact> facts)
    {
        if (facts.Count == 0)
            return;
        html.Element("h3", "Facts and their sources");
        using (
            html.Open(
                "div",
                ("class", "wide"),
                ("tabindex", "0"),
                ("role", "region"),
                ("aria-label", "Facts and their sources")
            )
        )
        using (html.Open("table", ("class", "told")))
        using (html.Open("tbody"))
            foreach (var fact in facts)
                using (html.Open("tr"))
                {
                    html.Element("th", fact.Name, ("scope", "row"));
                    html.Element(
                        "td",
                        fact.Value ?? (fact.Contradicted ? "contradicted" : "unknown"),
                        ("class", fact.Value is null ? "doubt" : null)
                    );
                    html.Element(
                        "td",
                        string.Join("; ", fact.By.Select(b => fact.Contradicted ? $"{b.Source}: {b.Says}" : b.Source)),
                        ("class", "soft")
                    );
                }
    }

    private static void Capabilities(HtmlWriter html, string? capabilities)
    {
        if (capabilities is null)
            return;
        using (html.Open("details", ("class", "inner")))
        {
            html.Element("summary", "KVM capabilities");
            using var document = JsonDocument.Parse(capabilities);
            using (html.Open("pre"))
                html.Text(JsonSerializer.Serialize(document.RootElement, s_indented), keepLines: true);
        }
    }

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n" };
}
