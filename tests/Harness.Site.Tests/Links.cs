using System.Net;
using System.Text.RegularExpressions;

namespace Harness.Site.Tests;

/// <summary>The links of a page.</summary>
internal static partial class Links
{
    /// <summary>As paths from the site's root, without fragments: of anchors, style sheets and scripts.</summary>
    public static IEnumerable<string> Of(string html, string path) =>
        from Match match in Link().Matches(html)
        let link = WebUtility.HtmlDecode(match.Groups[1].Value).Split('#')[0].Split('?')[0]
        where link.Length > 0 && !link.StartsWith("data:", StringComparison.Ordinal)
        select new Uri(new Uri("http://site/" + path), link).AbsolutePath[1..];

    [GeneratedRegex("""<(?:a|link|script)\b[^>]*?(?:href|src)="([^"]*)""")]
    private static partial Regex Link();
}
