using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Tags;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;

namespace Harness.Runs.Tests;

public class TagTests
{
    private static readonly TagCase Copied = new("enable,slot.plain,to.plain,from.plain.all");

    private static readonly TagCase OfGuest = new("enable,slot.plain,vcpu,stg.plain,ldg.plain");

    private static Judge Judge { get; } =
        new(
            Mainline.V7_2,
            new HostProfile(
                "7.2.12",
                new HostFacts(Fwb: true, Dic: true, Mte: true),
                Seen.Abilities,
                new Decoding(true, null)
            )
        );

    /// <summary>
    /// The results of a case's program: these for copies and the guest, in order, and all else works.
    /// </summary>
    private static Observation Did(TagCase c, params StepResult[] acts)
    {
        int next = 0;
        return Seen.Whole(
            c,
            [
                .. Seen.Compiled(c)
                    .Program.Steps.Select(s =>
                        s is CopyTagsStep or RunStep or GetRegistersStep ? acts[next++] : EmptyResult.Of(s, 0)
                    ),
            ]
        );
    }

    private static GetRegistersResult Registers(ulong x17 = 0, ulong esr = 0) =>
        new(
            new Dictionary<GuestRegister, ulong>
            {
                [GuestRegister.X10] = esr,
                [GuestRegister.X11] = 0,
                [GuestRegister.X12] = 0,
                [GuestRegister.X13] = 0x200,
                [GuestRegister.X17] = x17,
            }
        );

    private static readonly TagRun[] Right = [new(3, 256), new(0, 256)];

    [Test]
    public void Tags_that_come_back_as_they_were_copied_are_a_match()
    {
        var verdict = Judge.Decide(Copied, Did(Copied, new CopyTagsResult(4096), new CopyTagsResult(8192, Right)));

        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
            Assert.That(
                verdict.Observed!.ToString(),
                Is.EqualTo("enable: done; slot.plain: done; to.plain: 1 page; from.plain.all: 2 pages, tags 3 and 0")
            );
        });
    }

    [TestCase(255, 257, "tags 3x255 0x257")]
    [TestCase(257, 255, "2 pages, tags 3 and 3,0,0")]
    [TestCase(0, 512, "2 pages, tags 0 and 0")]
    public void Other_tags_are_a_mismatch(int before, int after, string seen)
    {
        TagRun[] runs = before == 0 ? [new(0, after)] : [new(3, before), new(0, after)];
        var verdict = Judge.Decide(Copied, Did(Copied, new CopyTagsResult(4096), new CopyTagsResult(8192, runs)));

        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch), verdict.Reason);
            Assert.That(verdict.Observed!.ToString(), Does.EndWith(seen));
        });
    }

    [Test]
    public void What_a_copy_returns_is_judged_by_the_rule_that_decides_it()
    {
        var verdict = Judge.Decide(
            Copied,
            Did(Copied, new CopyTagsResult { Errno = 16 }, new CopyTagsResult(8192, Right))
        );

        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "tags-written")), verdict.Reason);
    }

    [Test]
    public void Fewer_tags_than_bytes_are_the_probes_fault() =>
        Assert.That(
            Judge.Decide(Copied, Did(Copied, new CopyTagsResult(4096), new CopyTagsResult(8192, [new(3, 256)]))).Kind,
            Is.EqualTo(VerdictKind.ProbeError)
        );

    [TestCase(4ul << 56, 0ul, VerdictKind.Match)]
    [TestCase(5ul << 56, 0ul, VerdictKind.Mismatch)]
    public void The_tag_that_a_guest_loads_is_judged(ulong loaded, ulong esr, VerdictKind kind) =>
        Assert.That(
            Judge
                .Decide(
                    OfGuest,
                    Did(OfGuest, Seen.Report(0x100), Registers(), Seen.Report(0x101), Registers(loaded, esr))
                )
                .Kind,
            Is.EqualTo(kind)
        );

    [Test]
    public void An_exception_at_a_tag_is_a_mismatch()
    {
        var verdict = Judge.Decide(
            OfGuest,
            Did(OfGuest, Seen.Report(0x200), Registers(esr: 0x0200_0000), Seen.Report(0x101), Registers(4ul << 56))
        );

        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch), verdict.Reason);
            Assert.That(verdict.Observed!.ToString(), Does.Contain("an exception in the guest, ESR_EL1 0x02000000"));
        });
    }
}
