namespace Harness.Reports;

/// <summary>The meaning of a piece of text; a terminal shows it by colour.</summary>
public enum TextTone
{
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Doubtful,
}
