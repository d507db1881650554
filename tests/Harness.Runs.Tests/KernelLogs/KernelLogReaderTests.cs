using Harness.Runs.KernelLogs;

namespace Harness.Runs.Tests.KernelLogs;

/// <summary>As lib/bug.c, arch/arm64/kernel/traps.c and arch/arm64/kvm/handle_exit.c write them.</summary>
public class KernelLogReaderTests
{
    private static readonly string[] s_warning =
    [
        "------------[ cut here ]------------",
        "WARNING: CPU: 3 PID: 812 at arch/arm64/kvm/mmu.c:1643 user_mem_abort+0x8f4/0xb60",
        "Modules linked in: stage2_exporter",
        "CPU: 3 UID: 0 PID: 812 Comm: probe Not tainted 6.12.0 #1",
        "pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)",
        "pc : user_mem_abort+0x8f4/0xb60",
        "lr : user_mem_abort+0x1c0/0xb60",
        "Call trace:",
        " user_mem_abort+0x8f4/0xb60",
        " kvm_handle_guest_abort+0x388/0x520",
        "---[ end trace 0000000000000000 ]---",
    ];

    private static readonly string[] s_oops =
    [
        "[  101.000001] Unable to handle kernel paging request at virtual address ffff8000849a3000",
        "[  101.000002] Mem abort info:",
        "[  101.000003] Internal error: Oops: 0000000096000007 [#1] PREEMPT SMP",
        "[  101.000004] CPU: 1 PID: 77 Comm: probe Tainted: G        W          6.1.0 #1",
        "[  101.000005] pc : __memcpy+0x110/0x230",
        "[  101.000006] lr : kvm_read_guest_page+0x70/0xa0",
        "[  101.000007] Call trace:",
        "[  101.000008]  __memcpy+0x110/0x230",
        "[  101.000009]  kvm_read_guest_page+0x70/0xa0",
        "[  101.000010]  kvm_handle_guest_abort+0x388/0x520",
        "[  101.000011] ---[ end trace 0000000000000000 ]---",
        "[  101.000012] Kernel panic - not syncing: Oops: Fatal exception",
    ];

    [Test]
    public void A_warning_has_its_function_and_not_the_line_number()
    {
        var report = KernelLogReader.Read(s_warning).Single();

        Assert.Multiple(() =>
        {
            Assert.That(report.Title, Is.EqualTo("WARNING in user_mem_abort"));
            Assert.That(report.Kind, Is.EqualTo(KernelReportKind.Warning));
            Assert.That(report.Cause, Is.EqualTo(KernelReportCause.Kernel));
            Assert.That(report.IsPanic, Is.False);
            Assert.That(report.Lines[0], Does.StartWith("WARNING: CPU: 3"));
        });
    }

    [Test]
    public void The_title_is_the_same_with_other_numbers()
    {
        string[] other =
        [
            .. s_warning.Select(l =>
                l.Replace("CPU: 3", "CPU: 11", StringComparison.Ordinal)
                    .Replace("812", "90210", StringComparison.Ordinal)
                    .Replace("0x8f4/0xb60", "0x7a0/0xae4", StringComparison.Ordinal)
                    .Replace("mmu.c:1643", "mmu.c:1702", StringComparison.Ordinal)
            ),
        ];

        Assert.That(
            KernelLogReader.Read(other).Single().Title,
            Is.EqualTo(KernelLogReader.Read(s_warning).Single().Title)
        );
    }

    [Test]
    public void An_oops_with_its_panic_is_one_report_that_names_who_called_memcpy()
    {
        var report = KernelLogReader.Read(s_oops).Single();

        Assert.Multiple(() =>
        {
            Assert.That(report.Title, Is.EqualTo("BUG: unable to handle kernel paging request in kvm_read_guest_page"));
            Assert.That(report.Kind, Is.EqualTo(KernelReportKind.BadAccess));
            Assert.That(report.IsPanic, Is.True);
        });
    }

    [Test]
    public void Reports_of_two_tasks_at_once_are_told_apart_by_the_task_in_each_line()
    {
        string[] log =
        [
            "[    9.000001][  T11] WARNING: CPU: 0 PID: 11 at arch/arm64/kvm/mmu.c:1 first+0x1/0x2",
            "[    9.000002][  T12] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008",
            "[    9.000003][  T11] pc : first+0x1/0x2",
            "[    9.000004][  T12] pc : second+0x1/0x2",
        ];

        Assert.That(
            KernelLogReader.Read(log).Select(r => r.Title),
            Is.EqualTo(["WARNING in first", "BUG: unable to handle kernel NULL pointer dereference in second"])
        );
    }

    [TestCase(
        KernelReportKind.HypervisorPanic,
        "nVHE hyp BUG at arch/arm64/kvm/hyp/nvhe/mem_protect.c",
        "kvm [241]: nVHE hyp BUG at: arch/arm64/kvm/hyp/nvhe/mem_protect.c:88!",
        "Kernel panic - not syncing: HYP panic:"
    )]
    [TestCase(
        KernelReportKind.HypervisorPanic,
        "nVHE hyp panic in __kvm_nvhe_host_stage2_idmap",
        "kvm [241]: nVHE hyp panic at: [<ffff8000812c4f70>] __kvm_nvhe_host_stage2_idmap+0x30/0x90!"
    )]
    [TestCase(
        KernelReportKind.HypervisorPanic,
        "HYP panic",
        "Kernel panic - not syncing: HYP panic:",
        "PS:204003c9 PC:0000 ESR:0000"
    )]
    [TestCase(
        KernelReportKind.HypervisorPanic,
        "HYP panic in kvm_vcpu_run_vhe",
        "Kernel panic - not syncing: HYP panic:",
        "Call trace:",
        " dump_backtrace+0x1/0x2",
        " panic+0x1/0x2",
        " hyp_panic+0x1/0x2",
        " kvm_vcpu_run_vhe+0x1/0x2"
    )]
    [TestCase(
        KernelReportKind.Trap,
        "Internal error: synchronous external abort in io_read",
        "Internal error: synchronous external abort: 0000000096000010 [#1] PREEMPT SMP",
        "pc : io_read+0x4/0x8"
    )]
    [TestCase(
        KernelReportKind.Bug,
        "kernel BUG in kvm_pgtable_stage2_map",
        "kernel BUG at arch/arm64/kvm/hyp/pgtable.c:1050!",
        "Internal error: Oops - BUG: 00000000f2000800 [#1] SMP",
        "pc : kvm_pgtable_stage2_map+0x4/0x8"
    )]
    [TestCase(
        KernelReportKind.Refcount,
        "WARNING: refcount bug in kvm_put_kvm",
        "WARNING: CPU: 0 PID: 1 at lib/refcount.c:28 refcount_warn_saturate+0xf4/0x148",
        "pc : refcount_warn_saturate+0xf4/0x148",
        "Call trace:",
        " refcount_warn_saturate+0xf4/0x148",
        " kvm_put_kvm+0x1/0x2"
    )]
    [TestCase(
        KernelReportKind.Warning,
        "WARNING in kvm_arch_destroy_vm",
        "WARNING: arch/arm64/kvm/arm.c:12 at kvm_arch_destroy_vm+0x1/0x2, CPU#3: probe/77"
    )]
    [TestCase(
        KernelReportKind.Kasan,
        "KASAN: use-after-free Read in kvm_age_gfn",
        "BUG: KASAN: use-after-free in kvm_age_gfn+0x44/0x60",
        "Read of size 8 at addr ffff0000c1d8a018 by task probe/9"
    )]
    [TestCase(
        KernelReportKind.RcuStall,
        "INFO: rcu detected stall in kvm_vcpu_ioctl",
        "rcu: INFO: rcu_preempt self-detected stall on CPU",
        "Call trace:",
        " update_process_times+0x1/0x2",
        " el1h_64_irq_handler+0x1/0x2",
        " el1h_64_irq+0x1/0x2",
        " __kvm_pgtable_visit+0x1/0x2",
        " kvm_vcpu_ioctl+0x1/0x2",
        " __arm64_sys_ioctl+0x1/0x2",
        " invoke_syscall+0x1/0x2",
        " el0_svc+0x1/0x2"
    )]
    [TestCase(
        KernelReportKind.HungTask,
        "INFO: task hung in kvm_mmu_notifier_invalidate_range_start",
        "INFO: task probe:90 blocked for more than 120 seconds.",
        "Call trace:",
        " __switch_to+0x1/0x2",
        " schedule+0x1/0x2",
        " rwsem_down_write_slowpath+0x1/0x2",
        " kvm_mmu_notifier_invalidate_range_start+0x1/0x2"
    )]
    [TestCase(
        KernelReportKind.Lockdep,
        "possible deadlock in kvm_vm_ioctl",
        "WARNING: possible circular locking dependency detected",
        "probe/90 is trying to acquire lock:",
        "ffff0000c1d8a018 (&kvm->lock){+.+.}-{3:3}, at: kvm_vm_ioctl+0x44/0x60"
    )]
    [TestCase(KernelReportKind.OutOfMemory, "Out of memory", "Out of memory: Killed process 90 (probe) total-vm:1kB")]
    public void A_report_has_its_kind_and_title(KernelReportKind kind, string title, params string[] log)
    {
        var report = KernelLogReader.Read(log).Single();

        Assert.That((report.Kind, report.Title), Is.EqualTo((kind, title)));
    }

    [TestCase("kvm [1]: nv: 568 coarse grained trap handlers")]
    [TestCase("WARNING: The mand mount option has been deprecated and")]
    [TestCase("probe[90]: segfault at 0 ip 0000 general protection fault ip:7feb96eb56a1")]
    [TestCase("INFO: lockdep is turned off.")]
    [TestCase("the text \"BUG: KASAN: use-after-free in f+0x1/0x2\" in quotes")]
    [TestCase("[    0.000000] Linux version 6.12.0")]
    public void A_line_that_is_no_report_is_none(string line) => Assert.That(KernelLogReader.Read([line]), Is.Empty);

    [Test]
    public void A_boot_in_the_middle_of_a_log_is_a_reboot_and_one_after_a_panic_is_not()
    {
        string[] boot =
        [
            "[    0.000000] Booting Linux on physical CPU 0x0000000000",
            "[    0.000000] Linux version 6.12.0",
        ];

        Assert.Multiple(() =>
        {
            Assert.That(
                KernelLogReader.Read(["[   55.123456] harness: case 7", .. boot]).Single().Kind,
                Is.EqualTo(KernelReportKind.Reboot)
            );
            Assert.That(KernelLogReader.Read([.. s_oops, .. boot]), Has.Count.EqualTo(1));
        });
    }

    [Test]
    public void Who_requested_a_panic_and_a_starved_machine_are_not_the_kernels_own_trouble()
    {
        string[] log =
        [
            "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [probe:90]",
            "Kernel panic - not syncing: sysrq triggered crash",
        ];

        Assert.That(
            KernelLogReader.Read(log).Select(r => r.Cause),
            Is.EqualTo([KernelReportCause.Starvation, KernelReportCause.Request])
        );
    }
}
