using System.Security.Cryptography;
using System.Text;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>The page: its head, and its sections in order.</summary>
internal sealed class Page(ReportModel model, ResultStore store)
{
    private static readonly Lazy<string> s_style = new(() => Palette.StyleSheet() + Asset("report.css"));
    private static readonly Lazy<string> s_script = new(() => Asset("report.js"));

    private readonly IReadOnlyList<KernelReportCount> _kernelReports = store.KernelReports(model.Run.Run.Id);

    public void Write(TextWriter to)
    {
        var html = new HtmlWriter(to);
        html.Own("<!doctype html>\n");
        using (html.Open("html", ("lang", "en")))
        {
            Head(html);
            html.Line();
            using (html.Open("body"))
            {
                html.Own(Symbols.Sprite).Line();
                html.Element(
                    "a",
                    "Skip to the findings",
                    ("class", "skip"),
                    ("href", model.Findings.Count > 0 ? "#findings" : "#list")
                );
                Bar(html);
                using (html.Open("main", ("id", "main")))
                {
                    new SummarySection(model).Write(html);
                    new PropertiesSection(model.Run, model.Broken).Write(html);
                    new KernelReportsSection(_kernelReports).Write(html);
                    var findings = new FindingsSection(model, store);
                    findings.WriteContents(html);
                    new ChangesSection(model).Write(html);
                    new MigrationsSection(model).Write(html);
                    new MatrixSection(model).Write(html);
                    findings.WriteAll(html);
                    new HostsSection(model).Write(html);
                    new ListSection(model).Write(html, to);
                }
                html.Line();
                using (html.Open("script"))
                    html.Own(s_script.Value);
                html.Line();
            }
        }
        html.Line();
    }

    private void Head(HtmlWriter html)
    {
        using (html.Open("head"))
        {
            html.Void("meta", ("charset", "utf-8")).Line();
            // Nothing may be fetched, from anywhere; only styles and scripts of this file are allowed.
            html.Void(
                    "meta",
                    ("http-equiv", "Content-Security-Policy"),
                    (
                        "content",
                        $"default-src 'none'; style-src '{Hash(s_style.Value)}'; script-src '{Hash(s_script.Value)}'; img-src data:; base-uri 'none'; form-action 'none'"
                    )
                )
                .Line();
            html.Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line();
            html.Void("meta", ("name", "color-scheme"), ("content", "light dark")).Line();
            html.Void(
                    "link",
                    ("rel", "icon"),
                    ("href", "data:image/svg+xml," + Uri.EscapeDataString(Icon(model.Headline.Level)))
                )
                .Line();
            html.Element("title", $"{model.Headline.Word}: {model.Headline.What} ({model.Run.Run.Id})").Line();
            using (html.Open("style"))
                html.Own(s_style.Value);
        }
    }

    private void Bar(HtmlWriter html)
    {
        using (html.Open("header", ("class", "bar")))
        {
            using (html.Open("span", ("class", "name")))
                html.Symbol(model.Headline.Word, Tone(model.Headline.Level)).Text(model.Run.Run.Id);
            using (html.Open("nav", ("aria-label", "Sections")))
            {
                html.Element("a", "Summary", ("href", "#summary"));
                if (model.Broken.Cases > 0)
                    html.Element("a", "Properties", ("href", "#properties"));
                if (_kernelReports.Count > 0)
                    html.Element("a", "Kernel reports", ("href", "#kernel-reports"));
                html.Element("a", "Findings", ("href", "#findings"));
                html.Element("a", "Changes", ("href", "#changes"));
                if (model.Moves.Count > 0)
                    html.Element("a", "Migrations", ("href", "#moves"));
                if (!model.IsMovesAlone)
                    html.Element("a", "Decisions", ("href", "#matrix"));
                html.Element("a", "Hosts", ("href", "#hosts"));
                html.Element("a", "All cases", ("href", "#list"));
            }
            html.Element("button", "Dark", ("id", "theme"), ("type", "button"), ("hidden", ""));
        }
        html.Line();
    }

    public static string Tone(Level level) =>
        level switch
        {
            Level.Green => "good",
            Level.Amber => "doubt",
            _ => "bad",
        };

    private static string Icon(Level level) =>
        level switch
        {
            Level.Green =>
                """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#009e73"/></svg>""",
            Level.Amber =>
                """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M8 1l7 13H1z" fill="#e69f00"/></svg>""",
            _ =>
                """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="#d55e00"/></svg>""",
        };

    private static string Hash(string text) =>
        "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Asset(string name)
    {
        using var stream = typeof(Page).Assembly.GetManifestResourceStream($"Harness.Reports.Html.{name}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A check-out with other line ends gives the same report, and the hash is over what the browser reads.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
