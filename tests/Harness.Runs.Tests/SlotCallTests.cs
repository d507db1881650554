using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Slots;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Tests;

public class SlotCallTests
{
    private static readonly SlotCallsCase Grown = new("create,grow,delete,delete");

    private static readonly SlotCallsCase Bound = new("bind.2,bind.2");

    private static Judge JudgeOf(Policy policy)
    {
        var host = new HostFacts(Fwb: true, Dic: true);
        return new(policy, new HostProfile("7.2.0", host, Seen.Abilities, new Decoding(host.Fwb, null)));
    }

    private static StepResult[] Returned(params int[] errnos) =>
        [new MapResult(), new VmResult(), .. errnos.Select(e => new MemslotResult { Errno = e })];

    [Test]
    public void Calls_that_return_what_the_checks_say_are_a_match()
    {
        var verdict = JudgeOf(Mainline.V7_2).Decide(Grown, Seen.Whole(Grown, Returned(0, 22, 0, 22)));

        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
            Assert.That(
                verdict.Observed!.ToString(),
                Is.EqualTo("create: done; grow: EINVAL; delete: done; delete: EINVAL")
            );
            Assert.That(
                verdict.Path,
                Is.EqualTo(
                    new[]
                    {
                        ("1 create", "accept"),
                        ("2 grow", "slot-memory-for-good"),
                        ("3 delete", "accept"),
                        ("4 delete", "slot-absent"),
                    }
                )
            );
        });
    }

    [TestCase(new[] { 0, 0, 0, 22 }, "slot-memory-for-good")]
    [TestCase(new[] { 0, 17, 0, 22 }, "slot-memory-for-good")]
    [TestCase(new[] { 12, 22, 22, 22 }, "accept")]
    [TestCase(new[] { 0, 22, 0, 0 }, "slot-absent")]
    public void The_first_call_that_returns_something_else_names_its_check(int[] errnos, string rule)
    {
        var verdict = JudgeOf(Mainline.V7_2).Decide(Grown, Seen.Whole(Grown, Returned(errnos)));

        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
            Assert.That(verdict.Culprit, Is.EqualTo(Culprit.Kernel));
            Assert.That(verdict.Rule, Is.EqualTo(rule));
        });
    }

    [Test]
    public void A_call_without_a_result_is_the_probes_fault() =>
        Assert.That(
            JudgeOf(Mainline.V7_2).Decide(Grown, Seen.Whole(Grown, Returned(0, 22))).Kind,
            Is.EqualTo(VerdictKind.ProbeError)
        );

    [TestCase(22, VerdictKind.Match, "gmem-unknown")]
    [TestCase(1, VerdictKind.Mismatch, "gmem-unknown")]
    public void A_kernel_without_guest_memfd_refuses_to_create_one(int errno, VerdictKind kind, string rule)
    {
        var verdict = JudgeOf(Mainline.V6_17)
            .Decide(Bound, Seen.Whole(Bound, new MapResult(), new VmResult(), new GuestMemoryResult { Errno = errno }));

        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((kind, rule)), verdict.Reason);
    }
}
