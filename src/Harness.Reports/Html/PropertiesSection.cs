using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>The safety properties that results violate; nothing where none does.</summary>
internal sealed class PropertiesSection(RunSummary run, BrokenProperties broken, KnownFindings known)
{
    public void Write(HtmlWriter html)
    {
        if (broken.Cases == 0)
            return;
        TableSection.Write(
            html,
            "properties",
            "Safety properties that were broken",
            "By what was observed, whatever the verdicts are: a case matches if the kernel does what its sources say, and that may be harmful.",
            ["property", "cases", "on", "said by the policy", "findings", "such as"],
            broken.Properties,
            Row
        );
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
            html.Element("td", string.Join(", ", known.Of(run, property)));
            using (html.Open("td"))
            {
                html.Case(property.CaseId).Text($" on {property.Target}: {CaseTitle.Short(property.Title)}");
                if (PropertyWords.Explain(run, property) is { } command)
                    html.Text(" ").Element("code", command);
            }
        }
    }
}
