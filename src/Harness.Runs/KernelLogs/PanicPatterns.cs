using static Harness.Runs.KernelLogs.FunctionSource;
using static Harness.Runs.KernelLogs.KernelReportKind;

namespace Harness.Runs.KernelLogs;

/// <summary>Forms of reports: panic(), and errors of the machine.</summary>
internal static class PanicPatterns
{
    private const string At = ReportPattern.At;

    public static IReadOnlyList<ReportPattern> All { get; } =
    [
        // panic() for the reason that a report before it gave, then for reasons of its own.
        new(
            Panic,
            "Kernel panic",
            @"Kernel panic - not syncing: (?<what>Fatal exception|scheduling while atomic|panic_on_warn set|kernel: panic_on_warn set|Oops|hung_task: blocked tasks|softlockup|Hard LOCKUP|RCU Stall|UBSAN|KASAN|kfence|kernel stack overflow|corrupted stack end detected inside scheduler in interrupt)",
            "kernel panic: {what}",
            None
        )
        {
            Continues = true,
            IsPanic = true,
        },
        new(
            Panic,
            "corrupted stack end",
            @"Kernel panic - not syncing: corrupted stack end detected",
            "kernel panic: corrupted stack end",
            Outermost
        )
        {
            IsPanic = true,
        },
        new(
            Panic,
            "stack is corrupted",
            $@"Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: (?:\[<[0-9a-f]+>\] )?(?:{At})?",
            "kernel panic: stack is corrupted",
            FirstLine
        )
        {
            IsPanic = true,
        },
        new(
            Panic,
            "Attempted to kill",
            @"Kernel panic - not syncing: (?<what>Attempted to kill [\w ]+)",
            "kernel panic: {what}!",
            None
        )
        {
            IsPanic = true,
            Cause = KernelReportCause.Request,
        },
        new(
            Panic,
            "sysrq triggered crash",
            @"Kernel panic - not syncing: sysrq triggered crash",
            "kernel panic: sysrq triggered crash",
            None
        )
        {
            IsPanic = true,
            Cause = KernelReportCause.Request,
        },
        new(
            Panic,
            "Unable to mount root",
            @"Kernel panic - not syncing: (?<what>VFS: Unable to mount root fs on \S+)",
            "kernel panic: {what}",
            None
        )
        {
            IsPanic = true,
            Cause = KernelReportCause.Machine,
        },
        new(
            Panic,
            "deadlocked on memory",
            @"Kernel panic - not syncing: (?<what>.*deadlocked on memory)",
            "kernel panic: {what}",
            None
        )
        {
            IsPanic = true,
            Cause = KernelReportCause.Machine,
        },
        new(
            Panic,
            "out of memory",
            @"Kernel panic - not syncing: (?<what>[Oo]ut of memory.*)",
            "kernel panic: {what}",
            None
        )
        {
            IsPanic = true,
            Cause = KernelReportCause.Machine,
        },
        new(
            Panic,
            "Kernel panic - not syncing",
            @"Kernel panic - not syncing: (?<what>.+)",
            "kernel panic: {what}",
            ProgramCounter
        )
        {
            IsPanic = true,
        },
        new(Panic, "Kernel panic - not syncing", @"Kernel panic - not syncing", "kernel panic", ProgramCounter)
        {
            IsPanic = true,
        },
        // The machine.
        new(OutOfMemory, "Out of memory: ", @"Out of memory: Kill(?:ed)? process", "Out of memory", None)
        {
            Cause = KernelReportCause.Machine,
        },
        new(
            Hardware,
            "[Hardware Error]",
            @"^\{?\d*\}?\[Hardware Error\]: (?<what>Hardware error from|Machine check|CPU \d+: Machine Check)",
            "Hardware error",
            None
        )
        {
            Cause = KernelReportCause.Machine,
        },
    ];
}
