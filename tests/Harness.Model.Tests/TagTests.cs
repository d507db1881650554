using Harness.Cases;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Tags;

namespace Harness.Model.Tests;

/// <summary>
/// What each act does, read in kvm_vm_ioctl_mte_copy_tags(), kvm_vm_ioctl_enable_cap() and sanitise_mte_tags() of
/// 6.1.192, 6.12.117, 7.2.12 and 7.3.4, and not taken from the model's rules.
/// </summary>
public class TagTests
{
    private static readonly HostFacts Host = new(Fwb: true, Dic: true, Mte: true);

    private static readonly HostFacts Untagged = Host with { Mte = false };

    private static readonly Policy[] Generations =
    [
        Mainline.V6_1,
        Mainline.V6_5,
        Mainline.V6_12_113,
        Mainline.V6_13,
        Mainline.V6_18,
        Mainline.V7_2,
        Mainline.V7_3,
    ];

    private static IReadOnlyList<TagCase> Cases { get; } = [.. AllCases.Cases.OfType<TagCase>()];

    private static string Did(Policy policy, string acts, HostFacts? host = null) =>
        string.Join("; ", policy.Predict(host ?? Host, new TagCase(acts)).TagActs.Select(a => OutcomeText.Of(a.Part)));

    [TestCase("from.plain,to.plain", "EINVAL; EINVAL")]
    [TestCase("enable,from.plain,to.plain", "done; EFAULT; EFAULT")]
    [TestCase("slot.plain,enable,from.plain.all", "done; done; 2 pages, tags 0 and 0")]
    [TestCase("vcpu,enable", "done; EINVAL")]
    [TestCase("enable,vcpu,enable,from.plain.nothing", "done; done; EINVAL; 0 pages")]
    [TestCase("enable,from.plain.flags,from.plain.reserved", "done; EINVAL; EINVAL")]
    [TestCase("enable,to.plain.address-unaligned,from.plain.length-unaligned", "done; EINVAL; EINVAL")]
    [TestCase("enable,slot.plain,to.plain.past-end,from.plain.all", "done; done; 1 page; 2 pages, tags 0 and 3")]
    [TestCase("enable,slot.plain,to.plain.no-buffer,from.plain.short", "done; done; EFAULT; EFAULT")]
    [TestCase("enable,slot.plain,from.plain.all-short", "done; done; 1 page, tags 0")]
    [TestCase("enable,slot.ro,from.ro,to.ro", "done; done; 1 page, tags 0; EFAULT")]
    [TestCase("slot.driver,enable,from.driver", "done; done; EFAULT")]
    [TestCase(
        "enable,slot.plain,vcpu,stg.plain,from.plain,to.plain,ldg.plain",
        "done; done; done; done; 1 page, tags 4,0,0; 1 page; tag 6"
    )]
    [TestCase("enable,slot.plain,to.plain,dontneed.plain,from.plain", "done; done; 1 page; done; 1 page, tags 0")]
    [TestCase("slot.plain,vcpu,stg.plain,ldg.plain,from.plain", "done; done; done; tag 0; EINVAL")]
    [TestCase("vcpu,stg.plain,dirty-log.plain", "done; ENOSYS; ENOENT")]
    public void Of_these_no_release_differs(string acts, string did)
    {
        foreach (var policy in Generations)
            Assert.That(Did(policy, acts), Is.EqualTo(did), policy.Name);
    }

    [Test]
    public void Tags_go_to_a_logged_VM_until_6_12_and_the_log_doesnt_have_them()
    {
        const string Acts = "enable,slot.plain,log-on.plain,to.plain,dirty-log.plain,log-off.plain,to.plain";
        Assert.Multiple(() =>
        {
            foreach (var policy in Generations[..2])
                Assert.That(Did(policy, Acts), Is.EqualTo("done; done; done; 1 page; nothing dirty; done; 1 page"));
            foreach (var policy in Generations[2..])
                Assert.That(Did(policy, Acts), Is.EqualTo("done; done; done; EBUSY; nothing dirty; done; 1 page"));
        });
    }

    [Test]
    public void A_slot_that_is_logged_keeps_tags_from_every_slot() =>
        Assert.That(
            Did(Mainline.V7_2, "enable,slot.plain,slot.ro,log-on.ro,to.plain,from.plain"),
            Is.EqualTo("done; done; done; done; EBUSY; 1 page, tags 0")
        );

    [Test]
    public void A_buffer_that_ends_within_a_page_leaves_tags_there_in_6_1_and_clears_it_since()
    {
        const string Acts = "enable,slot.plain,to.plain,to.plain.short,from.plain";
        Assert.Multiple(() =>
        {
            Assert.That(Did(Mainline.V6_1, Acts), Does.EndWith("EFAULT; 1 page, tags 4,4,3"));
            foreach (var policy in Generations[1..])
                Assert.That(Did(policy, Acts), Does.EndWith("EFAULT; 1 page, tags 0"), policy.Name);
        });
    }

    [Test]
    public void A_length_of_31_bits_is_copied_as_far_as_there_is_memory_in_6_1_and_refused_since()
    {
        const string Acts = "enable,slot.plain,from.plain.long";
        Assert.Multiple(() =>
        {
            Assert.That(Did(Mainline.V6_1, Acts), Does.EndWith("2 pages, tags 0 and 0"));
            foreach (var policy in Generations[1..])
                Assert.That(Did(policy, Acts), Does.EndWith("EINVAL"), policy.Name);
        });
    }

    [Test]
    public void The_kernels_own_memory_has_tags_behind_a_driver_until_6_13()
    {
        const string Acts = "slot.driver-known,enable,to.driver-known,from.driver-known";
        Assert.Multiple(() =>
        {
            foreach (var policy in Generations[..3])
                Assert.That(Did(policy, Acts), Does.EndWith("1 page; 1 page, tags 3"), policy.Name);
            foreach (var policy in Generations[3..])
                Assert.That(Did(policy, Acts), Does.EndWith("EFAULT; EFAULT"), policy.Name);
        });
    }

    [Test]
    public void Shared_memory_is_refused_in_6_1_and_keeps_its_tags_since()
    {
        const string Acts = "enable,slot.shared,to.shared,dontneed.shared,from.shared";
        Assert.Multiple(() =>
        {
            Assert.That(Did(Mainline.V6_1, Acts), Is.EqualTo("done; EINVAL; EFAULT; done; EFAULT"));
            foreach (var policy in Generations[1..])
                Assert.That(Did(policy, Acts), Is.EqualTo("done; done; 1 page; done; 1 page, tags 3"), policy.Name);
        });
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Where_no_VM_has_tags_none_are_copied(bool isProtected)
    {
        var host = isProtected ? Host with { Mode = KvmMode.Protected } : Untagged;
        foreach (var policy in isProtected ? [Mainline.V7_2, Mainline.V7_3] : Generations)
            Assert.That(
                Did(policy, "enable,slot.plain,from.plain,to.plain.nothing", host),
                Is.EqualTo("EINVAL; done; EINVAL; EINVAL"),
                policy.Name
            );
    }

    [Test]
    public void Every_statement_of_every_policy_decides_a_case_on_some_host()
    {
        Assert.Multiple(() =>
        {
            foreach (var policy in Generations)
                Assert.That(
                    Cases.SelectMany(c => policy.Predict(Host, c).Statements).Select(s => s.Name),
                    Is.SupersetOf(policy.Tags.Statements.Select(s => s.Name)),
                    policy.Name
                );
        });
    }

    [Test]
    public void Every_case_is_possible_and_has_a_prediction_for_each_act()
    {
        Assert.Multiple(() =>
        {
            foreach (var c in Cases)
            {
                Assert.That(c.UnsupportedReason, Is.Null, c.Key);
                foreach (var policy in Generations)
                    Assert.That(policy.Predict(Host, c).TagActs, Has.Count.EqualTo(c.Acts.Count), c.Key);
            }
        });
    }

    [TestCase("enable.plain")]
    [TestCase("from")]
    [TestCase("from.nowhere")]
    [TestCase("from.plain.never")]
    [TestCase("from.plain.")]
    [TestCase("stg.plain.all")]
    [TestCase("slot.plain.last")]
    [TestCase("load.plain")]
    public void A_name_that_is_no_act_is_refused(string name) =>
        Assert.That(() => TagAct.Parse(name), Throws.ArgumentException);

    [TestCase("slot.plain,ldg.plain,vcpu", "vCPU")]
    [TestCase("vcpu,vcpu", "one vCPU")]
    [TestCase("slot.plain,slot.plain", "once")]
    [TestCase("slot.shared,enable,vcpu,ldg.shared", "6.1")]
    public void What_no_case_has_has_a_reason(string acts, string why) =>
        Assert.That(new TagCase(acts).UnsupportedReason, Does.Contain(why));
}
