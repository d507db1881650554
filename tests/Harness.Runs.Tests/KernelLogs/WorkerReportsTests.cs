using Harness.Protocol;
using Harness.Runs.KernelLogs;

namespace Harness.Runs.Tests.KernelLogs;

public class WorkerReportsTests
{
    private static string Warning(int pid) =>
        $"WARNING: arch/arm64/kvm/pkvm.c:469 at pkvm_pgtable_stage2_map+0x1ec/0x230, CPU#0: exe/{pid}";

    private static Observation Of(int? pid, params string[] log) =>
        new("case", ObservationEnd.Completed, null, 1, [], log) { Pid = pid };

    [TestCase(143, 143, 1, TestName = "A report of the case's own worker is the case's")]
    [TestCase(143, 144, 0, TestName = "A report of another case's worker is not the case's")]
    [TestCase(143, 77, 1, TestName = "A report of a task that is no worker is of each case")]
    [TestCase(null, 144, 1, TestName = "Without a process, as from older probes, all are the case's")]
    public void Reports_are_those_of_the_cases_own_worker(int? own, int named, int reports)
    {
        var host = new WorkerReports();
        host.In(Of(144));

        Assert.That(host.In(Of(own, Warning(named))), Has.Count.EqualTo(reports));
    }

    [TestCase("stage2-143", 1, TestName = "A report of a thread of the case's own worker is the case's")]
    [TestCase(
        "stage2-144",
        0,
        TestName = "A report of a thread of another worker is not the case's, even of one unknown"
    )]
    [TestCase("stage2-", 1, TestName = "A name without a process id is no worker's")]
    public void A_thread_is_of_the_worker_in_its_name(string name, int reports)
    {
        var host = new WorkerReports();
        string warning = Warning(200).Replace("exe", name, StringComparison.Ordinal);

        Assert.That(host.In(Of(143, warning)), Has.Count.EqualTo(reports));
        string[] oops =
        [
            "BUG: KASAN: use-after-free in kvm_age_gfn+0x44/0x60",
            $"CPU: 0 UID: 0 PID: 200 Comm: {name} Not tainted 7.2.12 #1",
        ];
        Assert.That(host.In(Of(143, oops)), Has.Count.EqualTo(reports));
    }

    [TestCase("CPU: 0 UID: 0 PID: 143 Comm: exe Tainted: G           OE       7.2.12 #1 PREEMPTLAZY")]
    [TestCase("CPU: 0 PID: 143 Comm: exe Not tainted 6.1.0 #1")]
    [TestCase("Read of size 8 at addr ffff0000c1d8a018 by task exe/143")]
    public void The_task_is_in_the_lines_after_the_first(string line) =>
        Assert.That(
            KernelLogReader.Read(["BUG: KASAN: use-after-free in kvm_age_gfn+0x44/0x60", line])[0].Pid,
            Is.EqualTo(143)
        );
}
