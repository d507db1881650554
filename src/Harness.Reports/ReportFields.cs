namespace Harness.Reports;

/// <summary>A label and its value, one per line.</summary>
internal static class ReportFields
{
    private const int LabelWidth = 12;

    /// <summary>Nothing if there is no value; a value with several lines is printed on as many.</summary>
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
