using static Harness.Runs.KernelLogs.FunctionSource;
using static Harness.Runs.KernelLogs.KernelReportKind;

namespace Harness.Runs.KernelLogs;

/// <summary>Forms of reports: BUG(), WARN() and exceptions.</summary>
internal static class ExceptionPatterns
{
    private const string At = ReportPattern.At;

    public static IReadOnlyList<ReportPattern> All { get; } =
    [
        // BUG(), WARN().
        new(Bug, "rust_kernel: panicked", @"rust_kernel: panicked at", "rust_kernel: panicked", Stack),
        new(Bug, "kernel BUG at", @"kernel BUG at (?<place>\S+?)(?::\d+|$)", "kernel BUG", ProgramCounter),
        new(
            Warning,
            "WARNING: CPU:",
            $@"WARNING: CPU: \d+ PID: -?\d+ at (?<place>\S+?):\d+(?: {At}| (?<function>[\w.]+)\b)?",
            "WARNING",
            FirstLine
        ),
        new(
            Warning,
            "CPU#",
            $@"WARNING: (?:\[.*\] )?(?<place>\S+?):\d+ at (?:{At}|0x[0-9a-f]+), CPU#",
            "WARNING",
            FirstLine
        ),
        new(
            Warning,
            "WARNING: at",
            $@"WARNING: at (?<place>\S+?):\d+(?: {At}| (?<function>[\w.]+)\b)?",
            "WARNING",
            FirstLine
        ),
        // die(): "Internal error: Oops: 96000044 [#1]" on arm, "general protection fault: 0000 [#1]" on x86.
        new(
            Trap,
            "general protection fault",
            @".*general protection fault(?:, probably| for non-canonical|: [0-9a-f]+ \[| \[)",
            "general protection fault",
            ProgramCounter
        ),
        new(Trap, "PANIC: double fault", @"PANIC: double fault", "PANIC: double fault", ProgramCounter),
        new(Trap, "stack segment: ", @"stack segment: [0-9a-f]+ \[#", "stack segment fault", ProgramCounter),
        new(
            Trap,
            "Unable to handle",
            @"Unable to handle (?<what>[\w -]+?) at virtual address",
            "Unable to handle {what}",
            ProgramCounter
        ),
        new(
            Trap,
            "Bad mode in",
            @"Bad mode in (?<what>[\w -]+) handler detected",
            "Bad mode in {what} handler",
            ProgramCounter
        ),
        new(
            Trap,
            "exception on CPU",
            @"Unhandled (?<what>\d+-bit \w+ [\w-]+) exception on CPU",
            "Unhandled {what} exception",
            ProgramCounter
        ),
        new(Trap, "SError Interrupt on CPU", @"SError Interrupt on CPU", "SError interrupt", ProgramCounter),
        new(
            Trap,
            "Unexpected kernel BRK",
            @"Unexpected kernel BRK exception at EL1",
            "Unexpected kernel BRK exception",
            ProgramCounter
        ),
        new(
            Trap,
            "Internal error: ",
            @"Internal error: (?<what>[\w /-]*?)(?:: [0-9a-f]+)? \[#",
            "Internal error: {what}",
            ProgramCounter
        )
        {
            Continues = true,
        },
        new(
            Trap,
            " [#",
            @"(?:Oops: )?(?<what>divide[ _]error|invalid opcode|int3|stack guard page|double fault|bounds|alignment check|segment not present|invalid TSS|control protection fault|device not available|kernel stack overflow): [0-9a-f]+ \[#",
            "{what}",
            ProgramCounter
        )
        {
            Continues = true,
        },
        new(Trap, "Oops", @"Oops(?:: [0-9a-f]+)? \[#", "Oops", ProgramCounter) { Continues = true },
    ];
}
