using System.Text.RegularExpressions;
using Harness.Runs.KernelLogs;

namespace Harness.KernelLogMeasurement;

/// <summary>What the reader made of a labelled log.</summary>
/// <param name="Labelled">The log.</param>
/// <param name="Report">The first report; null if none was found.</param>
internal sealed partial record KernelLogMeasure(LabelledLog Labelled, KernelReport? Report)
{
    // Made by programs of users, or by another system on the machine: no report of a kernel.
    private static readonly string[] s_others = ["SYZFAIL", "SYZFATAL", "go runtime error", "trusty: "];

    public static KernelLogMeasure Of(LabelledLog log) =>
        new(log, KernelLogReader.Read(log.Log) is [var first, ..] ? first : null);

    /// <summary>A kernel's report is in it.</summary>
    public bool HasReport =>
        (Labelled.Title ?? (Labelled.Type is null ? null : "")) is { } title
        && !s_others.Any(o => title.StartsWith(o, StringComparison.Ordinal));

    public bool IsFound => HasReport && Report is not null;

    public bool IsFalse => Labelled.Title is null && Labelled.Type is null && Report is not null;

    /// <summary>Null where the label names no kind.</summary>
    public bool? IsKindEqual =>
        HasReport && Labelled.Type is { } type
            ? Report is not null && Kinds(type, Labelled.Title).Contains(Report.Kind)
            : null;

    /// <summary>The function is not compared where the label says that the report is corrupted.</summary>
    public bool? IsTitleEqual =>
        HasReport && Labelled.Title is { } title
            ? Report is not null
                && (
                    Labelled.IsCorrupted
                        ? Headline(title) == Headline(Place().Replace(Report.Title, ""))
                        : Labelled.OtherTitles.Prepend(title).Any(t => Plain(t) == Plain(Report.Title))
                )
            : null;

    /// <summary>Null where the label names no function, or the report is corrupted.</summary>
    public bool? IsFunctionEqual =>
        HasReport && !Labelled.IsCorrupted && Function(Labelled.Title ?? "") is { } function
            ? Report?.Function is { } ours
                && Labelled.OtherTitles.Append("in " + function).Any(t => Function(t) == ours)
            : null;

    private static KernelReportKind[] Kinds(string type, string? title) =>
        type switch
        {
            "WARNING" when title?.Contains("locking dependency", StringComparison.Ordinal) == true =>
            [
                KernelReportKind.Lockdep,
            ],
            "WARNING" when title?.Contains("suspicious RCU", StringComparison.Ordinal) == true =>
            [
                KernelReportKind.Lockdep,
            ],
            "WARNING" => [KernelReportKind.Warning],
            "BUG" when title?.Contains("usercopy", StringComparison.Ordinal) == true => [KernelReportKind.Corruption],
            "BUG" => [KernelReportKind.Bug],
            "HANG" when title?.Contains("rcu detected", StringComparison.Ordinal) == true =>
            [
                KernelReportKind.RcuStall,
            ],
            "HANG" when title?.Contains("lockup", StringComparison.Ordinal) == true => [KernelReportKind.Lockup],
            "HANG" => [KernelReportKind.HungTask],
            "LOCKDEP" => [KernelReportKind.Lockdep],
            "LEAK" => [KernelReportKind.MemoryLeak],
            "ATOMIC_SLEEP" => [KernelReportKind.AtomicSleep],
            "REFCOUNT_WARNING" => [KernelReportKind.Refcount],
            "REBOOT" => [KernelReportKind.Reboot],
            "NULL-POINTER-DEREFERENCE" => [KernelReportKind.NullDereference],
            "MEMORY_SAFETY_BUG" when title?.Contains("corrupted list", StringComparison.Ordinal) == true =>
            [
                KernelReportKind.Corruption,
            ],
            "MEMORY_SAFETY_BUG" => [KernelReportKind.BadAccess],
            "MEMORY_SAFETY_UBSAN" or "UBSAN" => [KernelReportKind.Ubsan],
            "DoS" when title == "kernel panic: bad mode" => [KernelReportKind.Panic, KernelReportKind.Trap],
            "DoS" when title?.StartsWith("kernel panic", StringComparison.Ordinal) == true => [KernelReportKind.Panic],
            "DoS" when title?.StartsWith("BUG: Object", StringComparison.Ordinal) == true =>
            [
                KernelReportKind.Corruption,
            ],
            "DoS" when title?.StartsWith("VFS", StringComparison.Ordinal) == true => [KernelReportKind.BadState],
            "DoS" when title?.StartsWith("unregister", StringComparison.Ordinal) == true => [KernelReportKind.BadState],
            "DoS" => [KernelReportKind.Trap, KernelReportKind.BadAccess],
            _ when type.StartsWith("KASAN", StringComparison.Ordinal) => [KernelReportKind.Kasan],
            _ when type.StartsWith("KFENCE", StringComparison.Ordinal) => [KernelReportKind.Kfence],
            _ when type.StartsWith("KMSAN", StringComparison.Ordinal) => [KernelReportKind.Kmsan],
            _ when type.StartsWith("KCSAN", StringComparison.Ordinal) => [KernelReportKind.Kcsan],
            _ => [],
        };

    private static string Plain(string title) =>
        Detail()
            .Replace(Numbers().Replace(title.Replace("'bp' ", "", StringComparison.Ordinal), "N"), "$1$2")
            .Replace("bug: invalid wait context", "warning: locking bug", StringComparison.OrdinalIgnoreCase)
            .ToLowerInvariant();

    /// <summary>The part before the function.</summary>
    private static string Headline(string title) => Plain(InFunction().Replace(title, ""));

    private static string? Function(string title) =>
        InFunction().Match(title) is { Success: true } match ? match.Groups["function"].Value : null;

    [GeneratedRegex(@"(?:^| )in (?<function>\S+)(?: at addr ADDR)?$")]
    private static partial Regex InFunction();

    [GeneratedRegex(@" at [\w./-]+\.[chS]$")]
    private static partial Regex Place();

    // Ours say more.
    [GeneratedRegex(@"^(Unhandled fault|Internal error|unregister_netdevice)(?:: ?.*?)?( in .*)?$")]
    private static partial Regex Detail();

    [GeneratedRegex(@"NUM|\d+")]
    private static partial Regex Numbers();
}
