using System.Text;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>What there is to say about a result, for formats that have a place for text.</summary>
internal static class ResultText
{
    /// <summary>A line each: reason, rule, predicted, observed, decoded evidence. What is null is left out.</summary>
    public static string Of(ResultRow row)
    {
        var text = new StringBuilder();
        Add(text, "verdict", row.Culprit == Culprits.None ? row.Verdict : $"{row.Verdict}, culprit {row.Culprit}");
        Add(text, "reason", row.Reason);
        Add(text, "known", row.Known);
        Add(text, "policy", row.Policy);
        Add(text, "rule", row.Rule);
        Add(text, "source", row.RuleSource);
        var (predicted, observed) = OutcomeDifference.First(StoredOutcome.Predicted(row), StoredOutcome.Observed(row));
        Add(text, "predicted", predicted);
        Add(text, "observed", observed);
        Add(text, "details", row.Details);
        Add(text, "evidence", string.Join(", ", row.Evidence));
        return text.ToString();
    }

    /// <summary>In one line: why the verdict is what it is.</summary>
    public static string Summary(ResultRow row) =>
        row.Verdict switch
        {
            Verdicts.Planned => "planned, never executed",
            Verdicts.Known => $"known difference {row.Known}",
            _ => OneLine(row.Reason ?? row.Verdict),
        };

    public static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static void Add(StringBuilder text, string label, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        foreach (
            string line in value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            text.Append(label.PadRight(10)).Append(line).Append('\n');
            label = "";
        }
    }
}
