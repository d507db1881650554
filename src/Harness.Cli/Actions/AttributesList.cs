using Harness.Cases;
using Harness.Model.Dimensions;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>The keys of filters over cases.</summary>
internal static class AttributesList
{
    private static readonly Dimension[] All =
    [
        .. CaseDimensions.Attributes,
        AllCases.FamilyDimension,
        CaseDimensions.Cover,
    ];

    public static int Write(bool json, HarnessConsole console)
    {
        if (json)
            foreach (var d in All)
                JsonLine.Write(
                    console.Out,
                    new
                    {
                        d.Name,
                        d.Says,
                        d.Usual,
                        d.Open,
                        d.Values,
                    }
                );
        else
            Write(console.Report());
        return ExitCodes.Ok;
    }

    private static void Write(ReportWriter report)
    {
        int width = All.SelectMany(d => d.Values).Max(v => v.Word.Length);
        foreach (var d in All)
        {
            string usual = string.IsNullOrEmpty(d.Usual) ? "" : $" (usual: {d.Usual})";
            report.Line($"{d.Name}: {d.Says}{usual}", TextTone.Strong);
            foreach (var (word, phrase) in d.Values.Where(v => v.Word.Length > 0))
                report.Line(word == phrase ? $"    {word}" : $"    {word.PadRight(width)}  {phrase}");
        }
    }
}
