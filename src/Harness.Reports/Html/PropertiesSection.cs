using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>The safety properties that results violate; nothing where none does.</summary>
internal sealed class PropertiesSection(RunSummary run, BrokenProperties broken)
{
    private static readonly string[] s_heads = ["property", "cases", "on", "said by the policy", "such as"];

    public void Write(HtmlWriter html)
    {
        if (broken.Cases == 0)
            return;
        using (html.Open("section", ("id", "properties"), ("aria-labelledby", "h-properties")))
        {
            html.Element("h2", "Safety properties that were broken", ("id", "h-properties"));
            html.Element(
                "p",
                "By what was observed, whatever the verdicts are: a case matches if the kernel does what its sources say, and that may be harmful.",
                ("class", "soft")
            );
            using (
                html.Open(
                    "div",
                    ("class", "scroll"),
                    ("role", "region"),
                    ("aria-labelledby", "h-properties"),
                    ("tabindex", "0")
                )
            )
            using (html.Open("table"))
            {
                using (html.Open("thead"))
                using (html.Open("tr"))
                    foreach (string head in s_heads)
                        html.Element("th", head, ("scope", "col"));
                using (html.Open("tbody"))
                    foreach (var property in broken.Properties)
                        Row(html, property);
            }
        }
        html.Line();
    }

    private void Row(HtmlWriter html, BrokenProperty property)
    {
        using (html.Open("tr"))
        {
            using (html.Open("td"))
            {
                html.Element("b", property.Name);
                html.Text(" ").Element("span", property.Says, ("class", "soft"));
            }
            html.Element("td", Headline.Number(property.Cases));
            html.Element("td", string.Join(", ", property.Targets));
            html.Element("td", PropertyWords.Standing(run, property));
            using (html.Open("td"))
            {
                html.Element("code", property.CaseId, ("class", "id"))
                    .Text($" on {property.Target}: {CaseTitle.Short(property.Title)}");
                if (PropertyWords.Explain(property) is { } command)
                    html.Text(" ").Element("code", command);
            }
        }
    }
}
