using System.Text.RegularExpressions;

namespace Harness.Runs.KernelLogs;

/// <summary>A line of a kernel log, without what the console and its readers put before the text.</summary>
/// <param name="Text">The message.</param>
/// <param name="Context">"T123" or "C0", the task or CPU that logged it (CONFIG_PRINTK_CALLER); else null.</param>
internal readonly partial record struct LogLine(string Text, string? Context)
{
    // print_prefix(), kernel/printk/printk.c.
    [GeneratedRegex(@"(?:<\d+>)?\[ *\d+\.\d{3,6}\](?:\[ *(?<context>[TC]\d+)\])? ?", RegexOptions.CultureInvariant)]
    private static partial Regex Prefix();

    /// <summary>Longer ones are cut: no report's first line is this long, and a console may send anything.</summary>
    private const int Limit = 1000;

    public static LogLine Of(string raw)
    {
        string line = raw.Length > Limit ? raw[..Limit] : raw;
        line = line.TrimEnd('\r');
        if (!line.Contains('['))
            return new(line, null);
        var match = Prefix().Match(line);
        if (!match.Success)
            return new(line, null);
        var context = match.Groups["context"];
        return new(line[(match.Index + match.Length)..], context.Success ? context.Value : null);
    }
}
