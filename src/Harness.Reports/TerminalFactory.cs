using Spectre.Console;

namespace Harness.Reports;

internal static class TerminalFactory
{
    /// <summary>
    /// A console over a writer that is known to be a terminal. NO_COLOR counts if it is not empty (no-color.org).
    /// </summary>
    public static IAnsiConsole Create(TextWriter writer) =>
        AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(writer),
                ColorSystem = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
                    ? ColorSystemSupport.NoColors
                    : ColorSystemSupport.Detect,
            }
        );

    public static Style Style(TextTone ink) =>
        ink switch
        {
            TextTone.Strong => new Style(decoration: Decoration.Bold),
            TextTone.Faint => new Style(decoration: Decoration.Dim),
            TextTone.Good => new Style(Color.Green),
            TextTone.Bad => new Style(Color.Red, decoration: Decoration.Bold),
            TextTone.Doubtful => new Style(Color.Yellow),
            _ => Spectre.Console.Style.Plain,
        };
}
