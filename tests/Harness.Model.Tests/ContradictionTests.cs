using Harness.Model.Policies;

namespace Harness.Model.Tests;

public class ContradictionTests
{
    private static readonly HostFacts FwbDic = new(true, true);
    private static readonly HostFacts Neither = new(false, false);
    private static readonly AccessCase Grace = new(
        new Backing(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, false),
        true,
        SlotFlags.None,
        new AccessList(Access.Read)
    );

    [Test]
    public void The_rule_that_explains_the_observation_when_decided_otherwise_is_named()
    {
        var seen = Mainline.V7_2.Predict(FwbDic, Grace);

        Assert.That(Name(Mainline.V6_9, FwbDic, seen), Is.EqualTo("device-unless-map-memory"));
    }

    [Test]
    public void A_refusal_that_no_rule_foresaw_contradicts_the_acceptance()
    {
        var seen = Mainline.V7_2.Predict(Neither, Grace);

        Assert.That(Name(Mainline.V6_9, Neither, seen), Is.EqualTo("accept"));
    }

    [Test]
    public void A_foreseen_refusal_that_did_not_come_contradicts_the_rule_that_refuses()
    {
        var seen = Mainline
            .V7_2.Without("cacheable-pfnmap-unsupported")
            .Without("cacheable-device-unsupported")
            .Predict(Neither, Grace);

        Assert.That(Name(Mainline.V7_2, Neither, seen), Is.EqualTo("cacheable-pfnmap-unsupported"));
    }

    [Test]
    public void A_rule_that_did_not_fire_and_should_have_is_named_where_no_other_explains_it()
    {
        var seen = Mainline.V6_9.Predict(FwbDic, Grace);

        Assert.That(Name(Mainline.V7_2, FwbDic, seen), Is.EqualTo("non-cacheable-device"));
    }

    [Test]
    public void A_rule_about_something_else_is_not_named_though_it_would_have_the_same_end()
    {
        var unheld = Grace with { Backing = Grace.Backing with { Memory = KernelMap.ZeroRefcount } };
        var seen = Mainline.V6_9.Predict(Neither, unheld);

        Assert.That(seen.Accesses[0].Outcome, Is.EqualTo(Outcome.RunFails(Errno.EFAULT)));
        Assert.That(
            Name(Proposals.FallbackToDevice, Neither, seen, unheld),
            Is.EqualTo("normal"),
            "it has no rule against such a page"
        );
    }

    private static string Name(Policy wrong, HostFacts host, Prediction seen, AttributeCase? @case = null) =>
        Contradiction
            .Find(wrong, host, @case ?? Grace, p => p.ToString() == seen.ToString(), seen.Registration != Errno.None)
            .Name;
}
