using System.Globalization;
using Harness.Reports.Html;
using Harness.Reports.Outcomes;
using Harness.Store;
using Microsoft.AspNetCore.Components;

namespace Harness.Site;

/// <summary>What pages and their parts share.</summary>
public abstract class SitePage : ComponentBase
{
    [Parameter, EditorRequired]
    public required PageRequest Request { get; set; }

    protected Content Content => Request.Content;

    protected string To(Address address) => Request.To(address);

    /// <summary>A shape from the sprite; the word beside it says the same.</summary>
    protected static MarkupString Symbol(string name, string? tone = null) =>
        new(
            $"""<svg class="symbol{(tone is null ? "" : $" {tone}")}" aria-hidden="true"><use href="#s-{name}"/></svg>"""
        );

    protected static string ToneOf(string verdict) => Symbols.ToneOf(verdict);

    protected static string Number(long count) => Headline.Number(count);

    protected static string Many(int count, string noun) => Headline.Many(count, noun);

    protected static string Day(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    protected static string ShortDay(DateTimeOffset time) =>
        time.UtcDateTime.ToString("MM-dd", CultureInfo.InvariantCulture);

    protected static string ShortTitle(string title) => CaseTitle.Short(title);

    /// <summary>How long a run took; up to now while it is going on.</summary>
    protected static string Took(SiteRun run) =>
        (run.Run.FinishedUtc ?? (run.IsRunning ? DateTimeOffset.UtcNow : null)) - run.Started is not { } time ? "–"
        : time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalHours)}:{time:mm\\:ss}")
        : string.Create(CultureInfo.InvariantCulture, $"{time:m\\:ss}");

    protected static int Done(HostSummary host) => host.Planned - host.Verdicts.GetValueOrDefault(Verdicts.Planned);
}
