using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Tests;

/// <summary>The page of a guest's access, beside the process's own page at the slot's address.</summary>
public class FrameTests
{
    private const ulong Present = 1ul << 63;
    private const ulong Frame = (Seen.NormalRwxFwb & 0xffff_f000) >> 12;

    private static readonly AccessCase Load = new(Backing.Plain, true, SlotFlags.None, new AccessList(Access.Read));

    private static Verdict Decide(FrameResult before, FrameResult after, ulong descriptor = Seen.NormalRwxFwb) =>
        new Judge(
            Mainline.V7_2,
            new HostProfile("7.2.0", new HostFacts(true, true), Seen.Abilities, new Decoding(true, null))
        ).Decide(
            Load,
            Seen.Completed(
                Load,
                new MemslotResult(),
                Seen.Report(0x100),
                before,
                Seen.Descriptor(descriptor & ~(2ul << 6)),
                after,
                Seen.Registers(0, 0)
            )
        );

    private static FrameResult At(ulong frame) => new(Present | (1ul << 61) | frame);

    [Test]
    public void The_page_that_the_process_has_is_a_match() =>
        Assert.That(Decide(At(Frame), At(Frame)).Kind, Is.EqualTo(VerdictKind.Match));

    [Test]
    public void Another_page_is_the_kernels_mismatch_and_breaks_the_property_of_own_memory()
    {
        var verdict = Decide(At(Frame + 1), At(Frame + 1));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(verdict.Culprit, Is.EqualTo(Culprit.Kernel));
        Assert.That(verdict.Breaches.Select(b => (b.Property, b.Predicted)), Does.Contain(("only-its-memory", false)));
        Assert.That(verdict.Observed!.ToString(), Does.EndWith(Outcome.Elsewhere));
        Assert.That(verdict.Reason, Does.Contain("0xb2144000").And.Contain("0xb2145000"));
    }

    /// <summary>What was migrated, collapsed or copied meanwhile, isn't there, or isn't shown to this user.</summary>
    [Test]
    public void A_frame_that_changed_or_is_not_known_is_no_evidence()
    {
        FrameResult[] unknown = [new(), new(0), new(Present), new(Frame + 1), new() { Errno = 1 }];

        foreach (var frame in unknown)
            Assert.That(Decide(frame, frame).Kind, Is.EqualTo(VerdictKind.Match), $"{frame}");
        Assert.That(Decide(At(Frame + 1), At(Frame + 2)).Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(Decide(At(Frame + 1), At(Frame)).Kind, Is.EqualTo(VerdictKind.Match));
    }
}
