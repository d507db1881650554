using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Runs.KernelLogs;

/// <summary>Finds the reports in a kernel log.</summary>
public static class KernelLogReader
{
    /// <summary>A report is at most this long: lock dependencies and register dumps of several CPUs fit.</summary>
    private const int LongestReport = 600;

    /// <summary>Lines between a message about a damaged list and the BUG() that follows it.</summary>
    private const int ReasonDistance = 10;

    private const string Boot = "Linux version ";

    /// <summary>Lines without any of these are in no report's first line; the search takes one pass.</summary>
    private static readonly SearchValues<string> s_literals = SearchValues.Create(
        [.. ReportPatterns.All.Select(p => p.Literal).Append(Boot).Distinct()],
        StringComparison.Ordinal
    );

    private sealed record Start(int Line, string? Context, ReportPattern Pattern, Match Match)
    {
        public bool IsPanic { get; set; } = Pattern.IsPanic;

        /// <summary>Whether a line may be of this one's task or CPU.</summary>
        public bool IsSame(string? context) => Context is null || context is null || Context == context;
    }

    /// <summary>The reports in a log, in its order.</summary>
    /// <param name="log">Lines of /dev/kmsg, of dmesg or of a console, with or without time stamps.</param>
    public static IReadOnlyList<KernelReport> Read(IReadOnlyList<string> log)
    {
        var starts = new List<Start>();
        bool running = false;
        for (int i = 0; i < log.Count; i++)
        {
            if (log[i].AsSpan().IndexOfAny(s_literals) < 0)
            {
                running |= IsAfterBoot(log[i]);
                continue;
            }
            var line = LogLine.Of(log[i]);
            if (running && line.Text.StartsWith(Boot, StringComparison.Ordinal) && IsFirst(log[i]))
            {
                running = false;
                if (starts.Count == 0 || !starts[^1].IsPanic)
                    starts.Add(new Start(i, null, s_reboot, s_reboot.Match(line.Text)));
                continue;
            }
            running |= IsAfterBoot(log[i]);
            if (StartOf(line, i) is not { } start)
                continue;
            if (starts.FindLast(s => s.IsSame(start.Context)) is { } before && Continues(before, start))
                before.IsPanic |= start.Pattern.IsPanic;
            else
                starts.Add(start);
        }
        return
        [
            .. starts.Select(
                (s, i) => Report(log, s, starts.Skip(i + 1).FirstOrDefault(n => n.IsSame(s.Context))?.Line ?? log.Count)
            ),
        ];
    }

    private static readonly ReportPattern s_reboot = new(
        KernelReportKind.Reboot,
        Boot,
        "^" + Boot,
        "unexpected kernel reboot",
        FunctionSource.None
    );

    private static Start? StartOf(LogLine line, int number)
    {
        foreach (var pattern in ReportPatterns.All)
            if (pattern.Match(line.Text) is { Success: true } match)
                return new Start(number, line.Context, pattern, match);
        return null;
    }

    private static bool Continues(Start before, Start next)
    {
        int distance = next.Line - before.Line;
        if (distance > LongestReport)
            return false;
        if (next.Pattern.Continues)
            return before.Pattern.Kind != KernelReportKind.OutOfMemory;
        // kernel BUG at lib/list_debug.c, after the line that says how the list is damaged.
        return distance <= ReasonDistance
            && next.Pattern.Kind == KernelReportKind.Bug
            && before.Pattern.Kind is KernelReportKind.Corruption or KernelReportKind.Bug;
    }

    private static KernelReport Report(IReadOnlyList<string> log, Start start, int end)
    {
        var lines = Window(log, start, Math.Min(end, start.Line + LongestReport));
        var kind = start.Pattern.Kind;
        string headline = start.Pattern.HeadlineOf(start.Match);
        if (
            start.Match.Groups["place"] is { Success: true } place
            && ReportPlace.Of(place.Value, start.Match.Groups["function"].Value) is { } known
        )
            (kind, headline) = (known.Kind, known.Headline);
        if (kind == KernelReportKind.Kasan && KasanAccess.Of(lines) is { } access)
            headline = $"{headline} {access}";
        // A report that was cut before its stack trace has at least its place.
        string where = start.Match.Groups["place"] is { Success: true } file ? $" at {file.Value}" : "";
        string? function = GuiltyFunction.Of(start.Pattern.Function, start.Match, lines);
        var task = ReportTask.Of(lines);
        return new KernelReport(
            kind,
            function is null ? headline + where : $"{headline} in {function}",
            function,
            start.Pattern.Cause,
            lines
        )
        {
            IsPanic = start.IsPanic,
            Pid = task?.Pid,
            Worker = task?.Worker,
        };
    }

    /// <summary>The report's lines: where lines carry their task or CPU, those of its own.</summary>
    private static List<string> Window(IReadOnlyList<string> log, Start start, int end)
    {
        var lines = new List<string>();
        for (int i = start.Line; i < end; i++)
        {
            var line = LogLine.Of(log[i]);
            if (start.IsSame(line.Context))
                lines.Add(line.Text);
        }
        return lines;
    }

    /// <summary>The time stamp of a message is after the first second.</summary>
    private static bool IsAfterBoot(string line) =>
        line.StartsWith('[')
        && line.IndexOf('.') is > 1 and var dot
        && long.TryParse(
            line.AsSpan(1, dot - 1),
            NumberStyles.AllowLeadingWhite,
            CultureInfo.InvariantCulture,
            out long s
        )
        && s > 0;

    private static bool IsFirst(string line) => line.Contains("[    0.000000]", StringComparison.Ordinal);
}
