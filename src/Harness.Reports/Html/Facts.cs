namespace Harness.Reports.Html;

/// <summary>Elements used by several sections.</summary>
internal static class Facts
{
    /// <summary>A term and its value, in a dl; nothing if there is no value.</summary>
    public static void Fact(this HtmlWriter html, string term, string? value, bool code = false)
    {
        if (string.IsNullOrEmpty(value))
            return;
        using (html.Open("div"))
        {
            html.Element("dt", term);
            using (html.Open("dd"))
            {
                if (code)
                    html.Element("code", value);
                else
                    html.Text(value);
            }
        }
    }

    /// <summary>The id of a case; leads to its page if it has one.</summary>
    public static HtmlWriter Case(this HtmlWriter html, string id)
    {
        if (html.CaseAddress?.Invoke(id) is not { } address)
            return html.Element("code", id, ("class", "id"));
        using (html.Open("a", ("href", address)))
            html.Element("code", id, ("class", "id"));
        return html;
    }

    /// <summary>A verdict as a shape and a word.</summary>
    public static HtmlWriter Verdict(this HtmlWriter html, string verdict)
    {
        using (html.Open("span", ("class", $"verdict {Symbols.ToneOf(verdict)}")))
            html.Symbol(verdict).Text(verdict);
        return html;
    }

    /// <summary>The colour, the letter and the words of an outcome.</summary>
    public static void Swatch(this HtmlWriter html, OutcomeKind kind) =>
        html.Element("span", kind.Letter, ("class", $"swatch o-{kind.Key}"), ("aria-hidden", "true"));
}
