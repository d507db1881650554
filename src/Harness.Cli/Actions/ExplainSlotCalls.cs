using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Slots;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>
/// Calls about slots by one policy, or by two: a line for each call with its result and what decided; below, the
/// checks with their sources. With two policies a "-" or "+" marks what belongs only to the first or the second.
/// </summary>
internal sealed class ExplainSlotCalls(ReportWriter report, bool marked)
{
    public void Write(Prediction of, Prediction? to)
    {
        int width = of.SlotCalls.Max(c => c.Call.Name.Length);
        for (int i = 0; i < of.SlotCalls.Count; i++)
        {
            string one = Row(of.SlotCalls[i], i, width);
            string other = to is null ? one : Row(to.SlotCalls[i], i, width);
            if (one == other)
            {
                Line(' ', one);
                continue;
            }
            Line('-', one, TextTone.Bad);
            Line('+', other, TextTone.Good);
        }
        report.Line(marked ? "   the checks:" : "  the checks:");
        var its = Checks(to ?? of);
        foreach (var check in Checks(of))
            Check(its.Remove(check) ? ' ' : '-', check);
        foreach (var check in its)
            Check('+', check);
    }

    private static List<Statement> Checks(Prediction prediction) =>
        [.. prediction.SlotCalls.Select(c => c.By).DistinctBy(s => s.ToString())];

    private static string Row(SlotCallPrediction call, int index, int width) =>
        $"{index + 1, 4}  {call.Call.Name.PadRight(width)}  {OutcomeText.Of(call.Part), -7}  {call.By.Name}";

    private void Check(char mark, Statement check)
    {
        Line(mark, $"    {check.Name}: {check.Says}");
        Line(mark, $"        {check.Source}", TextTone.Faint);
    }

    private void Line(char mark, string text, TextTone tone = TextTone.Plain) =>
        report.Line((marked ? $"{mark} " : "") + text, tone);
}
