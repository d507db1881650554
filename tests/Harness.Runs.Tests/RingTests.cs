using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Rings;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;

namespace Harness.Runs.Tests;

public class RingTests
{
    private const uint RingFull = 31; // KVM_EXIT_DIRTY_RING_FULL
    private const ulong Page = 4096;

    private static readonly RingCase Case = new("store.193,read,reset,run,read,reset");

    private static Judge Judge { get; } =
        new(
            Mainline.V7_2,
            new HostProfile("7.2.12", new HostFacts(Fwb: true, Dic: true), Seen.Abilities, new Decoding(true, null))
        );

    /// <summary>The results of the case's program: these for its acts, in order, and all else works.</summary>
    private static Observation Did(params StepResult[] acts)
    {
        int next = 0;
        return Seen.Whole(
            Case,
            [
                .. Seen.Compiled(Case)
                    .Program.Steps.Select(s =>
                        s is RunStep or GetRegistersStep or RingStep or ResetRingsStep
                            ? acts[next++]
                            : EmptyResult.Of(s, 0)
                    ),
            ]
        );
    }

    private static GetRegistersResult At(ulong page) =>
        new(new Dictionary<GuestRegister, ulong> { [GuestRegister.X1] = CaseLayout.TestAddress + page * Page });

    private static RingResult Entries(int first, int count, uint slot = 1) =>
        new([.. Enumerable.Range(first, count).Select(p => new RingEntry(slot, (ulong)p))]);

    private static StepResult[] Right =>
        [
            new RunResult(RingFull),
            At(191),
            Entries(0, 192),
            new ResetRingsResult(192),
            Seen.Report(0x100),
            At(193),
            Entries(191, 2),
            new ResetRingsResult(2),
        ];

    private static Verdict With(int at, StepResult other)
    {
        StepResult[] acts = [.. Right];
        acts[at] = other;
        return Judge.Decide(Case, Did(acts));
    }

    [Test]
    public void A_full_ring_that_is_read_and_reset_is_a_match()
    {
        var verdict = Judge.Decide(Case, Did(Right));

        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
            Assert.That(verdict.Breaches, Is.Empty);
            Assert.That(
                verdict.Observed!.ToString(),
                Does.StartWith("store.193: KVM_EXIT_DIRTY_RING_FULL at page 191; read: entries 0-191; reset: 192 reset")
            );
        });
    }

    [Test]
    public void An_entry_that_is_missing_is_a_mismatch_and_a_lost_store()
    {
        var verdict = With(6, Entries(192, 1));

        Assert.Multiple(() =>
        {
            Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "dirty-ring-read")));
            Assert.That(
                verdict.Breaches.Select(b => (b.Property, b.Predicted)),
                Is.EqualTo([("no-store-unreported", false)])
            );
        });
    }

    [Test]
    public void Other_ends_are_mismatches()
    {
        Assert.Multiple(() =>
        {
            Assert.That(With(1, At(190)).Kind, Is.EqualTo(VerdictKind.Mismatch), "a page earlier");
            Assert.That(With(3, new ResetRingsResult(191)).Kind, Is.EqualTo(VerdictKind.Mismatch), "fewer are reset");
            Assert.That(With(2, Entries(0, 192, slot: 0)).Kind, Is.EqualTo(VerdictKind.Mismatch), "another slot's");
            Assert.That(With(4, new RunResult(RingFull)).Kind, Is.EqualTo(VerdictKind.Mismatch), "still full");
            Assert.That(With(4, new RunResult { Errno = 14 }).Kind, Is.EqualTo(VerdictKind.Mismatch), "it fails");
            Assert.That(With(4, Seen.Report(0x200)).Kind, Is.EqualTo(VerdictKind.Mismatch), "an exception");
            Assert.That(With(1, At(1000)).Kind, Is.EqualTo(VerdictKind.ProbeError), "outside its slot");
        });
    }

    [Test]
    public void A_kernel_without_rings_refuses_the_ring()
    {
        var old = new Judge(
            Mainline.V6_1,
            new HostProfile("6.1.176", new HostFacts(Fwb: true, Dic: true), Seen.Abilities, new Decoding(true, null))
        );
        var verdict = old.Decide(Case, Seen.Completed(Case, new EnableCapabilityResult { Errno = 22 }));

        Assert.That(
            (verdict.Kind, verdict.Rule),
            Is.EqualTo((VerdictKind.Match, "dirty-ring-unknown")),
            verdict.Reason
        );
    }
}
