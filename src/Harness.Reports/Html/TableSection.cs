namespace Harness.Reports.Html;

/// <summary>
/// A section of the page with a heading, a paragraph, and a table that scrolls where it is too wide; nothing without
/// rows.
/// </summary>
internal static class TableSection
{
    /// <param name="html">The page.</param>
    /// <param name="id">Of the section; its heading's is "h-" and this.</param>
    /// <param name="title">The heading.</param>
    /// <param name="text">The paragraph.</param>
    /// <param name="heads">The columns.</param>
    /// <param name="rows">A row each.</param>
    /// <param name="row">Writes a row.</param>
    public static void Write<T>(
        HtmlWriter html,
        string id,
        string title,
        string text,
        IEnumerable<string> heads,
        IReadOnlyList<T> rows,
        Action<HtmlWriter, T> row
    )
    {
        if (rows.Count == 0)
            return;
        string heading = $"h-{id}";
        using (html.Open("section", ("id", id), ("aria-labelledby", heading)))
        {
            html.Element("h2", title, ("id", heading));
            html.Element("p", text, ("class", "soft"));
            using (
                html.Open(
                    "div",
                    ("class", "scroll"),
                    ("role", "region"),
                    ("aria-labelledby", heading),
                    ("tabindex", "0")
                )
            )
            using (html.Open("table"))
            {
                using (html.Open("thead"))
                using (html.Open("tr"))
                    foreach (string head in heads)
                        html.Element("th", head, ("scope", "col"));
                using (html.Open("tbody"))
                    foreach (var one in rows)
                        row(html, one);
            }
        }
        html.Line();
    }
}
