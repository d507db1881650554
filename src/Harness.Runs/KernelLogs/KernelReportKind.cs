namespace Harness.Runs.KernelLogs;

/// <summary>The kinds of reports, each with the function that writes it.</summary>
public enum KernelReportKind
{
    /// <summary>WARN(): __warn(), kernel/panic.c.</summary>
    Warning,

    /// <summary>BUG(): report_bug(), lib/bug.c, and bug_handler(), arch/arm64/kernel/traps.c.</summary>
    Bug,

    /// <summary>kasan_report(), mm/kasan/report.c.</summary>
    Kasan,

    /// <summary>kfence_report_error(), mm/kfence/report.c.</summary>
    Kfence,

    /// <summary>kmsan_report(), mm/kmsan/report.c.</summary>
    Kmsan,

    /// <summary>kcsan_report_known_origin(), kernel/kcsan/report.c.</summary>
    Kcsan,

    /// <summary>ubsan_prologue(), lib/ubsan.c.</summary>
    Ubsan,

    /// <summary>An access that is not mapped or not permitted: die_kernel_fault(), arch/arm64/mm/fault.c.</summary>
    BadAccess,

    /// <summary>An access to the first page.</summary>
    NullDereference,

    /// <summary>Another exception in the kernel: die(), arch/arm64/kernel/traps.c.</summary>
    Trap,

    /// <summary>A list, a copy or a stack that is damaged: lib/list_debug.c, mm/usercopy.c.</summary>
    Corruption,

    /// <summary>Lock order and use of locks: kernel/locking/lockdep.c, kernel/locking/spinlock_debug.c.</summary>
    Lockdep,

    /// <summary>Sleeping where it is not allowed: __might_resched(), __schedule_bug(), kernel/sched/core.c.</summary>
    AtomicSleep,

    /// <summary>print_cpu_stall() and print_other_cpu_stall(), kernel/rcu/tree_stall.h.</summary>
    RcuStall,

    /// <summary>watchdog_timer_fn(), kernel/watchdog.c.</summary>
    Lockup,

    /// <summary>check_hung_task(), kernel/hung_task.c.</summary>
    HungTask,

    /// <summary>refcount_warn_saturate(), lib/refcount.c.</summary>
    Refcount,

    /// <summary>kmemleak, mm/kmemleak.c.</summary>
    MemoryLeak,

    /// <summary>A state that can't be: bad_page(), mm/page_alloc.c, and the like.</summary>
    BadState,

    /// <summary>panic(), kernel/panic.c, for a reason that no other report gave.</summary>
    Panic,

    /// <summary>KVM's hypervisor code: nvhe_hyp_panic_handler(), arch/arm64/kvm/handle_exit.c.</summary>
    HypervisorPanic,

    /// <summary>The log goes on with another boot, and nothing before it says why.</summary>
    Reboot,

    /// <summary>Memory ran out: out_of_memory(), mm/oom_kill.c.</summary>
    OutOfMemory,

    /// <summary>Hardware reported an error: drivers/acpi/apei/ghes.c and mce.</summary>
    Hardware,
}
