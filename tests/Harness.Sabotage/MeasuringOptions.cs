using System.CommandLine;

namespace Harness.Sabotage;

/// <summary>The options of the programs that measure what the harness notices.</summary>
/// <param name="file">The file that --record writes.</param>
internal sealed class MeasuringOptions(string file)
{
    private const string QuickSet = "cover=yes";

    private const string WideSet =
        "family=sequence | family=shape | family=change | family=provider | family=next-page | family=program";

    private readonly Option<string> _quick = new("--quick")
    {
        Description = "The quick set; \"\" for none: the wide set alone.",
        HelpName = "FILTER",
        DefaultValueFactory = _ => QuickSet,
    };

    private readonly Option<string> _wide = new("--wide")
    {
        Description = "The cases that run where the quick set notices nothing; \"\" for none.",
        HelpName = "FILTER",
        DefaultValueFactory = _ => WideSet,
    };

    public Option<double> Minutes { get; } =
        new("--minutes")
        {
            Description = "No measurement begins later.",
            HelpName = "N",
            DefaultValueFactory = _ => double.PositiveInfinity,
        };

    public Option<bool> Json { get; } = new("--json") { Description = "Print the table as JSON lines." };

    public Option<bool> Record { get; } = new("--record") { Description = $"Write what was measured to {file}." };

    public Option<bool> Table { get; } =
        new("--table") { Description = "Print the table of what was recorded, and measure nothing." };

    public Option<string> Harness { get; } =
        new("--harness")
        {
            Description = "The harness.dll that is tested.",
            HelpName = "PATH",
            DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "harness.dll"),
        };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_quick, _wide, Minutes, Json, Record, Table, Harness])
            command.Options.Add(option);
    }

    /// <summary>The filters of the quick and the wide set; null for one that does not run.</summary>
    public (string? Quick, string? Wide) Filters(ParseResult parsed) => (Filter(parsed, _quick), Filter(parsed, _wide));

    /// <summary>The cases that must match before anything is made wrong, where the quick set does not run.</summary>
    public static string Baseline(string? quick) => quick ?? QuickSet;

    private static string? Filter(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) is { Length: > 0 } filter ? filter : null;
}
