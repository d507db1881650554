namespace Harness.Reports;

/// <summary>A label and what it is, a line each.</summary>
internal static class ReportFields
{
    private const int LabelWidth = 12;

    /// <summary>Nothing where there is no value; a value of several lines is told in as many.</summary>
    public static void Field(this ReportWriter writer, string label, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        foreach (
            string line in value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            writer.Line(("  " + label.PadRight(LabelWidth), TextTone.Faint), (line, TextTone.Plain));
            label = "";
        }
    }
}
