using static Harness.Runs.KernelLogs.FunctionSource;
using static Harness.Runs.KernelLogs.KernelReportKind;

namespace Harness.Runs.KernelLogs;

/// <summary>Forms of reports: what takes too long, and states that can't be.</summary>
internal static class ProgressPatterns
{
    public static IReadOnlyList<ReportPattern> All { get; } =
    [
        // Progress: kernel/rcu/tree_stall.h, kernel/watchdog.c, kernel/hung_task.c, kernel/workqueue.c.
        new(
            RcuStall,
            "detected",
            @"INFO: rcu_\w+ (?:self-)?detected (?:expedited )?stalls?",
            "INFO: rcu detected stall",
            Outermost
        )
        {
            Cause = KernelReportCause.Starvation,
        },
        new(Lockup, "soft lockup", @"BUG: soft lockup", "BUG: soft lockup", Outermost)
        {
            Cause = KernelReportCause.Starvation,
        },
        new(Lockup, "hard LOCKUP", @"Watchdog detected hard LOCKUP", "BUG: hard lockup", Outermost)
        {
            Cause = KernelReportCause.Starvation,
        },
        new(Lockup, "workqueue lockup", @"BUG: workqueue lockup", "BUG: workqueue lockup", None)
        {
            Cause = KernelReportCause.Starvation,
        },
        new(
            HungTask,
            " for more than ",
            @"(?:INFO: task .+ |:\d+ )blocked (?:in I/O wait )?for more than \d+ seconds",
            "INFO: task hung",
            Stack
        )
        {
            Cause = KernelReportCause.Starvation,
        },
        new(
            HungTask,
            " for more than ",
            @"(?:INFO: task .+ |:\d+ )can't die for more than \d+ seconds",
            "INFO: task can't die",
            Stack
        )
        {
            Cause = KernelReportCause.Starvation,
        },
        // States that can't be.
        new(
            BadState,
            "BUG: Bad ",
            @"BUG: (?<what>Bad (?:page state|page map|page cache|swap file entry|rss-counter state))(?<process> in process)?",
            "BUG: {what}",
            Stack
        ),
        new(
            BadState,
            "still in use",
            @"BUG: Dentry .* ?still in use .*\[unmount of",
            "BUG: Dentry still in use in unmount",
            None
        ),
        new(
            BadState,
            "workqueue leaked",
            @"BUG: workqueue leaked (?:lock or atomic|atomic, lock)",
            "BUG: workqueue leaked lock or atomic",
            NextLine
        ),
        new(
            BadState,
            "VFS: ",
            @"VFS: (?<what>Close: file count is (?:zero|0)|Busy inodes after unmount)",
            "VFS: {what}",
            None
        ),
        new(
            BadState,
            "waiting for ",
            @"unregister_netdevice: waiting for \S+ to become free",
            "unregister_netdevice: waiting for a device to become free",
            None
        ),
        new(
            BadState,
            "kernel stack ",
            @"WARNING: kernel stack (?<what>regs|frame pointer) (?:at .*? )?has bad (?:'\w+' )?value",
            "WARNING: kernel stack {what} has bad value",
            None
        ),
    ];
}
