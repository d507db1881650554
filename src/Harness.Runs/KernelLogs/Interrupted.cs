namespace Harness.Runs.KernelLogs;

/// <summary>What a CPU was busy with, from the stack traces of a stall.</summary>
internal static class Interrupted
{
    // The ways into the interrupt in which the stall was noticed; what is below them was interrupted.
    private static readonly HashSet<string> s_interrupts = new(StringComparer.Ordinal)
    {
        "apic_timer_interrupt",
        "asm_sysvec_apic_timer_interrupt",
        "sysvec_apic_timer_interrupt",
        "smp_apic_timer_interrupt",
        "retint_kernel",
        "reschedule_interrupt",
        "el1_irq",
        "el1h_64_irq",
        "el1_interrupt",
        "gic_handle_irq",
        "__irq_svc",
        "ret_from_exception",
        "nmi",
        "end_repeat_nmi",
        "asm_exc_nmi",
    };

    // Functions of the timer interrupt in which a stall is noticed.
    private static readonly HashSet<string> s_reporters = new(StringComparer.Ordinal)
    {
        "update_process_times",
        "watchdog_timer_fn",
        "rcu_check_callbacks",
        "rcu_sched_clock_irq",
        "check_cpu_stall",
        "hrtimer_interrupt",
        "nmi_cpu_backtrace",
    };

    private const int EntryFrames = 5;

    private static readonly HashSet<string> s_softirq = new(StringComparer.Ordinal)
    {
        "__do_softirq",
        "do_softirq",
        "handle_softirqs",
        "_stext",
        "__softirqentry_text_start",
    };

    /// <summary>
    /// The stack of the CPU that stalled, without the interrupt on top of it, and down to the softirq if it was in one.
    /// </summary>
    /// <param name="stacks">All of the report, each innermost first.</param>
    public static IReadOnlyList<string> Stack(IEnumerable<IReadOnlyList<string>> stacks)
    {
        var all = stacks.Select(s => s.ToList()).ToList();
        // That of RCU's own thread is printed where it was starved.
        var stack = all.Find(s =>
            s.Count > 1
            && s.Exists(f => !FunctionList.Generic.Contains(f))
            && !s.Contains("rcu_gp_kthread")
            && !s.Contains("rcu_gp_fqs_loop")
        ) ?? [];
        int below = stack.FindIndex(s_reporters.Contains);
        if (below >= 0)
        {
            int interrupt = stack.FindIndex(below, s_interrupts.Contains);
            // An interrupt has several of them, close to each other.
            below =
                interrupt < 0
                    ? 0
                    : interrupt
                        + 1
                        + stack.Skip(interrupt).Take(EntryFrames).ToList().FindLastIndex(s_interrupts.Contains);
        }
        var rest = stack.Skip(Math.Max(below, 0)).ToList();
        int softirq = rest.FindIndex(s_softirq.Contains);
        return softirq > 0 ? rest[..softirq] : rest;
    }
}
