using Harness.Analysis.Differences;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>How two policies differ in page ownership; nothing if they have the same machine.</summary>
internal static class OwnershipDifferenceReport
{
    /// <summary>
    /// The maximum number of examples; a machine that supports a new kind of memory differs in dozens.
    /// </summary>
    private const int Most = 12;

    public static void Text(Policy a, Policy b, OwnershipDifference difference, ReportWriter report)
    {
        if (difference.IsNone)
            return;
        report.Line();
        report.Line(
            $"page ownership: {difference.Parted} of {difference.Asked} lifecycles (cases on kinds of host) end differently",
            TextTone.Strong
        );
        foreach (var (example, count) in difference.Examples.Take(Most))
            Lines(report, "  - ", $"{example}, with {example.Host} ({count})", hanging: 0);
        if (difference.Examples.Count > Most)
            report.Line($"  and {difference.Examples.Count - Most} more ways");
        report.Line();
        report.Line($"--- transitions of {a.Ownership}, {a}", TextTone.Strong);
        report.Line($"+++ transitions of {b.Ownership}, {b}", TextTone.Strong);
        foreach (var (one, other) in difference.Transitions)
        {
            Stated(report, '-', one, TextTone.Bad);
            Stated(report, '+', other, TextTone.Good);
        }
    }

    public static void Json(OwnershipDifference difference, TextWriter output)
    {
        if (difference.IsNone)
            return;
        JsonLine.Write(
            output,
            new
            {
                Type = "ownership",
                difference.Parted,
                difference.Asked,
                Ways = difference.Examples.Select(e => new
                {
                    Operation = OperationText.Word(e.Example.Case.Operations[e.Example.At]),
                    e.Example.A,
                    e.Example.B,
                    e.Count,
                    CaseId = e.Example.Case.Id,
                    Index = e.Example.At,
                    Host = e.Example.Host.ToString(),
                }),
            }
        );
        foreach (var (a, b) in difference.Transitions)
            JsonLine.Write(
                output,
                new
                {
                    Type = "transition",
                    Change = a is null ? "added"
                    : b is null ? "removed"
                    : "changed",
                    (a ?? b)!.Name,
                    Says = new { A = a?.Says, B = b?.Says },
                    Source = new { A = a?.Source.ToString(), B = b?.Source.ToString() },
                }
            );
    }

    private static void Stated(ReportWriter report, char mark, Transition? transition, TextTone ink)
    {
        if (transition is null)
            return;
        Lines(report, $"{mark} ", $"{transition.Name}: {transition.Says}", ink);
        Lines(report, $"{mark}     ", transition.Source.ToString(), TextTone.Faint);
    }

    private static void Lines(
        ReportWriter report,
        string indent,
        string text,
        TextTone ink = TextTone.Plain,
        int hanging = 2
    )
    {
        foreach (string line in Wrapping.Lines(indent, text, hanging))
            report.Line(line, ink);
    }
}
