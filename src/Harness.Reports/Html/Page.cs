using System.Security.Cryptography;
using System.Text;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>A run's page in one file: its head, and its content.</summary>
internal sealed class Page(ReportModel model, ResultStore store, KnownFindings known)
{
    private static string Script { get; } = Assets.PageScript + Assets.ReportScript;

    private readonly RunContent _content = new(model, store, known);

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
                    _content.Write(html, to);
                html.Line();
                using (html.Open("script"))
                    html.Own(Script);
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
                        $"default-src 'none'; style-src '{Hash(Assets.Style)}'; script-src '{Hash(Script)}'; img-src data:; base-uri 'none'; form-action 'none'"
                    )
                )
                .Line();
            html.Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line();
            html.Void("meta", ("name", "color-scheme"), ("content", "light dark")).Line();
            html.Void("link", ("rel", "icon"), ("href", Icon(model.Headline.Level))).Line();
            html.Element("title", $"{model.Headline.Word}: {model.Headline.What} ({model.Run.Run.Id})").Line();
            using (html.Open("style"))
                html.Own(Assets.Style);
        }
    }

    private void Bar(HtmlWriter html)
    {
        using (html.Open("header", ("class", "bar")))
        {
            using (html.Open("span", ("class", "name")))
                html.Symbol(model.Headline.Word, Tone(model.Headline.Level)).Text(model.Run.Run.Id);
            using (html.Open("nav", ("aria-label", "Sections")))
                foreach (var (section, id) in _content.Sections)
                    html.Element("a", section, ("href", $"#{id}"));
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

    /// <summary>A data URL.</summary>
    public static string Icon(Level level) => "data:image/svg+xml," + Uri.EscapeDataString(Drawing(level));

    private static string Drawing(Level level) =>
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
}
