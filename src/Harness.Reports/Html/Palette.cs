using System.Globalization;
using System.Text;

namespace Harness.Reports.Html;

/// <summary>A colour by its name in the style sheet, "--ink", on light and on dark pages, as #rrggbb.</summary>
internal sealed record Tone(string Name, string Light, string Dark);

/// <summary>
/// Every colour of the page. Outcomes have the colours of Okabe and Ito (jfly.uni-koeln.de/color), which people with
/// any colour vision can distinguish; each also has a letter or a shape.
/// </summary>
internal static class Palette
{
    public static IReadOnlyList<Tone> Tones { get; } =
    [
        new("page", "#fbfbfa", "#15181b"),
        new("card", "#ffffff", "#1c2024"),
        new("sunk", "#f3f4f3", "#111416"),
        new("line", "#dcdfe1", "#343a40"),
        new("edge", "#858c92", "#7b848d"),
        new("ink", "#1c2126", "#e4e7ea"),
        new("soft", "#59626a", "#a5aeb7"),
        new("link", "#0a5a9c", "#7db9ee"),
        new("red", "#a63500", "#ff9d78"),
        new("red-page", "#fdf0ea", "#33211a"),
        new("amber", "#7d5200", "#eebd58"),
        new("amber-page", "#fcf4df", "#2f2816"),
        new("green", "#00684a", "#62cba4"),
        new("green-page", "#e8f4ef", "#172b24"),
        new("mark", "#ffe39a", "#5d4700"),
        .. Outcomes.SelectMany(o =>
            new[] { new Tone($"o-{o.Key}", o.Fill, o.Fill), new Tone($"o-{o.Key}-ink", o.TextTone, o.TextTone) }
        ),
        new("o-none", "#ffffff", "#1c2024"),
        new("o-none-ink", "#a63500", "#ff9d78"),
        new("o-skip", "#f3f4f3", "#111416"),
        new("o-skip-ink", "#59626a", "#a5aeb7"),
    ];

    /// <summary>
    /// Text colours and their backgrounds. Each must be readable with low vision: WCAG 2.2, 1.4.3, requires 4.5 to 1.
    /// </summary>
    public static IReadOnlyList<(string Text, string On)> Pairs { get; } =
    [
        .. from below in new[] { "page", "card", "sunk" }
        from text in new[] { "ink", "soft", "link", "red", "amber", "green" }
        select (text, below),
        ("ink", "red-page"),
        ("red", "red-page"),
        ("soft", "red-page"),
        ("ink", "amber-page"),
        ("amber", "amber-page"),
        ("soft", "amber-page"),
        ("ink", "green-page"),
        ("green", "green-page"),
        ("soft", "green-page"),
        ("ink", "mark"),
        ("link", "red-page"),
        .. OutcomeKind.All.Select(o => ($"o-{o.Key}-ink", $"o-{o.Key}")),
    ];

    private static IEnumerable<(string Key, string Fill, string TextTone)> Outcomes =>
        [
            ("wb", "#0072b2", "#ffffff"),
            ("nc", "#56b4e9", "#000000"),
            ("dev", "#e69f00", "#000000"),
            ("map", "#c3d3e0", "#000000"),
            ("refused", "#cc79a7", "#000000"),
            ("fail", "#d55e00", "#000000"),
            ("mmio", "#009e73", "#000000"),
            ("abort", "#f0e442", "#000000"),
            ("stall", "#000000", "#ffffff"),
            ("done", "#b9d7c4", "#000000"),
            ("deny", "#ecc9dc", "#000000"),
            ("sig", "#8c4a00", "#ffffff"),
            ("other", "#7a56a3", "#ffffff"),
            ("older", "#d9d4cc", "#000000"),
        ];

    /// <summary>WCAG's contrast of two colours, 1 to 21.</summary>
    public static double Contrast(string one, string other)
    {
        double a = Luminance(one),
            b = Luminance(other);
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    /// <summary>Light; dark if the system or the reader prefers it.</summary>
    public static string StyleSheet()
    {
        string Set(Func<Tone, string> of) => string.Concat(Tones.Select(t => $"--{t.Name}:{of(t)};"));
        return new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $":root{{color-scheme:light;{Set(t => t.Light)}}}\n")
            .Append(CultureInfo.InvariantCulture, $":root[data-theme=dark]{{color-scheme:dark;{Set(t => t.Dark)}}}\n")
            .Append(
                CultureInfo.InvariantCulture,
                $"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{Set(t => t.Dark)}}}}}\n"
            )
            .Append(
                CultureInfo.InvariantCulture,
                $"@media print{{:root[data-theme=dark]{{color-scheme:light;{Set(t => t.Light)}}}}}\n"
            )
            .ToString();
    }

    private static double Luminance(string colour)
    {
        double Channel(int at)
        {
            double value =
                int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * Channel(1) + 0.7152 * Channel(3) + 0.0722 * Channel(5);
    }
}
