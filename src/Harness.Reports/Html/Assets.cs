using System.Text;

namespace Harness.Reports.Html;

/// <summary>Style sheets and scripts.</summary>
internal static class Assets
{
    private static readonly Lazy<string> s_style = new(() => Palette.StyleSheet() + Read("report.css"));
    private static readonly Lazy<string> s_page = new(() => Read("page.js"));
    private static readonly Lazy<string> s_report = new(() => Read("report.js"));

    public static string Style => s_style.Value;

    /// <summary>For every page: light and dark, and buttons that copy.</summary>
    public static string PageScript => s_page.Value;

    /// <summary>For a page with all results of a run.</summary>
    public static string ReportScript => s_report.Value;

    private static string Read(string name)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream($"Harness.Reports.Html.{name}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A check-out with other line ends gives the same report, and the hash is over what the browser reads.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
