using System.Text;
using Harness.Reports.Html;

namespace Harness.Site;

/// <summary>The style sheet and the scripts of a site, by their names.</summary>
internal static class SiteAssets
{
    public const string Style = "site.css";
    public const string PageScript = "page.js";
    public const string ReportScript = "report.js";

    private static readonly Dictionary<string, (string Type, Lazy<string> Text)> s_all = new()
    {
        [Style] = ("text/css", new(() => Reports.Html.Assets.Style + Read(Style))),
        [PageScript] = ("text/javascript", new(() => Reports.Html.Assets.PageScript + Read("site.js"))),
        [ReportScript] = ("text/javascript", new(() => Reports.Html.Assets.ReportScript)),
    };

    public static IEnumerable<string> Names => s_all.Keys;

    /// <summary>The media type and the text; null if there is none of that name.</summary>
    public static (string Type, string Text)? Find(string name) =>
        s_all.TryGetValue(name, out var asset) ? (asset.Type, asset.Text.Value) : null;

    private static string Read(string name)
    {
        using var stream = typeof(SiteAssets).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
