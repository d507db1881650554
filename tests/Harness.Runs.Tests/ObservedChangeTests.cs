using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Tests;

/// <summary>
/// The result of userspace's change, and the mapping after it, decoded from the steps between two guest runs.
/// </summary>
public class ObservedChangeTests
{
    private const int Einval = 22;
    private static readonly ObservationReader Reader = new(new Decoding(Fwb: true, null));

    private static StepResult Nothing => Seen.Descriptor(0, valid: false);

    private static ObservedCase Read(string key, StepResult[] change, params StepResult[] after)
    {
        var c = AllCases.Find(key)!;
        return Reader.Read(
            c,
            Seen.Completed(
                c,
                [
                    new MemslotResult(),
                    new MemslotResult(),
                    Seen.Report(0x100),
                    Seen.Descriptor(Seen.NormalRwxFwb),
                    Seen.Registers(0, 0),
                    .. change,
                    .. after,
                ]
            )
        );
    }

    [Test]
    public void The_leaf_is_read_after_the_change()
    {
        var seen = Read(
            "anonymous:private vma=rw slot=none write,read then=munmap",
            [new HoleResult(), Nothing],
            new RunResult { Errno = 14 }
        );

        Assert.That(
            seen.ToString(),
            Is.EqualTo("registered; write: mapped Normal-WB rwx; munmap: not mapped; read: KVM_RUN fails with EFAULT")
        );
    }

    [Test]
    public void The_first_of_its_calls_that_fails_is_what_the_change_returned()
    {
        var seen = Read(
            "anonymous:private vma=rw slot=none write,write then=recreate",
            [new MemslotResult(), new MemslotResult { Errno = Einval }, Nothing],
            Seen.Mmio(CaseLayout.TestAddress, write: true)
        );

        Assert.That(seen.Change!.Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(seen.ToString(), Does.EndWith("recreate: EINVAL, not mapped; write: KVM_EXIT_MMIO"));
    }

    [Test]
    public void Without_a_descriptor_only_the_errno_is_compared()
    {
        var seen = Read(
            "anonymous:private vma=rw slot=none write,read then=log-on",
            [new MemslotResult()],
            Seen.Report(0x101),
            Seen.Registers(0, 0)
        );

        Assert.That(seen.Change!.Left, Is.Null);
        Assert.That(seen.Change.ToString(), Is.EqualTo("log-on: done"));
    }

    [Test]
    public void A_change_that_the_program_never_made_is_unreadable()
    {
        var c = AllCases.Find("anonymous:private vma=rw slot=none write,read then=munmap")!;
        var whole = Seen.Completed(
            c,
            new MemslotResult(),
            Seen.Report(0x100),
            Seen.Descriptor(Seen.NormalRwxFwb),
            Seen.Registers(0, 0)
        );
        var ended = whole with { Steps = [.. whole.Steps.Take(Seen.Compiled(c).Change!.Calls[0].Index)] };

        Assert.That(
            () => Reader.Read(c, ended),
            Throws.InstanceOf<UnreadableObservationException>().With.Message.Contains("ends before userspace's change")
        );
    }

    [Test]
    public void A_leaf_that_the_change_left_against_the_prediction_is_a_mismatch()
    {
        var c = AllCases.Find("anonymous:private vma=rw slot=none write,read then=munmap")!;
        var judge = new Judge(
            Model.Policies.Mainline.V7_2,
            new HostProfile(
                "7.2.0",
                new HostFacts(true, true),
                new ProbeAbilities(true, true, true),
                new Decoding(true, null)
            )
        );
        var leaf = Seen.Descriptor(Seen.NormalRwxFwb);
        Verdict Decide(StepResult left, params StepResult[] then) =>
            judge.Decide(
                c,
                Seen.Completed(
                    c,
                    [
                        new MemslotResult(),
                        Seen.Report(0x100),
                        leaf,
                        Seen.Registers(0, 0),
                        new HoleResult(),
                        left,
                        .. then,
                    ]
                )
            );

        Assert.That(Decide(Nothing, new RunResult { Errno = 14 }).Kind, Is.EqualTo(VerdictKind.Match));
        var stale = Decide(leaf, Seen.Report(0x101), leaf, Seen.Registers(0, 0));
        Assert.That((stale.Kind, stale.Rule), Is.EqualTo((VerdictKind.Mismatch, "host-unmaps")));
    }
}
