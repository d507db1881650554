using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harness.Reports.Migrations;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>Every result, as data that the script shows one screen at a time.</summary>
internal sealed class ListSection(ReportModel model)
{
    /// <summary>Escapes all of HTML's special characters, in particular "&lt;".</summary>
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.Default };

    public void Write(HtmlWriter html, TextWriter to)
    {
        using (html.Open("section", ("id", "list"), ("aria-labelledby", "h-list")))
        {
            html.Element("h2", "All cases", ("id", "h-list"));
            using (html.Open("noscript"))
                html.Element(
                    "p",
                    "Listing, filtering and searching all cases takes JavaScript. Everything above does without.",
                    ("class", "soft")
                );
            using (html.Open("form", ("class", "filters"), ("id", "filters"), ("role", "search"), ("hidden", "")))
            {
                using (html.Open("label", ("class", "text")))
                {
                    html.Element("span", "search");
                    html.Void(
                        "input",
                        ("type", "search"),
                        ("id", "q"),
                        ("autocomplete", "off"),
                        ("spellcheck", "false"),
                        ("placeholder", "pfnmap slot=ro EINVAL")
                    );
                }
                Choice(html, "verdict", Verdicts.All.Where(model.Verdicts.ContainsKey));
                Choice(html, "host", model.Hosts.Select(h => h.Host.Host.Target));
                Choice(html, "class", model.Cases.Select(c => c.Class).Distinct().Order(StringComparer.Ordinal));
                Choice(
                    html,
                    "access",
                    model.Cases.SelectMany(c => c.Accesses).Distinct().Order(StringComparer.Ordinal)
                );
                Choice(html, "rule", model.RuleNames.Texts.Skip(1).Order(StringComparer.Ordinal));
                html.Element("button", "Clear", ("type", "button"), ("id", "clear"));
            }
            html.Element("p", "", ("id", "count"), ("class", "soft"), ("role", "status"), ("aria-live", "polite"));
            using (html.Open("div", ("class", "browser"), ("id", "browser"), ("hidden", "")))
            {
                html.Element(
                    "div",
                    "",
                    ("id", "rows"),
                    ("role", "listbox"),
                    ("tabindex", "0"),
                    ("aria-label", "Results"),
                    ("aria-controls", "one")
                );
                html.Element(
                    "div",
                    "",
                    ("id", "one"),
                    ("role", "region"),
                    ("aria-label", "The selected result"),
                    ("tabindex", "-1")
                );
            }
            using (html.Open("p", ("class", "keys soft"), ("id", "keys"), ("hidden", "")))
                html.Element("kbd", "/")
                    .Text(" search ")
                    .Element("kbd", "j")
                    .Text(" ")
                    .Element("kbd", "k")
                    .Text(" or arrows move ")
                    .Element("kbd", "Enter")
                    .Text(" opens ")
                    .Element("kbd", "Esc")
                    .Text(" goes back");
        }
        html.Line();
        using (html.Open("script", ("type", "application/json"), ("id", "data")))
            Data(to);
        html.Line();
    }

    private static void Choice(HtmlWriter html, string name, IEnumerable<string> values)
    {
        using (html.Open("label"))
        {
            html.Element("span", name);
            using (html.Open("select", ("id", $"f-{name}"), ("name", name)))
            {
                html.Element("option", "any", ("value", ""));
                foreach (string value in values)
                    html.Element("option", value, ("value", value));
            }
        }
    }

    private void Data(TextWriter to)
    {
        Part(to, "{\"run\":", json => json.WriteStringValue(model.Run.Run.Id));
        Part(to, ",\"policy\":", json => json.WriteStringValue(model.Run.Run.Policy));
        Part(to, ",\"verdicts\":", json => Texts(json, Verdicts.All));
        Part(to, ",\"tones\":", json => Texts(json, Verdicts.All.Select(Symbols.ToneOf)));
        Part(to, ",\"outcomes\":", json => Texts(json, model.Outcomes.Texts));
        Part(to, ",\"rules\":", json => Texts(json, model.RuleNames.Texts));
        Part(to, ",\"reasons\":", json => Texts(json, model.Reasons.Texts));
        Part(to, ",\"levels\":", json => Texts(json, model.Levels.Texts));
        var classes = new Numbered();
        var accesses = new Numbered();
        Part(to, ",\"says\":", Says);
        Part(to, ",\"ids\":", json => json.WriteStringValue(string.Join(' ', model.Cases.Select(c => c.Id))));
        Part(to, ",\"titles\":", json => Texts(json, model.Cases.Select(c => c.Title)));
        Part(to, ",\"classOf\":", json => Numbers(json, model.Cases.Select(c => classes.Of(c.Class))));
        Part(to, ",\"accessOf\":", json =>
            Numbers(json, model.Cases.Select(c => accesses.Of(string.Join(',', c.Accesses))))
        );
        Part(to, ",\"classes\":", json => Texts(json, classes.Texts));
        Part(to, ",\"accesses\":", json => Texts(json, accesses.Texts));
        Part(to, ",\"full\":", Full);
        Part(to, ",\"more\":", More);
        if (model.Moves.Count > 0)
            Part(to, ",\"moves\":", json => MigrationsData.Write(json, model, Shown));
        to.Write(",\"hosts\":[");
        for (int i = 0; i < model.Hosts.Count; i++)
        {
            var host = model.Hosts[i];
            Part(to, i == 0 ? "{\"name\":" : ",{\"name\":", json =>
                json.WriteStringValue(Shown(host.Host.Host.Target))
            );
            Part(to, ",\"kernel\":", json => json.WriteStringValue(Shown(host.Host.Host.KernelRelease ?? "")));
            Part(to, ",\"policy\":", json => json.WriteStringValue(host.Host.Host.Policy));
            if (PairTarget.IsPair(host.Host))
            {
                Part(to, ",\"from\":", json => json.WriteStringValue(Shown(host.Host.Host.Source!)));
                Part(to, ",\"to\":", json => json.WriteStringValue(Shown(host.Host.Host.Destination!)));
            }
            Part(to, ",\"c\":", json => Numbers(json, host.Results.Select(r => r.Case)));
            Part(to, ",\"v\":", json => Numbers(json, host.Results.Select(r => (int)r.Verdict)));
            Part(to, ",\"o\":", json => Numbers(json, host.Results.Select(r => r.Outcome)));
            Part(to, ",\"r\":", json => Numbers(json, host.Results.Select(r => r.Rule)));
            Part(to, ",\"w\":", json => Numbers(json, host.Results.Select(r => r.Reason)));
            Part(to, ",\"e\":", json => Numbers(json, host.Results.Select(r => (int)r.Evidence)));
            to.Write('}');
        }
        to.Write("]}");
    }

    /// <summary>The sentences of the rules, by policy and name.</summary>
    private void Says(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        var named = model.RuleNames.Texts.ToHashSet(StringComparer.Ordinal);
        foreach (
            var policy in model
                .Rules.Where(r => named.Contains(r.Key.Name))
                .GroupBy(r => r.Key.Policy)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
        )
        {
            json.WriteStartObject(Shown(policy.Key));
            foreach (var rule in policy.OrderBy(r => r.Key.Name, StringComparer.Ordinal))
            {
                json.WriteStartArray(Shown(rule.Key.Name));
                json.WriteStringValue(Shown(rule.Value.Says));
                json.WriteStringValue(Shown(rule.Value.Source));
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>Results with their own section: "ID host" to the anchor.</summary>
    private void Full(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var row in model.Findings.SelectMany(g => g.Rows.Take(g.InFull)))
            json.WriteString($"{row.CaseId} {Shown(row.Target)}", FindingGroup.AnchorOf(row));
        json.WriteEndObject();
    }

    /// <summary>The prediction and the decoded evidence of results that need attention and have no section.</summary>
    private void More(Utf8JsonWriter json)
    {
        var full = model.Findings.SelectMany(g => g.Rows.Take(g.InFull)).Select(r => (r.CaseId, r.Target)).ToHashSet();
        json.WriteStartObject();
        foreach (var result in model.NeedingAttention.Where(t => !full.Contains((t.CaseId, t.Target))))
        {
            json.WriteStartArray($"{result.CaseId} {Shown(result.Target)}");
            json.WriteStringValue(Shown(result.Predicted ?? ""));
            json.WriteStringValue(Shown(result.Details ?? ""));
            json.WriteStringValue(Shown(result.Reason ?? ""));
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void Part(TextWriter to, string name, Action<Utf8JsonWriter> value)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_options))
            value(json);
        to.Write(name);
        to.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void Texts(Utf8JsonWriter json, IEnumerable<string> texts)
    {
        json.WriteStartArray();
        foreach (string text in texts)
            json.WriteStringValue(Shown(text));
        json.WriteEndArray();
    }

    private static void Numbers(Utf8JsonWriter json, IEnumerable<int> numbers)
    {
        json.WriteStartArray();
        foreach (int number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    /// <summary>
    /// The script shows it as text; characters that could hide or reverse it are made visible here, as everywhere.
    /// </summary>
    private static string Shown(string text) => Printable.Of(text, keepLines: true);
}
