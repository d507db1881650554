using Harness.Runs.Peers;
using Harness.Store;
using Harness.Targets.Transport;

namespace Harness.Runs.Tests.Peers;

/// <summary>What a host's shell returns.</summary>
public sealed class PeerShellTests
{
    private const string Warning = """
        [   12.000001] ------------[ cut here ]------------
        [   12.000002] WARNING: CPU: 1 PID: 207 at arch/arm64/kvm/mmu.c:1500 user_mem_abort+0x1c/0x40
        [   12.000003] CPU: 1 UID: 0 PID: 207 Comm: x Not tainted 6.12.117 #1
        [   12.000004] pc : user_mem_abort+0x1c/0x40
        [   12.000005] Call trace:
        [   12.000006]  user_mem_abort+0x1c/0x40
        [   12.000007] ---[ end trace 0000000000000000 ]---
        """;

    private static PeerEnding Read(string output) =>
        PeerShell.Read(new CommandResult(0, output, "", TimeSpan.FromSeconds(2)), TimeSpan.FromSeconds(9));

    [Test]
    public void Only_reports_after_the_mark_are_the_programs_own()
    {
        string log = $"{Warning}\n[   13.0] mark\n";
        Assert.That(Read($"0 -\n[   13.0] mark\nout\n=== stage2-harness: kernel log\n{log}").KernelReports, Is.Empty);
        Assert.That(
            Read($"0 -\n[    1.0] before\nout\n=== stage2-harness: kernel log\n[    1.0] before\n{log}").KernelReports,
            Is.EqualTo(new[] { "WARNING in user_mem_abort" })
        );
        Assert.That(
            Read($"0 -\n[    1.0] overwritten since\nout\n=== stage2-harness: kernel log\n{log}").KernelReports,
            Has.Count.EqualTo(1)
        );
        Assert.That(Read("0 -\n\nout\n=== stage2-harness: kernel log\n").KernelReports, Is.Empty, "no log can be read");
    }

    [Test]
    public void What_the_kernel_killed_for_memory_says_so()
    {
        const string OutOfMemory =
            "[  648.814614] Out of memory: Killed process 357 (mmu_stress_test) total-vm:2625232kB, anon-rss:1512kB\n";
        var killed = Read($"137 -\n\nout\n=== stage2-harness: kernel log\n{OutOfMemory}");
        Assert.That(
            (killed.Outcome, killed.KernelReports.Count),
            Is.EqualTo((PeerStates.Killed, 0)),
            "it is no trouble of the kernel's own"
        );
        Assert.That(killed.Reason, Does.StartWith("by signal 9; the kernel reported: ").And.Contain("memory"));
        Assert.That(Read($"0 -\n\nout\n=== stage2-harness: kernel log\n{OutOfMemory}").Reason, Is.Null);
    }

    [Test]
    public void The_output_ends_where_the_log_begins() =>
        Assert.That(
            Read("254 -\n\na\nb\n\n=== stage2-harness: kernel log\nlog\n"),
            Has.Property("Output")
                .EqualTo("a\nb")
                .And.Property("ExitCode")
                .EqualTo(254)
                .And.Property("Duration")
                .EqualTo(TimeSpan.FromSeconds(2))
        );

    [TestCase("")]
    [TestCase("sh: cd: /tmp/x: No such file or directory\n")]
    [TestCase("x -\n\nout\n")]
    public void Another_reply_is_no_result(string output) =>
        Assert.That(Read(output).Outcome, Is.EqualTo(PeerStates.NotRun));

    [Test]
    public void The_pool_of_huge_pages_changes_only_for_a_program_that_needs_it()
    {
        string Script(int pages) =>
            PeerShell.Script(
                "/tmp/a b",
                "x",
                new PeerProgram("x", ["x"], "-i 3", 1, 2, "why.") { HugePages = pages },
                TimeSpan.FromSeconds(2)
            );
        Assert.That(
            Script(0),
            Does.Contain("cd '/tmp/a b' || exit").And.Contain("setsid ./x -i 3 > out").And.Contain("[ 0 -gt 0 ]")
        );
        Assert.That(Script(32), Does.Contain("[ 32 -gt 0 ]").And.Contain("+ 32)"));
    }
}
