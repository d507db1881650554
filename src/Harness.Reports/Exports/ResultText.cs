using System.Text;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>Text about a result, for formats with a text field.</summary>
internal static class ResultText
{
    /// <summary>
    /// One line each: reason, rule, predicted, observed, decoded evidence, violated safety properties. Null values are
    /// omitted.
    /// </summary>
    /// <param name="row">The result.</param>
    /// <param name="broken">The safety properties that it violates.</param>
    public static string Of(ResultRow row, IEnumerable<string> broken)
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
        Add(text, "breaks", string.Join(", ", broken));
        Add(text, "evidence", string.Join(", ", row.Evidence));
        return text.ToString();
    }

    /// <summary>One line: the reason for the verdict.</summary>
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
