using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Tests;

public class CapabilityTests
{
    private static readonly CapabilityCase Cacheable = new(243);

    private static readonly ExtensionResult Refused = new() { Errno = 22 };

    private static Judge JudgeOf(HostFacts host, PolicyChoice? choice = null) =>
        new(
            Mainline.V7_2,
            new HostProfile("7.2.0", host, Seen.Abilities, new Decoding(host.Fwb, null)) { Choice = choice }
        );

    private static Observation Returned(int vm) =>
        Seen.Whole(Cacheable, Refused, new VmResult(), new ExtensionResult(vm));

    [TestCase(true, true, 1)]
    [TestCase(true, false, 0)]
    [TestCase(false, false, 0)]
    public void A_capability_that_follows_from_the_CPU_is_a_match(bool fwb, bool dic, int vm)
    {
        var verdict = JudgeOf(new HostFacts(fwb, dic)).Decide(Cacheable, Returned(vm));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason);
        Assert.That(verdict.Observed!.ToString(), Is.EqualTo($"system: EINVAL; vm: {vm}"));
        Assert.That(verdict.Evidence, Is.EqualTo(new[] { Evidence.Errno }));
    }

    [TestCase(true, true, 0)]
    [TestCase(false, false, 1)]
    public void A_capability_that_is_denied_or_claimed_is_the_kernels_mismatch(bool fwb, bool dic, int vm)
    {
        var verdict = JudgeOf(new HostFacts(fwb, dic)).Decide(Cacheable, Returned(vm));

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(verdict.Culprit, Is.EqualTo(Culprit.Kernel));
        Assert.That(verdict.Rule, Is.EqualTo("cap-243"));
        Assert.That(verdict.Path, Is.EqualTo(new[] { ("capability", "cap-243") }));
    }

    [Test]
    public void Of_a_release_that_was_not_read_it_is_unverified() =>
        Assert.That(
            JudgeOf(new HostFacts(true, true), ReleaseCatalog.Choose("7.2.9999"))
                .Decide(Cacheable, Returned(0))
                .UnlessUnread()
                .Kind,
            Is.EqualTo(VerdictKind.Unverified)
        );

    [Test]
    public void A_host_that_may_have_DIC_gives_no_verdict()
    {
        HostFacts[] possible = [new(true, true), new(true, false)];
        var judge = new Judge(
            Mainline.V7_2,
            new HostProfile("7.2.0", possible[0], Seen.Abilities, new Decoding(true, null)) { Possible = possible }
        );

        Assert.That(judge.Decide(Cacheable, Returned(1)).Kind, Is.EqualTo(VerdictKind.Skip));
    }

    [Test]
    public void A_value_that_is_missing_is_the_probes_fault() =>
        Assert.That(
            JudgeOf(new HostFacts(true, true)).Decide(Cacheable, Seen.Whole(Cacheable, Refused)).Kind,
            Is.EqualTo(VerdictKind.ProbeError)
        );

    [TestCase(4, 0x4020_1000)]
    [TestCase(16, 0x0200_4000)]
    [TestCase(64, 0x2001_0000)]
    public void The_sizes_of_leaves_are_those_of_the_host_s_pages(int pageKiB, int sizes)
    {
        var c = new CapabilityCase(229);
        var host = new HostFacts(true, true) { PageKiB = pageKiB };

        Assert.That(
            CaseCompiler.NotRunnableReason(c, Seen.Abilities with { PageSize = (ulong)pageKiB << 10 }),
            Is.Null
        );
        Assert.That(PolicyCatalog.Newest.Predict(host, c).Capability!.OnVm, Is.EqualTo(sizes));
    }
}
