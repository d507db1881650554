using System.Globalization;
using Spectre.Console;

namespace Harness.Reports;

/// <summary>
/// Writes lines made of pieces. On a terminal they are coloured and wrapped, elsewhere they are plain text, one line
/// each. Every piece goes through <see cref="Printable"/> and is never interpreted as markup.
/// </summary>
public sealed class ReportWriter
{
    private readonly TextWriter _writer;
    private readonly IAnsiConsole? _terminal;

    private ReportWriter(TextWriter writer, IAnsiConsole? terminal) => (_writer, _terminal) = (writer, terminal);

    /// <summary>Plain lines.</summary>
    public static ReportWriter Plain(TextWriter writer) => new(writer, null);

    /// <summary>Colours and wrapping as the terminal behind the writer allows; NO_COLOR is respected.</summary>
    public static ReportWriter ForTerminal(TextWriter writer) => new(writer, TerminalFactory.Create(writer));

    public void Line(params ReadOnlySpan<(string Text, TextTone TextTone)> pieces)
    {
        if (_terminal is null)
        {
            foreach (var (text, _) in pieces)
                _writer.Write(Printable.Of(text));
            _writer.WriteLine();
            return;
        }
        var line = new Paragraph();
        foreach (var (text, ink) in pieces)
            line.Append(Printable.Of(text), TerminalFactory.Style(ink));
        _terminal.Write(line);
        _terminal.WriteLine();
    }

    public void Line(string text, TextTone ink = TextTone.Plain) => Line((text, ink));

    public void Line() => Line([]);

    /// <summary>"     12  WHAT (on HOST, HOST)  MORE": a number of results, of what, and where.</summary>
    public void Counted(int count, (string Text, TextTone Tone) what, IEnumerable<string> targets, string more) =>
        Line(
            (string.Create(CultureInfo.InvariantCulture, $"  {count, 6}  "), TextTone.Plain),
            what,
            ($" (on {string.Join(", ", targets)})", TextTone.Plain),
            ($"  {more}", TextTone.Faint)
        );
}
