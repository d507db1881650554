using Harness.Cases;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>
/// What each act comes to, read in kvm_handle_guest_abort(), walk_nested_s2_pgd(), kvm_s2_handle_perm_fault() and
/// kvm_s2_fault_compute_prot() of 7.2.12 and 7.3.4, and not taken from the model's rules.
/// </summary>
public class NestedTests
{
    private static readonly HostFacts Host = new(Fwb: true, Dic: true) { Nested = true };

    private static readonly HostFacts WithoutDic = Host with { Dic = false };

    private static readonly Policy[] Generations = [Mainline.V7_2, Mainline.V7_3];

    private static IReadOnlyList<NestedCase> Cases { get; } = [.. AllCases.Cases.OfType<NestedCase>()];

    private static string Did(Policy policy, string acts, HostFacts? host = null) =>
        string.Join(
            "; ",
            policy.Predict(host ?? Host, new NestedCase(acts)).NestedActs.Skip(1).Select(a => OutcomeText.Of(a.Part))
        );

    private const string Permission = "to the guest hypervisor, FSC 0x0f";

    // The first page has the word 0x100, and the nested guest stores 0x5a5a.
    [TestCase("plain.rwx,read", "reads 0x100 [shadow: Normal-WB rwx]")]
    [TestCase("plain.rwx,write,read", "done [shadow: Normal-WB rwx]; reads 0x5a5a [shadow: Normal-WB rwx]")]
    [TestCase("plain.r,read", "reads 0x100 [shadow: Normal-WB r--]")]
    [TestCase("plain.rw,read", "reads 0x100 [shadow: Normal-WB rw-]")]
    [TestCase("plain.rx,read", "reads 0x100 [shadow: Normal-WB r-x]")]
    [TestCase("plain.rx,exec", "done [shadow: Normal-WB r-x]")]
    [TestCase("plain.w,write", "done [shadow: Normal-WB -w-]")]
    [TestCase("plain.x,exec", "done [shadow: Normal-WB --x]")]
    // The page is mapped first, and then the access isn't permitted.
    [TestCase("plain.r,write", $"data abort {Permission} [shadow: Normal-WB r--]")]
    [TestCase("plain.rw,exec", $"instruction abort {Permission} [shadow: Normal-WB rw-]")]
    [TestCase("plain.w,read", $"data abort {Permission} [shadow: Normal-WB -w-]")]
    [TestCase("plain.no,read", $"data abort {Permission} [shadow: Normal-WB ---]")]
    [TestCase("plain.invalid,read", "data abort to the guest hypervisor, FSC 0x07 [shadow: not mapped]")]
    [TestCase("plain.invalid,exec", "instruction abort to the guest hypervisor, FSC 0x07 [shadow: not mapped]")]
    [TestCase("plain.invalid.block,write", "data abort to the guest hypervisor, FSC 0x06 [shadow: not mapped]")]
    [TestCase("plain.rwx.unused,read", "data abort to the guest hypervisor, FSC 0x0b [shadow: not mapped]")]
    [TestCase("plain.r.block,write", "data abort to the guest hypervisor, FSC 0x0e [shadow: Normal-WB r--]")]
    // The smaller of both.
    [TestCase("plain.rwx.block,read", "reads 0x100 [shadow: Normal-WB rwx]")]
    [TestCase("huge.rwx,read", "reads 0x100 [shadow: Normal-WB rwx]")]
    [TestCase("huge.rwx.block,read", "reads 0x100 [shadow: Normal-WB rwx block]")]
    [TestCase("huge.r.block,read", "reads 0x100 [shadow: Normal-WB r-- block]")]
    // The guest hypervisor's memory type is not used.
    [TestCase("plain.rwx.nc,read", "reads 0x100 [shadow: Normal-WB rwx]")]
    [TestCase("plain.rwx.device,read", "reads 0x100 [shadow: Normal-WB rwx]")]
    [TestCase("device.rwx,read", "reads 0x100 [shadow: Device-nGnRE rw-]")]
    [TestCase("device.r,read", "reads 0x100 [shadow: Device-nGnRE r--]")]
    [TestCase("device.rwx,exec", "instruction abort in the nested guest, FSC 0x10 [shadow: not mapped]")]
    // Only a permission fault in the shadow is held against the guest hypervisor's descriptor.
    [TestCase("device.rw,exec", "instruction abort in the nested guest, FSC 0x10 [shadow: not mapped]")]
    [TestCase(
        "device.rw,read,exec",
        $"reads 0x100 [shadow: Device-nGnRE rw-]; instruction abort {Permission} [shadow: Device-nGnRE rw-]"
    )]
    [TestCase("none.rwx,read", "KVM_EXIT_MMIO for a load of 4 bytes, then reads 0x0 [shadow: not mapped]")]
    [TestCase("none.r,write", "KVM_EXIT_MMIO for a store of 0x5a5a in 4 bytes, then done [shadow: not mapped]")]
    [TestCase("none.no,read", "KVM_EXIT_MMIO for a load of 4 bytes, then reads 0x0 [shadow: not mapped]")]
    [TestCase("none.invalid,read", "data abort to the guest hypervisor, FSC 0x07 [shadow: not mapped]")]
    [TestCase("none.r,exec", "instruction abort in the nested guest, FSC 0x10 [shadow: not mapped]")]
    [TestCase("ro.rwx,read", "reads 0x100 [shadow: Normal-WB r-x]")]
    [TestCase("ro.r,write", "KVM_EXIT_MMIO for a store of 0x5a5a in 4 bytes, then done [shadow: not mapped]")]
    [TestCase(
        "ro.r,read,write",
        $"reads 0x100 [shadow: Normal-WB r--]; data abort {Permission} [shadow: Normal-WB r--]"
    )]
    [TestCase(
        "ro.rwx,read,write",
        "reads 0x100 [shadow: Normal-WB r-x]; KVM_EXIT_MMIO for a store of 0x5a5a in 4 bytes, then done [shadow: Normal-WB r-x]"
    )]
    [TestCase("log.rw,read,write", "reads 0x100 [shadow: Normal-WB r--]; done [shadow: Normal-WB rw-]")]
    [TestCase(
        "log.r,read,write",
        $"reads 0x100 [shadow: Normal-WB r--]; data abort {Permission} [shadow: Normal-WB r--]"
    )]
    // A changed descriptor: what is there stays there, unless it is invalidated, or a fault adds to it.
    [TestCase(
        "plain.r,read,map-rw,write",
        "reads 0x100 [shadow: Normal-WB r--]; done [shadow: Normal-WB r--]; done [shadow: Normal-WB rw-]"
    )]
    [TestCase(
        "plain.rw,write,map-r,tlbi,write",
        $"done [shadow: Normal-WB rw-]; done [shadow: Normal-WB rw-]; done [shadow: not mapped]; data abort {Permission} [shadow: Normal-WB r--]"
    )]
    [TestCase(
        "plain.rw,write,map-r,write,tlbi",
        $"done [shadow: Normal-WB rw-]; done [shadow: Normal-WB rw-]; done [shadow: Normal-WB rw-], or data abort {Permission} [shadow: Normal-WB r--]; done [shadow: not mapped]"
    )]
    // An address with a bit more than the stage 2 translates.
    [TestCase("plain.rwx,read-beyond", "reads 0x100 [shadow: Normal-WB rwx]")]
    [TestCase(
        "plain.r,read-beyond,map-invalid,tlbi,read-beyond",
        "reads 0x100 [shadow: Normal-WB r--]; done [shadow: not mapped]; done [shadow: not mapped]; reads 0x100 [shadow: Normal-WB r--]"
    )]
    [TestCase("plain.invalid,read-beyond", "data abort to the guest hypervisor, FSC 0x07 [shadow: not mapped]")]
    [TestCase(
        "plain.r,read-beyond,tlbi-all,map-invalid,read-beyond",
        "reads 0x100 [shadow: Normal-WB r--]; done [shadow: not mapped]; done [shadow: not mapped]; data abort to the guest hypervisor, FSC 0x07 [shadow: not mapped]"
    )]
    // Whatever the host unmaps.
    [TestCase(
        "plain.rw,write,host-protect,read,write",
        "done [shadow: Normal-WB rw-]; done [shadow: not mapped]; reads 0x5a5a [shadow: Normal-WB r--]; EFAULT [shadow: Normal-WB r--]"
    )]
    [TestCase(
        "plain.rw,read,host-discard,read",
        "reads 0x100 [shadow: Normal-WB rw-]; done [shadow: not mapped]; reads 0x0 [shadow: Normal-WB r--]"
    )]
    [TestCase(
        "plain.rw,read,host-delete,read",
        "reads 0x100 [shadow: Normal-WB rw-]; done [shadow: not mapped]; KVM_EXIT_MMIO for a load of 4 bytes, then reads 0x0 [shadow: not mapped]"
    )]
    public void Of_these_no_release_differs(string acts, string did)
    {
        foreach (var policy in Generations)
            Assert.That(Did(policy, acts), Is.EqualTo(did), policy.Name);
    }

    [TestCase("plain.rwx,read,exec", "reads 0x100 [shadow: Normal-WB rw-]; done [shadow: Normal-WB rwx]")]
    [TestCase("plain.x,read", $"data abort {Permission} [shadow: Normal-WB ---]")]
    public void Without_DIC_a_page_is_executable_from_the_first_fetch_on(string acts, string did) =>
        Assert.That(Did(Mainline.V7_2, acts, WithoutDic), Is.EqualTo(did));

    [Test]
    public void Cacheable_memory_of_a_driver_is_what_it_is_in_any_VM() =>
        Assert.That(Did(Mainline.V7_2, "cacheable.rwx,read"), Is.EqualTo("reads 0x100 [shadow: Normal-WB rwx]"));

    [Test]
    public void A_slot_that_is_refused_is_none() =>
        Assert.That(
            Mainline.V7_2.Predict(WithoutDic, new NestedCase("cacheable.rwx,read")).Outcome.ToString(),
            Is.EqualTo(
                "cacheable.rwx: EINVAL; read: KVM_EXIT_MMIO for a load of 4 bytes, then reads 0x0 [shadow: not mapped]"
            )
        );

    [Test]
    public void Before_7_2_it_was_not_read() =>
        Assert.That(Mainline.V6_16.Predict(Host, Cases[0]).Outside, Does.Contain("they were read from 7.2 on"));

    [TestCase("6.14", true, 0)]
    [TestCase("6.16", true, 1)]
    [TestCase("6.16", false, 0)]
    public void The_capability_follows_from_the_mode(string release, bool nested, int value)
    {
        var policy = release == "6.14" ? Mainline.V6_14 : Mainline.V6_16;

        Assert.That(
            policy.Predict(Host with { Nested = nested }, new CapabilityCase(240)).Capability!.OnVm,
            Is.EqualTo(value)
        );
    }

    private static readonly (string Name, NestedRules Rules)[] Others =
    [
        ("forwards", NestedRules.V7_2 with { ForwardsUnmapped = true }),
        ("ends", NestedRules.V7_2 with { Wraps = false }),
        ("type", NestedRules.V7_2 with { UsesType = true }),
        ("drops", NestedRules.V7_2 with { DropsAll = false }),
    ];

    [Test]
    public void Every_other_rule_is_noticed_by_a_case([ValueSource(nameof(Others))] (string, NestedRules Rules) other)
    {
        var policy = Mainline.V7_3.WithNested(other.Rules);

        Assert.That(
            Cases.Where(c => !policy.Predict(Host, c).Outcome.Equals(Mainline.V7_3.Predict(Host, c).Outcome)),
            Is.Not.Empty
        );
    }

    [Test]
    public void Every_statement_decides_something_in_a_case()
    {
        var used = Cases.SelectMany(c => Mainline.V7_3.Predict(Host, c).Statements).Select(s => s.Name).ToHashSet();

        Assert.That(NestedRules.V7_2.Statements.Select(s => s.Name), Is.SubsetOf(used));
    }

    [Test]
    public void A_prediction_allows_itself_and_its_alternative_alone()
    {
        var stale = Mainline.V7_3.Predict(Host, new NestedCase("plain.rw,write,map-r,write")).NestedActs[^1].Part;
        var plain = stale with { Or = null };

        Assert.Multiple(() =>
        {
            Assert.That(stale.Allows(plain));
            Assert.That(stale.Allows(stale.Or!));
            Assert.That(stale.Allows(plain with { Shadow = null }));
            Assert.That(stale.Allows(plain with { Shadow = ShadowLeaf.Absent }), Is.False);
            Assert.That(stale.Allows(plain with { Errno = Errno.EFAULT }), Is.False);
            Assert.That(plain.Allows(stale.Or!), Is.False);
        });
    }

    [TestCase("")]
    [TestCase("read")]
    [TestCase("plain")]
    [TestCase("plain.rwx,page")]
    [TestCase("plain.xyz")]
    [TestCase("plain.rwx.block.block.nonsense")]
    [TestCase("plain.rwx,map")]
    [TestCase("memory.rwx,read")]
    public void What_is_no_act_is_refused(string names) =>
        Assert.That(() => new NestedCase(names), Throws.ArgumentException);

    [Test]
    public void More_pages_than_a_slot_has_are_refused() =>
        Assert.That(
            () => new NestedCase(string.Join(',', Enumerable.Repeat("plain.rwx", NestedCase.MostPages + 1))),
            Throws.ArgumentException
        );

    [Test]
    public void Every_act_is_read_from_its_name()
    {
        foreach (var act in Cases.SelectMany(c => c.Acts))
            Assert.That(NestedAct.Parse(act.Name), Is.EqualTo(act));
    }

    [Test]
    public void Outcomes_are_read_back_from_their_JSON()
    {
        foreach (var outcome in Cases.Select(c => Mainline.V7_3.Predict(Host, c).Outcome))
            Assert.That(CaseOutcome.Parse(outcome.ToJson()), Is.EqualTo(outcome));
    }
}
