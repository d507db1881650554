using Harness.Runs.Peers;
using Harness.Store;

namespace Harness.Runs.Tests.Peers;

/// <summary>What selftests print and return, as recorded on booted hosts.</summary>
public sealed class PeerOutputTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(300);

    private static PeerEnding Read(int exit, string output = "", bool late = false) =>
        PeerOutput.Read(exit, late, s_limit, output);

    [Test]
    public void Exit_code_0_passes_whatever_was_printed() =>
        Assert.That(
            Read(0, "not ok 1 something"),
            Is.EqualTo(new PeerEnding(PeerStates.Passed, null) { ExitCode = 0, Output = "not ok 1 something" })
        );

    [TestCase(
        "Random seed: 0x5bf36f51\n1..0 # SKIP - Requirement not met: kvm_check_cap(KVM_CAP_ARM_EL2)\n",
        "- Requirement not met: kvm_check_cap(KVM_CAP_ARM_EL2)"
    )]
    [TestCase("1..0 # SKIP Cannot find memory cgroup controller\n", "Cannot find memory cgroup controller")]
    [TestCase("1..0 # SKIP KVM_CAP_X not supported, skipping test\n", "KVM_CAP_X not supported")]
    [TestCase("nothing\n", "it does not say why")]
    public void Exit_code_4_is_a_skip_with_the_reason_that_it_prints(string output, string reason)
    {
        var ending = Read(4, output);
        Assert.That(
            (ending.Outcome, ending.Reason, ending.ExitCode),
            Is.EqualTo((PeerStates.Skipped, reason, (int?)4))
        );
    }

    private const string Assertion = """
        Random seed: 0x6b8b4567
        ==== Test Assertion Failure ====
          aarch64/page_fault_test.c:632: test->expected_events.uffd_faults == events.uffd_faults
          pid=206 tid=206 errno=9 - Bad file descriptor
        sh: addr2line: not found
          0x2 != 0x1 (test->expected_events.uffd_faults != events.uffd_faults)
        """;

    private const string WithStack = """
        ==== Test Assertion Failure ====
          x.c:7: a == b
          pid=1 tid=1 errno=4 - Interrupted system call
             1	0x00000000004023b7: main at x.c:7
             2	0x0000000000402f00: ?? ??:0
          the message
        """;

    [TestCase(
        Assertion,
        "aarch64/page_fault_test.c:632: test->expected_events.uffd_faults == events.uffd_faults: "
            + "0x2 != 0x1 (test->expected_events.uffd_faults != events.uffd_faults)"
    )]
    [TestCase(WithStack, "x.c:7: a == b: the message")]
    [TestCase("TAP version 13\nok 1 a\nnot ok 2 - b\nnot ok 3 c d\n# Totals: pass:1 fail:2\n", "not ok: b, c d")]
    [TestCase("something went wrong\n# Totals: pass:0\n", "something went wrong")]
    [TestCase("", "exit code 254")]
    public void Any_other_code_is_a_failure_with_the_assertion(string output, string reason)
    {
        var ending = Read(254, output);
        Assert.That(
            (ending.Outcome, ending.Reason, ending.ExitCode),
            Is.EqualTo((PeerStates.Failed, reason, (int?)254))
        );
        Assert.That(Read(1, output).Outcome, Is.EqualTo(PeerStates.Failed));
    }

    [Test]
    public void A_signal_is_named()
    {
        Assert.That(
            Read(142, "Alarm clock"),
            Has.Property("Outcome")
                .EqualTo(PeerStates.Killed)
                .And.Property("Reason")
                .EqualTo("by signal 14")
                .And.Property("ExitCode")
                .Null
        );
        Assert.That(Read(134, WithStack).Reason, Is.EqualTo("by signal 6, after x.c:7: a == b: the message"));
        Assert.That(Read(193).Outcome, Is.EqualTo(PeerStates.Failed), "there are 64 signals");
    }

    [Test]
    public void What_was_killed_at_its_limit_is_no_failure() =>
        Assert.That(
            Read(137, late: true),
            Has.Property("Outcome")
                .EqualTo(PeerStates.Timeout)
                .And.Property("Reason")
                .EqualTo("it was killed after 300 s")
                .And.Property("ExitCode")
                .Null
        );

    [TestCase(126, "sh: ./at: Permission denied\n", "sh: ./at: Permission denied")]
    [TestCase(127, "", "exit code 127")]
    public void What_can_t_be_executed_was_not_run(int exit, string output, string reason) =>
        Assert.That(
            Read(exit, output),
            Has.Property("Outcome").EqualTo(PeerStates.NotRun).And.Property("Reason").EqualTo(reason)
        );
}
