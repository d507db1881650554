using Harness.Cases;
using Harness.Model.Aborts;
using Harness.Model.Outcomes;
using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>
/// What each act does, read in kvm_handle_guest_abort(), io_mem_abort(), kvm_handle_mmio_return() and inject_abt64() of
/// 6.1.176, 6.12.117, 7.2.12 and 7.3.4, and not taken from the model's rules.
/// </summary>
public class AbortTests
{
    private static readonly HostFacts Host = new(Fwb: true, Dic: false);

    private static readonly HostFacts Protected = Host with { Mode = KvmMode.Protected };

    private static readonly Policy[] Generations =
    [
        Mainline.V6_1,
        Mainline.V6_12_113,
        Mainline.V6_17,
        Mainline.V7_2,
        Mainline.V7_3,
    ];

    private static IReadOnlyList<AbortCase> Cases { get; } = [.. AllCases.Cases.OfType<AbortCase>()];

    private static string Did(Policy policy, string acts, HostFacts? host = null) =>
        string.Join(
            "; ",
            policy.Predict(host ?? Host, new AbortCase(acts)).AbortActs.Select(a => OutcomeText.Of(a.Part))
        );

    // The value of userspace is 0x8182838485868788, or 0x0112233445566778 with the sign clear.
    [TestCase("ldrb.none.high", 1, "88")]
    [TestCase("ldrh.none.high", 2, "8788")]
    [TestCase("ldr.none.high", 4, "85868788")]
    [TestCase("ldr-x.none.high", 8, "8182838485868788")]
    [TestCase("ldr.none", 4, "0")]
    [TestCase("ldrsb.none.low", 1, "78")]
    [TestCase("ldrsb-x.none.low", 1, "78")]
    [TestCase("ldrsh.none.low", 2, "6778")]
    [TestCase("ldrsw.none.low", 4, "45566778")]
    public void A_load_that_userspace_completes_has_its_bytes(string act, int bytes, string value)
    {
        foreach (var policy in Generations)
            Assert.That(
                Did(policy, act),
                Is.EqualTo($"KVM_EXIT_MMIO for a load of {bytes} byte{(bytes == 1 ? "" : "s")}, then reads 0x{value}"),
                policy.Name
            );
    }

    [TestCase("ldrsb.none.high", "88", "ffffff88")]
    [TestCase("ldrsb-x.none.high", "88", "ffffffffffffff88")]
    [TestCase("ldrsh.none.high", "8788", "ffff8788")]
    [TestCase("ldrsh-x.none.high", "8788", "ffffffffffff8788")]
    [TestCase("ldrsw.none.high", "85868788", "ffffffff85868788")]
    public void Its_sign_is_lost_before_7_2(string act, string before, string since)
    {
        Assert.Multiple(() =>
        {
            foreach (var policy in Generations[..3])
                Assert.That(Did(policy, act), Does.EndWith($"then reads 0x{before}"), policy.Name);
            foreach (var policy in Generations[3..])
                Assert.That(Did(policy, act), Does.EndWith($"then reads 0x{since}"), policy.Name);
        });
    }

    [TestCase("str.none", "KVM_EXIT_MMIO for a store of 0x5a5aa5a5 in 4 bytes, then done")]
    [TestCase("str.ro", "KVM_EXIT_MMIO for a store of 0x5a5aa5a5 in 4 bytes, then done [not mapped]")]
    [TestCase("ldr.none.abort", "KVM_EXIT_MMIO for a load of 4 bytes, then data abort in the guest, FSC 0x10")]
    [TestCase("ldp.none,stp.none", "ENOSYS; ENOSYS")]
    [TestCase("stp.ro", "ENOSYS [not mapped]")]
    [TestCase(
        "nisv-to-user,ldp.none.skip,stp.none.abort",
        "done; KVM_EXIT_ARM_NISV, then reads 0xfeedf00ddeadbeef; KVM_EXIT_ARM_NISV, then data abort in the guest, FSC 0x10"
    )]
    [TestCase(
        "ldr-across.none.high",
        "KVM_EXIT_MMIO for a load of 4 bytes, 2 bytes from the address, then reads 0x85868788"
    )]
    [TestCase(
        "str-across.ro",
        "KVM_EXIT_MMIO for a store of 0x5a5aa5a5 in 4 bytes, 2 bytes from the address, then done [not mapped]"
    )]
    [TestCase("str-across.log", "done [Normal-WB rw-]")]
    [TestCase("ldr-across.plain", "reads 0x0 [Normal-WB r--]")]
    [TestCase("exec.none", "instruction abort in the guest, FSC 0x10")]
    [TestCase("exec.device", "instruction abort in the guest, FSC 0x10 [not mapped]")]
    [TestCase("exec.plain", "done [Normal-WB r-x]")]
    [TestCase("ldr.beyond-limit", "data abort in the guest, FSC 0x00")]
    [TestCase("dc-civac.none,dc-ivac.none", "done; done")]
    [TestCase("dc-civac.ro,dc-ivac.ro", "ENOSYS [not mapped]; ENOSYS [not mapped]")]
    [TestCase("dc-civac.ro-mapped,dc-ivac.ro-mapped", "done [Normal-WB r--]; ENOSYS [Normal-WB r--]")]
    [TestCase("dc-cvac.plain,dc-cvac.log", "done [Normal-WB rw-]; done [Normal-WB rw-]")]
    [TestCase("prfm.none,prfm.beyond-vm", "done; done")]
    [TestCase("prfm.plain,prfm-store.ro", "done [not mapped]; done [not mapped]")]
    [TestCase(
        "ldr-by-table.plain,ldr-by-table.log",
        "reads 0x57a1c0de [Normal-WB rw-]; reads 0x57a1c0de [Normal-WB r--]"
    )]
    [TestCase("ldr-by-flag.log", "reads 0x57a1c0de [Normal-WB rw-]")]
    public void Of_these_no_release_differs(string acts, string did)
    {
        foreach (var policy in Generations)
            Assert.That(Did(policy, acts), Is.EqualTo(did), policy.Name);
    }

    [TestCase("ldr-by-table.none", "")]
    [TestCase("ldr-by-flag.ro", " [Normal-WB r--]")]
    public void The_level_of_a_walk_is_told_since_6_17(string act, string left)
    {
        Assert.Multiple(() =>
        {
            foreach (var policy in Generations[..2])
                Assert.That(Did(policy, act), Is.EqualTo($"data abort in the guest, FSC 0x10{left}"), policy.Name);
            foreach (var policy in Generations[2..])
                Assert.That(Did(policy, act), Is.EqualTo($"data abort in the guest, FSC 0x17{left}"), policy.Name);
        });
    }

    [Test]
    public void Beyond_the_VMs_size_is_an_abort_and_in_protected_mode_every_VM_has_the_hosts_size()
    {
        const string Abort = "data abort in the guest, FSC 0x10";
        Assert.Multiple(() =>
        {
            foreach (var policy in Generations)
                Assert.That(Did(policy, "ldp.beyond-vm"), Is.EqualTo(Abort), policy.Name);
            Assert.That(Did(Mainline.V6_1, "ldp.beyond-vm", Protected), Is.EqualTo(Abort));
            foreach (var policy in Generations[1..])
                Assert.That(Did(policy, "ldp.beyond-vm", Protected), Is.EqualTo("ENOSYS"), policy.Name);
        });
    }

    [Test]
    public void Memory_that_a_hypervisor_doesnt_share_fails_the_run() =>
        Assert.That(
            Did(Mainline.V7_3, "ldr.device,prfm.device", Protected),
            Is.EqualTo("EINVAL [not mapped]; done [not mapped]")
        );

    [Test]
    public void A_CPU_without_maintenance_does_nothing_at_it()
    {
        var c = new AbortCase("dc-civac.ro,dc-ivac.ro-mapped,dc-cvac.plain,stp.ro");

        Assert.That(
            Mainline.V7_3.Predict(Host, c, maintains: false).AbortActs.Select(a => OutcomeText.Of(a.Part)),
            Is.EqualTo(["done [not mapped]", "done [Normal-WB r--]", "done [not mapped]", "ENOSYS [not mapped]"])
        );
    }

    [Test]
    public void Every_statement_of_every_policy_decides_a_case_on_some_host()
    {
        Assert.Multiple(() =>
        {
            foreach (var policy in Generations)
                Assert.That(
                    Cases
                        .SelectMany(c =>
                            policy.Predict(Host, c).Statements.Concat(policy.Predict(Protected, c).Statements)
                        )
                        .Select(s => s.Name),
                    Is.SupersetOf(policy.Aborts.Statements.Select(s => s.Name)),
                    policy.Name
                );
        });
    }

    [TestCase("ldr")]
    [TestCase("ldr.nowhere")]
    [TestCase("load.none")]
    [TestCase("ldr.none.never")]
    [TestCase("ldr.none.high.low")]
    public void A_name_that_is_no_act_is_refused(string name) =>
        Assert.That(() => AbortAct.Parse(name), Throws.ArgumentException);

    [Test]
    public void A_case_has_an_act_for_each_page_of_its_slots() =>
        Assert.That(Cases.Select(c => c.Acts.Count), Is.All.LessThanOrEqualTo(AbortCase.MostActs));

    [Test]
    public void An_act_allows_what_it_leaves_open()
    {
        var predicted = new AbortPart("ldr.plain", Value: 0, Left: Outcome.Unmapped);

        Assert.Multiple(() =>
        {
            Assert.That(predicted.Allows(predicted with { Left = null }));
            Assert.That((predicted with { Left = null }).Allows(predicted));
            Assert.That(!predicted.Allows(predicted with { Left = Outcome.Mapped(default) }));
            Assert.That(!predicted.Allows(predicted with { Value = 1 }));
            Assert.That(!predicted.Allows(new SlotCallPart("ldr.plain", Errno.None)));
        });
    }
}
