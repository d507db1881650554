using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>What kernels reported in their logs, by title; nothing where none did.</summary>
internal sealed class KernelReportsSection(IReadOnlyList<KernelReportCount> reports)
{
    public void Write(HtmlWriter html) =>
        TableSection.Write(
            html,
            "kernel-reports",
            "What kernels reported",
            "Warnings, Oopses, panics and stalls in the logs of the hosts while cases ran. Where several cases ran at once, a report counts for the case whose process it names, and for each of them if it names none. "
                + "A title is the same whenever the same happens. No verdict depends on them; after a crash or a hang they decide what is at fault.",
            ["report", "kind", "results", "on", "before", "such as"],
            reports,
            Row
        );

    private static void Row(HtmlWriter html, KernelReportCount report)
    {
        using (html.Open("tr"))
        {
            using (html.Open("td"))
            {
                html.Element("b", report.Title);
                if (KernelReportWords.Cause(report.Cause) is { } cause)
                    html.Text(" ").Element("span", cause, ("class", "soft"));
            }
            html.Element("td", report.Kind);
            html.Element("td", Headline.Number(report.Results));
            html.Element("td", string.Join(", ", report.Targets));
            html.Element("td", KernelReportWords.Seen(report));
            using (html.Open("td"))
                foreach (string id in report.Cases)
                    html.Case(id).Text(" ");
        }
    }
}
