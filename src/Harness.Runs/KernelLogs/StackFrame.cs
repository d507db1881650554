using System.Text.RegularExpressions;

namespace Harness.Runs.KernelLogs;

/// <summary>A line of a stack trace.</summary>
/// <param name="Function">Without the compiler's suffixes.</param>
/// <param name="IsReliable">False for "? function", an address that was only found on the stack.</param>
internal readonly partial record struct StackFrame(string Function, bool IsReliable)
{
    /// <summary>A symbol as the kernel prints it, with those of Rust.</summary>
    public const string Symbol = @"(?:<[^>\n]+(?: as [^>\n]+)?>[\w.$:<>]*|[A-Za-z_$][\w.$:<>]*)";

    // show_trace_log_lvl() on x86, dump_backtrace_entry() on arm64, dump_backtrace_entry() on arm ("f from g+0x1/0x2").
    [GeneratedRegex(
        @"^\s*(?:\[[<0-9a-f>]+\]\s*)*(?:\(?(?<callee>[\w.$]+)\)? from (?:\[<[0-9a-f]+>\] )?\(?)?(?<guess>\? )?(?<function>"
            + Symbol
            + @")\+0x[0-9a-f]+/0x[0-9a-f]+",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Frame();

    [GeneratedRegex(@"^\s+(?<function>[A-Za-z_]\w*) \S+:\d+ \[inline\]\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Inline();

    public static IEnumerable<StackFrame> Of(string line)
    {
        if (!line.Contains("+0x", StringComparison.Ordinal))
        {
            if (line.Contains("[inline]", StringComparison.Ordinal) && Inline().Match(line) is { Success: true } inline)
                yield return new(FunctionName.Of(inline.Groups["function"].Value), true);
            yield break;
        }
        var match = Frame().Match(line);
        if (!match.Success)
            yield break;
        if (match.Groups["callee"] is { Success: true } callee)
            yield return new(FunctionName.Of(callee.Value), true);
        yield return new(FunctionName.Of(match.Groups["function"].Value), !match.Groups["guess"].Success);
    }
}
