using System.Text.RegularExpressions;

namespace Harness.Runs.KernelLogs;

/// <summary>A form of report.</summary>
/// <param name="Kind">The kind of report.</param>
/// <param name="Literal">What its first line contains.</param>
/// <param name="Expression">Its first line. Groups are named as in the headline; "function" is a symbol.</param>
/// <param name="Headline">The title without the function; "{what}" is a group of the expression.</param>
/// <param name="Function">Where the function is.</param>
internal sealed record ReportPattern(
    KernelReportKind Kind,
    string Literal,
    string Expression,
    string Headline,
    FunctionSource Function
)
{
    /// <summary>A symbol with its offset and size, as "%pS" prints it.</summary>
    public const string At = @"(?<function>SYMBOL)\+0x[0-9a-f]+/0x[0-9a-f]+";

    // A report is not quoted, and it does not begin inside of a word.
    private const string Before = @"(?<![\w'""`=/.-])";

    private static readonly Regex s_group = new(@"\{(?<name>\w+)\}", RegexOptions.CultureInvariant);
    private static readonly Regex s_number = new(
        @"\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b|\d+",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
    );

    private readonly Lazy<Regex> _regex = new(() =>
        new Regex(
            (Expression.StartsWith('^') ? "" : Before) + Expression.Replace("SYMBOL", StackFrame.Symbol),
            RegexOptions.CultureInvariant
        )
    );

    public KernelReportCause Cause { get; init; } = KernelReportCause.Kernel;

    /// <summary>Part of the report before it, if there is one: panic() after an Oops, die() after its reason.</summary>
    public bool Continues { get; init; }

    public bool IsPanic { get; init; }

    public Match Match(string text) =>
        text.Contains(Literal, StringComparison.Ordinal)
            ? _regex.Value.Match(text)
            : System.Text.RegularExpressions.Match.Empty;

    /// <summary>The headline, with numbers replaced by N.</summary>
    public string HeadlineOf(Match first) =>
        s_group.Replace(Headline, group =>
            s_number.Replace(first.Groups[group.Groups["name"].Value].Value, "N").Trim(' ', '.', '!', ':')
        );
}
