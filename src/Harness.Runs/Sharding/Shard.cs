using System.Globalization;

namespace Harness.Runs.Sharding;

/// <summary>A part of a run that a controller of its own executes: "3/8".</summary>
/// <param name="Number">From 1.</param>
/// <param name="Of">How many parts there are.</param>
public sealed record Shard(int Number, int Of)
{
    public const int Most = 1000;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Of}");

    /// <summary>"3/8"; null if it is not a part of a whole.</summary>
    public static Shard? Parse(string text) =>
        text.Split('/') is [var number, var of]
        && Positive(number) is { } n
        && Positive(of) is { } all
        && n <= all
        && all <= Most
            ? new Shard(n, all)
            : null;

    private static int? Positive(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : null;
}
