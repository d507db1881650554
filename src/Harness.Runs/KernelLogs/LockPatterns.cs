using static Harness.Runs.KernelLogs.FunctionSource;
using static Harness.Runs.KernelLogs.KernelReportKind;

namespace Harness.Runs.KernelLogs;

/// <summary>Forms of reports: use of locks.</summary>
internal static class LockPatterns
{
    public static IReadOnlyList<ReportPattern> All { get; } =
    [
        // Locks: kernel/locking/lockdep.c. "[ INFO: ... ]" and "[ BUG: ... ]" before 4.11.
        new(
            Lockdep,
            "possible ",
            @"(?:WARNING|INFO): possible (?:circular locking dependency|recursive locking|irq lock inversion dependency) detected",
            "possible deadlock",
            LockSite
        ),
        new(
            Lockdep,
            "lock order detected",
            @"(?:WARNING|INFO): \S+-safe -> \S+-unsafe lock order detected",
            "possible deadlock",
            LockSite
        ),
        new(
            Lockdep,
            "inconsistent lock state",
            @"(?:WARNING|INFO): inconsistent lock state",
            "inconsistent lock state",
            LockSite
        ),
        new(Lockdep, "nvalid wait context", @"BUG: Invalid wait context", "BUG: Invalid wait context", LockSite),
        new(
            Lockdep,
            "suspicious RCU usage",
            @"(?<word>WARNING|INFO): suspicious RCU usage",
            "{word}: suspicious RCU usage",
            Stack
        ),
        new(
            Lockdep,
            "bad unlock balance",
            @"(?<word>WARNING|BUG): bad unlock balance detected",
            "{word}: bad unlock balance",
            LockSite
        ),
        new(
            Lockdep,
            "bad contention",
            @"(?<word>WARNING|BUG): bad contention detected",
            "{word}: bad contention",
            LockSite
        ),
        new(Lockdep, "held lock freed", @"(?<word>WARNING|BUG): held lock freed", "{word}: held lock freed", LockSite),
        new(
            Lockdep,
            "still has locks held",
            @"(?<word>WARNING|BUG): \S+ still has locks held",
            "{word}: still has locks held",
            LockSite
        ),
        new(
            Lockdep,
            "lock held when returning to user space",
            @"(?<word>WARNING|BUG): lock held when returning to user space",
            "{word}: lock held when returning to user space",
            LockSite
        ),
        new(
            Lockdep,
            "Nested lock was not taken",
            @"(?<word>WARNING|BUG): Nested lock was not taken",
            "{word}: nested lock was not taken",
            LockSite
        ),
        new(
            Lockdep,
            "register non-static key",
            @"INFO: trying to register non-static key",
            "INFO: trying to register non-static key",
            Stack
        ),
        new(Lockdep, " too low!", @"BUG: (?<what>MAX_[A-Z_]+ too low)!", "BUG: {what}!", None),
        new(
            Lockdep,
            "BUG: ",
            @"BUG: (?<what>(?:spinlock|rwlock|rtmutex) (?:lockup suspected|lockup|cpu recursion|recursion|bad magic|already unlocked|wrong owner|wrong CPU|uninitialized))",
            "BUG: {what}",
            Stack
        ),
        new(
            Lockdep,
            "in preemptible",
            @"BUG: using (?<what>\w+\(\)) in preemptible",
            "BUG: using {what} in preemptible code",
            Stack
        ),
        new(
            AtomicSleep,
            "BUG: sleeping function",
            @"BUG: sleeping function called from invalid context",
            "BUG: sleeping function called from invalid context",
            Stack
        ),
        new(
            AtomicSleep,
            "BUG: scheduling while atomic",
            @"BUG: scheduling while atomic",
            "BUG: scheduling while atomic",
            Stack
        ),
    ];
}
