using System.Text.RegularExpressions;

namespace Harness.Runs.KernelLogs;

/// <summary>The function that a report's title names: the first one that is not in reports of every kind.</summary>
internal static partial class GuiltyFunction
{
    private const string At = @"(?<function>" + StackFrame.Symbol + @")\+0x[0-9a-f]+/0x[0-9a-f]+";

    // show_regs(): "pc : f+0x1/0x2" on arm64, "PC is at" on arm, "RIP: 0010:" on x86, "epc :" on riscv.
    [GeneratedRegex(
        @"^\s*(?:PC is at |pc : |epc : |RIP: 0010:|EIP: |EIP is at |R?IP: |NIP )(?:\[[<0-9a-f>]+\]\s*)*(?:\(?)" + At,
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Counter();

    [GeneratedRegex(@"(?:, at: (?:\[<[0-9a-f]+>\] )?|\) at:\s*|^\[<[0-9a-f]+>\] )" + At, RegexOptions.CultureInvariant)]
    private static partial Regex Lock();

    [GeneratedRegex(@"^(?:\[<[0-9a-f]+>\] )?" + At + @"\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex LockLine();

    private static readonly string[] s_beforeLock =
    [
        "is trying to acquire lock",
        " takes:",
        "is trying to release lock",
        "just changed the state of lock",
        "is trying to contend lock",
        "is trying to lock:",
        "with a lock still held there",
        "lock held by",
        "locks held by",
        "is leaving the kernel with locks still held",
    ];

    private static readonly string[] s_beforeStack =
    [
        "Call Trace:",
        "Call trace:",
        "Backtrace:",
        "backtrace:",
        "stack backtrace:",
        "NMI backtrace for cpu",
    ];

    // What follows the stack trace of interest.
    private static readonly string[] s_afterStack =
    [
        "Allocated by ",
        "Freed by ",
        "Uninit was ",
        "Local variable ",
        "The buggy address ",
        "Memory state ",
        "Last potentially related work",
        "Last call_rcu",
        "---[ end trace",
        "Showing all locks",
        "Modules linked in",
        "INFO: task ",
        "NMI backtrace for cpu",
        "RIP: 0033",
        "RIP: 0023",
    ];

    public static string? Of(FunctionSource source, Match first, IReadOnlyList<string> report)
    {
        if (source == FunctionSource.None)
            return null;
        if (source == FunctionSource.Outermost)
            return OutermostFunction.Of(ProgramCounter(report).FirstOrDefault(), Interrupted.Stack(Stacks(report)));
        var candidates = source switch
        {
            FunctionSource.FirstLine => Named(first).Concat(ProgramCounter(report)),
            FunctionSource.ProgramCounter => ProgramCounter(report),
            FunctionSource.LockSite => LockSite(report),
            FunctionSource.NextLine => NextLine(report),
            _ => [],
        };
        return candidates.Concat(Stack(report)).FirstOrDefault(f => !FunctionList.Generic.Contains(f));
    }

    private static bool HasSymbol(string line) => line.Contains("+0x", StringComparison.Ordinal);

    private static IEnumerable<string> Named(Match first) =>
        first.Groups["function"] is { Success: true } function ? [FunctionName.Of(function.Value)] : [];

    /// <summary>The first one.</summary>
    private static IEnumerable<string> ProgramCounter(IReadOnlyList<string> report) =>
        report
            .Where(HasSymbol)
            .Select(l => Counter().Match(l))
            .Where(m => m.Success)
            .Take(1)
            .Select(m => FunctionName.Of(m.Groups["function"].Value));

    private static IEnumerable<string> NextLine(IReadOnlyList<string> report)
    {
        const string before = "last function: ";
        return report
            .Skip(1)
            .Take(2)
            .Where(l => l.Contains(before, StringComparison.Ordinal))
            .Select(l => FunctionName.Of(l[(l.IndexOf(before, StringComparison.Ordinal) + before.Length)..].Trim()));
    }

    private static IEnumerable<string> LockSite(IReadOnlyList<string> report)
    {
        int at = 0;
        while (at < report.Count && !Array.Exists(s_beforeLock, w => report[at].Contains(w, StringComparison.Ordinal)))
            at++;
        foreach (string line in report.Skip(at).Take(6))
        {
            var match = Lock().Match(line);
            if (!match.Success)
                match = LockLine().Match(line);
            if (match.Success)
                return [FunctionName.Of(match.Groups["function"].Value)];
        }
        return [];
    }

    /// <summary>The functions of the first stack trace, innermost first.</summary>
    private static IReadOnlyList<string> Stack(IReadOnlyList<string> report) => Stacks(report).FirstOrDefault() ?? [];

    /// <summary>The functions of each stack trace, innermost first.</summary>
    private static IEnumerable<IReadOnlyList<string>> Stacks(IReadOnlyList<string> report)
    {
        int at = NextStack(report, 0);
        if (at == report.Count)
            at = 0; // cut, or without the line before
        while (at < report.Count)
        {
            int next = NextStack(report, at + 1);
            var functions = new List<string>();
            for (int i = at + 1; i < next; i++)
            {
                string line = report[i];
                if (
                    functions.Count > 0
                    && Array.Exists(s_afterStack, w => line.StartsWith(w, StringComparison.Ordinal))
                )
                    break;
                if (HasSymbol(line) && Counter().Match(line) is { Success: true } counter)
                    functions.Add(FunctionName.Of(counter.Groups["function"].Value));
                else
                    functions.AddRange(StackFrame.Of(line).Where(f => f.IsReliable).Select(f => f.Function));
            }
            if (functions.Count > 0)
                yield return functions;
            at = next;
        }
    }

    private static int NextStack(IReadOnlyList<string> report, int from)
    {
        while (
            from < report.Count
            && !Array.Exists(s_beforeStack, w => report[from].TrimStart().StartsWith(w, StringComparison.Ordinal))
        )
            from++;
        return from;
    }
}
