using Harness.Cases;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Rings;

namespace Harness.Model.Tests;

/// <summary>
/// What each act does, read in kvm_dirty_ring_push(), kvm_dirty_ring_soft_full() and kvm_dirty_ring_check_request() of
/// 6.12.117, 7.2.12 and 7.3.4, and not taken from the model's rules.
/// </summary>
public class RingTests
{
    private static readonly HostFacts Host = new(Fwb: true, Dic: false);

    private static readonly Policy[] WithRings = [Mainline.V6_5, Mainline.V6_12_113, Mainline.V7_2, Mainline.V7_3];

    private static IReadOnlyList<RingCase> Cases { get; } = [.. AllCases.Cases.OfType<RingCase>()];

    private static string Did(Policy policy, string acts) =>
        string.Join("; ", policy.Predict(Host, new RingCase(acts)).RingActs.Select(a => OutcomeText.Of(a.Part)));

    // 256 entries, 64 of which are reserved.
    [TestCase("store.191", "done up to page 191")]
    [TestCase("store.192", "KVM_EXIT_DIRTY_RING_FULL at page 191")]
    [TestCase(
        "store.192,run,read,run",
        "KVM_EXIT_DIRTY_RING_FULL at page 191; KVM_EXIT_DIRTY_RING_FULL at page 191; entries 0-191; KVM_EXIT_DIRTY_RING_FULL at page 191"
    )]
    [TestCase(
        "store.300,reset,read,reset,run,read",
        "KVM_EXIT_DIRTY_RING_FULL at page 191; 0 reset; entries 0-191; 192 reset; done up to page 300; entries 191-299"
    )]
    [TestCase(
        "store.150,read,store.60,reset,run,read",
        "done up to page 150; entries 0-149; KVM_EXIT_DIRTY_RING_FULL at page 191; 150 reset; done up to page 210; entries 150-209"
    )]
    [TestCase(
        "store.3,rewind,store.4,read,reset,rewind,store.1,read",
        "done up to page 3; done; done up to page 4; entries 0-3; 4 reset; done; done up to page 1; entries 0"
    )]
    public void The_guest_stops_at_the_192nd_entry_until_some_are_reset(string acts, string did)
    {
        foreach (var policy in WithRings)
            Assert.That(Did(policy, acts), Is.EqualTo(did), policy.Name);
    }

    [Test]
    public void Without_rings_there_is_nothing_to_fill()
    {
        var prediction = Mainline.V6_1.Predict(Host, new RingCase("store.1,read"));

        Assert.Multiple(() =>
        {
            Assert.That(prediction.Registration, Is.EqualTo(Errno.EINVAL));
            Assert.That(prediction.Deciding.Name, Is.EqualTo("dirty-ring-unknown"));
            Assert.That(prediction.RingActs, Is.Empty);
        });
    }

    [Test]
    public void Every_statement_decides_a_case()
    {
        foreach (var policy in WithRings)
            Assert.That(
                Cases.SelectMany(c => policy.Predict(Host, c).Statements).Select(s => s.Name),
                Is.SupersetOf(RingStatement.All.Select(s => s.Name)),
                policy.Name
            );
    }

    [Test]
    public void No_policy_loses_a_store_in_any_case()
    {
        foreach (var c in Cases)
        {
            Assert.That(c.UnsupportedReason, Is.Null, c.Key);
            Assert.That(c.Acts.TakeLast(2).Select(a => a.Verb), Is.EqualTo([RingVerb.Read, RingVerb.Reset]), c.Key);
            RingPart[] predicted = [.. Mainline.V7_3.Predict(Host, c).RingActs.Select(a => a.Part)];
            Assert.That(RingStores.Lost(c, predicted), Is.Empty, c.Key);
        }
    }

    [Test]
    public void A_page_whose_store_has_no_entry_after_the_reset_is_lost()
    {
        var c = new RingCase("store.200,read,reset,run,read,reset");
        RingPart[] acts =
        [
            new("store.200", Next: 191, Full: true),
            new("read", Read: "0-191"),
            new("reset", Reset: 192),
            new("run", Next: 200),
            new("read", Read: "192-199"),
            new("reset", Reset: 8),
        ];

        Assert.Multiple(() =>
        {
            Assert.That(RingStores.Lost(c, acts), Is.EqualTo([191]));
            acts[4] = new("read", Read: "191-199");
            Assert.That(RingStores.Lost(c, acts), Is.Empty);
            Assert.That(RingStores.Lost(c, acts[..4]), Is.Empty, "it did not come to its end");
        });
    }

    [TestCase("store")]
    [TestCase("store.0")]
    [TestCase("store.513")]
    [TestCase("store.-1")]
    [TestCase("read.1")]
    [TestCase("write.1")]
    public void A_name_that_is_no_act_is_refused(string name) =>
        Assert.That(() => RingAct.Parse(name), Throws.ArgumentException);

    [TestCase("run", "nothing more to do")]
    [TestCase("store.10,run", "nothing more to do")]
    [TestCase("store.100,store.413", "512 pages")]
    public void What_no_case_has_has_a_reason(string acts, string why) =>
        Assert.That(new RingCase(acts).UnsupportedReason, Does.Contain(why));

    [TestCase("", new int[0])]
    [TestCase("3", new[] { 3 })]
    [TestCase("0-2,7,9-10", new[] { 0, 1, 2, 7, 9, 10 })]
    public void Pages_are_ranges_and_back(string text, int[] pages)
    {
        Assert.Multiple(() =>
        {
            Assert.That(new RingPart("read", Read: text).Pages, Is.EqualTo(pages));
            Assert.That(RingPart.Ranges(pages), Is.EqualTo(text));
        });
    }
}
