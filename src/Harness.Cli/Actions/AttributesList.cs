using Harness.Cases;
using Harness.Model.Dimensions;
using Harness.Model.Ownership;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>The words of filters over cases.</summary>
internal static class AttributesList
{
    private static readonly Dimension[] All =
    [
        new Dimension("id", "the id: 12 hexadecimal digits", []) { Open = true },
        new Dimension("key", "the case in the words below: backing, vma, slot, accesses, and what is not usual", [])
        {
            Open = true,
        },
        // Its words are made here: that takes a moment, which no other command needs.
        .. CaseDimensions.Attributes.Select(d => d == CaseDimensions.Do ? d with { Values = OperationText.Values } : d),
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
                        d.InKeys,
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
            string also = d.InKeys is { } other ? $" (or {other}, as in keys)" : "";
            report.Line($"{d.Name}{also}: {d.Says}{usual}", TextTone.Strong);
            foreach (var (word, phrase) in d.Values.Where(v => v.Word.Length > 0))
                report.Line(word == phrase ? $"    {word}" : $"    {word.PadRight(width)}  {phrase}");
        }
    }
}
