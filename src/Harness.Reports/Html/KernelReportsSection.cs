using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>What kernels reported in their logs, by title; nothing where none did.</summary>
internal sealed class KernelReportsSection(IReadOnlyList<KernelReportCount> reports)
{
    public void Write(HtmlWriter html)
    {
        if (reports.Count == 0)
            return;
        using (html.Open("section", ("id", "kernel-reports"), ("aria-labelledby", "h-kernel-reports")))
        {
            html.Element("h2", "What kernels reported", ("id", "h-kernel-reports"));
            html.Element(
                "p",
                "Warnings, Oopses, panics and stalls in the logs of the hosts while cases ran. Of several cases that ran at once each has what names the process of none. "
                    + "A title is the same whenever the same happens. No verdict of a case depends on them, except on a crash or a hang what is at fault.",
                ("class", "soft")
            );
            using (
                html.Open(
                    "div",
                    ("class", "scroll"),
                    ("role", "region"),
                    ("aria-labelledby", "h-kernel-reports"),
                    ("tabindex", "0")
                )
            )
            using (html.Open("table"))
            {
                using (html.Open("thead"))
                using (html.Open("tr"))
                    foreach (
                        string head in (ReadOnlySpan<string>)["report", "kind", "results", "on", "before", "such as"]
                    )
                        html.Element("th", head, ("scope", "col"));
                using (html.Open("tbody"))
                    foreach (var report in reports)
                        Row(html, report);
            }
        }
        html.Line();
    }

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
                html.Element("code", string.Join(' ', report.Cases), ("class", "id"));
        }
    }
}
