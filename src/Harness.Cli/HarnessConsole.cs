using System.Text;
using Harness.Reports;

namespace Harness.Cli;

/// <summary>The environment of the commands.</summary>
/// <param name="Out">Reports and data.</param>
/// <param name="Error">Progress and errors.</param>
/// <param name="Directory">The working directory: harness.json is searched here and in its parents.</param>
public sealed record HarnessConsole(
    TextWriter Out,
    TextWriter Error,
    bool OutIsTerminal,
    bool ErrorIsTerminal,
    string Directory
)
{
    public static HarnessConsole OfProcess()
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (!Console.IsOutputRedirected)
            Console.SetOut(new TerminalWriter(Console.Out));
        if (!Console.IsErrorRedirected)
            Console.SetError(new TerminalWriter(Console.Error));
        return new HarnessConsole(
            Console.Out,
            Console.Error,
            !Console.IsOutputRedirected,
            !Console.IsErrorRedirected,
            Environment.CurrentDirectory
        );
    }

    /// <summary>For people, on <see cref="Out"/>.</summary>
    public ReportWriter Report() => OutIsTerminal ? ReportWriter.ForTerminal(Out) : ReportWriter.Plain(Out);

    /// <summary>One line on <see cref="Error"/>.</summary>
    public void Complain(string message) => Error.WriteLine($"harness: {Printable.Of(message)}");
}
