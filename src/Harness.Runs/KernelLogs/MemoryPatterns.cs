using static Harness.Runs.KernelLogs.FunctionSource;
using static Harness.Runs.KernelLogs.KernelReportKind;

namespace Harness.Runs.KernelLogs;

/// <summary>Forms of reports: accesses to memory, and damage to it.</summary>
internal static class MemoryPatterns
{
    private const string At = ReportPattern.At;

    public static IReadOnlyList<ReportPattern> All { get; } =
    [
        // Accesses. arm64: die_kernel_fault(); x86: show_fault_oops().
        new(
            NullDereference,
            "NULL pointer dereference",
            @"(?:BUG: unable|Unable) to handle kernel NULL pointer dereference",
            "BUG: unable to handle kernel NULL pointer dereference",
            ProgramCounter
        ),
        new(
            NullDereference,
            "BUG: kernel NULL pointer dereference",
            @"BUG: kernel NULL pointer dereference",
            "BUG: unable to handle kernel NULL pointer dereference",
            ProgramCounter
        ),
        new(
            BadAccess,
            "kernel data access",
            @"BUG: Unable to handle kernel data access",
            "BUG: unable to handle kernel paging request",
            ProgramCounter
        ),
        new(
            BadAccess,
            "paging request",
            @"(?:BUG: unable|Unable) to handle kernel paging request",
            "BUG: unable to handle kernel paging request",
            ProgramCounter
        ),
        new(
            BadAccess,
            "BUG: unable to handle page fault",
            @"BUG: unable to handle page fault",
            "BUG: unable to handle kernel paging request",
            ProgramCounter
        ),
        new(
            BadAccess,
            "Unable to handle kernel",
            @"Unable to handle kernel (?<what>access to user memory|read from unreadable memory|write to read-only memory|execution of user memory|execute from non-executable memory)",
            "BUG: unable to handle kernel {what}",
            ProgramCounter
        ),
        new(
            BadAccess,
            "Unable to handle kernel",
            @"Unable to handle kernel (?<what>[\w -]+?) at virtual address",
            "BUG: unable to handle kernel {what}",
            ProgramCounter
        ),
        new(
            BadAccess,
            "BUG: unable to handle",
            @"BUG: unable to handle kernel",
            "BUG: unable to handle kernel access",
            ProgramCounter
        ),
        new(
            BadAccess,
            "stack guard page was hit",
            @"BUG: (?:[A-Z]+ )?stack guard page was hit at",
            "BUG: stack guard page was hit",
            Outermost
        ),
        new(
            BadAccess,
            "Insufficient stack space",
            @"Insufficient stack space to handle exception!",
            "kernel stack overflow",
            Outermost
        ),
        new(
            BadAccess,
            "Unhandled fault",
            @"Unhandled fault: (?<what>[\w -]+)",
            "Unhandled fault: {what}",
            ProgramCounter
        ),
        new(BadAccess, "Alignment trap", @"Alignment trap: not handling instruction", "Alignment trap", ProgramCounter),
        // Damage.
        new(
            Corruption,
            "corruption",
            @"^(?:slab )?list_(?:add|del)(?: double add)?\b.* ?corruption",
            "BUG: corrupted list",
            Stack
        ),
        new(Corruption, "list_add double add", @"list_add double add", "BUG: corrupted list", Stack),
        new(
            Corruption,
            "usercopy: ",
            @"usercopy: Kernel memory (?:exposure|overwrite) attempt detected",
            "BUG: bad usercopy",
            Stack
        ),
        new(
            Corruption,
            "usercopy: ",
            @"usercopy: kernel memory (?:exposure|overwrite) attempt detected",
            "BUG: bad usercopy",
            Stack
        ),
        new(
            Corruption,
            "BUG ",
            @"^BUG [\w-]+ \((?:Not tainted|Tainted:[^)]*)\): (?!kasan)(?<what>.+)",
            "BUG: {what}",
            None
        ),
        new(Corruption, "INFO: ", $@"^INFO: (?<what>Allocated|Freed) in {At}", "INFO: {what}", FirstLine)
        {
            Continues = true,
        },
        new(MemoryLeak, "BUG: memory leak", @"BUG: memory leak", "memory leak", Stack),
        new(MemoryLeak, "unreferenced object 0x", @"^unreferenced object 0x", "memory leak", Stack)
        {
            Continues = true,
        },
    ];
}
