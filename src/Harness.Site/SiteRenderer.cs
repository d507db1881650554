using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Harness.Site;

/// <summary>Makes the HTML of pages.</summary>
internal sealed partial class SiteRenderer : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private readonly HtmlRenderer _renderer;

    public SiteRenderer() => _renderer = new HtmlRenderer(_services, NullLoggerFactory.Instance);

    public async Task<string> RenderAsync(PageView view, PageRequest request)
    {
        var parameters = view
            .Parameters.Append((nameof(SitePage.Request), request))
            .ToDictionary(p => p.Item1, p => p.Item2);
        string html = await _renderer
            .Dispatcher.InvokeAsync(async () =>
                (
                    await _renderer.RenderComponentAsync(view.Component, ParameterView.FromDictionary(parameters))
                ).ToHtmlString()
            )
            .ConfigureAwait(false);
        return Entity().Replace(html, Visible);
    }

    public async ValueTask DisposeAsync()
    {
        await _renderer.DisposeAsync().ConfigureAwait(false);
        await _services.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// A value's control and format characters, which could hide or reverse text, are entities in what Razor writes.
    /// They become \x1b or \u202e, as everywhere.
    /// </summary>
    private static string Visible(Match entity)
    {
        var rune = new Rune(
            int.Parse(entity.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        );
        return
            Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
            ? Reports.Printable.Of(rune.ToString())
            : entity.Value;
    }

    [GeneratedRegex("&#x([0-9A-F]{1,6});")]
    private static partial Regex Entity();
}
