namespace Harness.Reports;

/// <summary>What a piece of text means; a terminal shows it by colour.</summary>
public enum TextTone
{
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Doubtful,
}
