using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>A shape for each verdict and for each level, 16 by 16, drawn in the colour of the text around it.</summary>
internal static class Symbols
{
    private static readonly (string Name, string Drawing)[] s_shapes =
    [
        (Verdicts.Match, """<path d="M3 8.5l3.4 3.4L13 4.8" fill="none" stroke="currentColor" stroke-width="2"/>"""),
        (
            Verdicts.Mismatch,
            """<path d="M5.3 1h5.4L15 5.3v5.4L10.7 15H5.3L1 10.7V5.3z" fill="currentColor"/><path d="M5 5l6 6M11 5l-6 6" stroke="var(--card)" stroke-width="1.8"/>"""
        ),
        (
            Verdicts.Crash,
            """<path d="M8 0l1.9 4.4L14 2l-1.7 4.4L16 8l-3.7 1.6L14 14l-4.1-2.4L8 16l-1.9-4.4L2 14l1.7-4.4L0 8l3.7-1.6L2 2l4.1 2.4z" fill="currentColor"/>"""
        ),
        (Verdicts.Hang, """<path d="M3 1h10v2L9 8l4 5v2H3v-2l4-5-4-5z" fill="currentColor"/>"""),
        (
            Verdicts.Unverified,
            """<path d="M4.6 5.2C4.6 3 6 1.6 8.1 1.6s3.5 1.3 3.5 3.2c0 2.6-3.4 2.7-3.4 5.4M8.2 12.2v2" fill="none" stroke="currentColor" stroke-width="2"/>"""
        ),
        (
            Verdicts.Disagreement,
            """<path d="M2 5.5h12M2 10.5h12M11 1L5 15" fill="none" stroke="currentColor" stroke-width="2"/>"""
        ),
        (
            Verdicts.Unstable,
            """<path d="M1 8c2.3-8 4.7-8 7 0s4.7 8 7 0" fill="none" stroke="currentColor" stroke-width="2"/>"""
        ),
        (
            Verdicts.OutsideModel,
            """<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.5 2"/>"""
        ),
        (
            Verdicts.ProbeError,
            """<path d="M8 1l7 13.5H1z" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M8 6v4M8 11.5v1.5" stroke="currentColor" stroke-width="1.8"/>"""
        ),
        (
            Verdicts.Infrastructure,
            """<path d="M2 3h12v4H2zM2 9h12v4H2z" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M1 15L15 1" stroke="currentColor" stroke-width="1.8"/>"""
        ),
        (
            Verdicts.Erratum,
            """<rect x="4" y="4" width="8" height="8" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M6 1v3M10 1v3M6 12v3M10 12v3M1 6h3M1 10h3M12 6h3M12 10h3" stroke="currentColor" stroke-width="1.4"/>"""
        ),
        (
            Verdicts.Known,
            """<path d="M3 15V1.5h9.5L10 5l2.5 3.5H4" fill="none" stroke="currentColor" stroke-width="1.8"/>"""
        ),
        (Verdicts.Skip, """<path d="M3 8h10" stroke="currentColor" stroke-width="2"/>"""),
        (
            Verdicts.Planned,
            """<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="1.5 2"/>"""
        ),
        (
            Broken,
            """<path d="M8 .5l6.5 2.5v5c0 3.5-2.8 6-6.5 7.5C4.3 14 1.5 11.5 1.5 8V3z" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 3.5v5M8 10.3v2" stroke="currentColor" stroke-width="2"/>"""
        ),
        (
            "green",
            """<circle cx="8" cy="8" r="7.5" fill="currentColor"/><path d="M4.3 8.3l2.6 2.6 4.8-5" fill="none" stroke="var(--card)" stroke-width="1.8"/>"""
        ),
        (
            "amber",
            """<path d="M8 .8L15.7 14.5H.3z" fill="currentColor"/><path d="M8 5.5v4.5M8 11.3v1.7" stroke="var(--card)" stroke-width="1.8"/>"""
        ),
        (
            "red",
            """<path d="M5 .7h6L15.3 5v6L11 15.3H5L.7 11V5z" fill="currentColor"/><path d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" stroke="var(--card)" stroke-width="1.8"/>"""
        ),
    ];

    /// <summary>For a violated property.</summary>
    public const string Broken = "broken";

    /// <summary>All of them, for the page to refer to.</summary>
    public static string Sprite { get; } =
        """<svg width="0" height="0" class="sprite" aria-hidden="true">"""
        + string.Concat(s_shapes.Select(s => $"""<symbol id="s-{s.Name}" viewBox="0 0 16 16">{s.Drawing}</symbol>"""))
        + "</svg>";

    /// <summary>One of them; the word beside it has the same meaning, so screen readers skip it.</summary>
    public static HtmlWriter Symbol(this HtmlWriter html, string name, string? kind = null) =>
        html.Own(
            $"""<svg class="symbol{(kind is null ? "" : $" {kind}")}" aria-hidden="true"><use href="#s-{name}"/></svg>"""
        );

    /// <summary>The CSS class of a verdict's colour.</summary>
    public static string ToneOf(string verdict) =>
        Verdicts.Of(verdict).Tone switch
        {
            VerdictTone.Good => "good",
            VerdictTone.Bad => "bad",
            VerdictTone.Doubtful => "doubt",
            VerdictTone.Note => "note",
            VerdictTone.Faint => "soft",
            var tone => throw new ArgumentOutOfRangeException(nameof(verdict), tone, verdict),
        };
}
