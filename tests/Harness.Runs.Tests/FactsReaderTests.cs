using Harness.Model;
using Harness.Runs.Judging;
using Harness.Wire;

namespace Harness.Runs.Tests;

/// <summary>What a host is, from several sources that have to agree.</summary>
public class FactsReaderTests
{
    private const string FirstLine = "Booting Linux on physical CPU 0x0000000000 [0x000f0510]";
    private const string FwbLine = "CPU features: detected: Stage-2 Force Write-Back";
    private const string DicLine = "CPU features: detected: Instruction cache invalidation not required for I/D coherence";
    private const ulong Fwb = 1ul << 40;
    private const ulong Dic = 1ul << 29;

    private static Fields Facts(string[] log, (ulong Ctr, ulong Mmfr2)? exporter = null, (ulong Ctr, ulong Mmfr2)? vcpu = null,
        long abi = 2, bool walk = true, bool protectedMode = false, int kvmErrno = 0, Fields? prot = null, Fields? vm = null,
        ulong pfr1 = 0, int secretmemErrno = 0) => Fields.Of(
        ("kernel", Fields.Of(("release", "7.2.12-arm64"), ("log", log))),
        ("kvm", Fields.Of(("errno", kvmErrno), ("registers", Registers(vcpu)),
            ("vm", vm ?? Fields.Of(("205", 0))), ("system", Fields.Of(("205", 0), ("243", Fields.Of(("errno", 22))))))),
        ("exporter", exporter is null
            ? Fields.Of(("errno", 2))
            : Fields.Of(("errno", 0), ("abi", abi), ("canWalk", walk), ("protectedMode", protectedMode), ("registers", Registers(exporter, pfr1)))),
        ("secretmem", Fields.Of(("errno", secretmemErrno))),
        ("trace", Fields.Of(("available", true))),
        ("prot", prot));

    private static Fields Registers((ulong Ctr, ulong Mmfr2)? r, ulong pfr1 = 0) => r is { } v
        ? Fields.Of(("ctr_el0", v.Ctr), ("id_aa64mmfr2_el1", v.Mmfr2), ("id_aa64pfr1_el1", pfr1))
        : Fields.Of(("errno", 22));

    [Test]
    public void The_exporter_and_the_log_agree_on_both_features()
    {
        var profile = FactsReader.Read(Facts([FirstLine, FwbLine, DicLine, "kvm [1]: VHE mode initialized successfully"], (Dic, Fwb)));

        Assert.That(profile.Host, Is.EqualTo(new HostFacts(true, true, KvmMode.Vhe)));
        Assert.That(profile.Decoding.Fwb, Is.True);
    }

    [Test]
    public void Sources_that_contradict_each_other_make_the_host_unusable_and_are_named()
    {
        Assert.That(() => FactsReader.Read(Facts([FirstLine, DicLine], (Dic, Fwb))), Throws.InstanceOf<UnusableFactsException>()
            .With.Message.EqualTo("contradictory facts: FWB is there by the exporter's id_aa64mmfr2_el1, not there by the kernel's log"));
    }

    [Test]
    public void A_log_whose_beginning_is_overwritten_says_nothing_against_a_feature()
    {
        var profile = FactsReader.Read(Facts([DicLine, "kvm [1]: Hyp nVHE mode initialized successfully"], (Dic, Fwb)));

        Assert.That(profile.Host, Is.EqualTo(new HostFacts(true, true, KvmMode.Nvhe)));
    }

    [Test]
    public void A_vCPU_that_shows_no_feature_says_nothing_against_it()
    {
        var profile = FactsReader.Read(Facts([FirstLine, FwbLine, DicLine, "kvm [1]: VHE mode initialized successfully"], vcpu: (0, 0)));

        Assert.That(profile.Host.Fwb, Is.True);
        Assert.That(profile.Abilities.Exporter, Is.False);
    }

    [Test]
    public void Where_nothing_tells_of_a_feature_the_user_is_told_what_to_do() =>
        Assert.That(() => FactsReader.Read(Facts([], vcpu: (0, 0))), Throws.InstanceOf<UnusableFactsException>()
            .With.Message.Contains("FWB").And.Message.Contains("load the exporter module"));

    [Test]
    public void In_protected_mode_the_descriptor_can_not_be_had()
    {
        var profile = FactsReader.Read(Facts([FirstLine, FwbLine, DicLine, "kvm [1]: Protected hVHE mode initialized successfully"],
            (Dic, Fwb), walk: false, protectedMode: true));

        Assert.That(profile.Host.Mode, Is.EqualTo(KvmMode.Protected));
        Assert.That(profile.Abilities, Is.EqualTo(new Cases.ProbeAbilities(Exporter: true, Descriptor: false, Trace: true, Secretmem: true)));
    }

    [Test]
    public void Another_exporter_ABI_and_a_missing_KVM_are_refused()
    {
        Assert.That(() => FactsReader.Read(Facts([FirstLine], (0, 0), abi: 1)), Throws.InstanceOf<UnusableFactsException>().With.Message.Contains("ABI 1"));
        Assert.That(() => FactsReader.Read(Facts([FirstLine], kvmErrno: 13)), Throws.InstanceOf<UnusableFactsException>().With.Message.Contains("errno 13"));
        Assert.That(() => FactsReader.Read(Fields.Empty), Throws.InstanceOf<UnusableFactsException>().With.Message.Contains("'kernel' is missing"));
    }

    private static Fields Mte(object? answer) => Fields.Of(("205", answer), ("243", 1));

    [TestCase(1, 2ul, true, TestName = "MTE is there by both")]
    [TestCase(1, 3ul, true, TestName = "MTE is there by both, and asymmetric")]
    [TestCase(0, 1ul, false, TestName = "MTE has its instructions, but no tags in memory")]
    [TestCase(0, 2ul, false, TestName = "MTE is in the register of a kernel built without it: the capability knows")]
    public void A_VMs_capability_tells_of_MTE(int capability, ulong field, bool mte) =>
        Assert.That(FactsReader.Read(Facts([FirstLine], (0, 0), vm: Mte(capability), pfr1: field << 8)).Host.Mte, Is.EqualTo(mte));

    [Test]
    public void MTE_by_the_capability_and_not_by_the_register_is_a_contradiction() =>
        Assert.That(() => FactsReader.Read(Facts([FirstLine], (0, 0), vm: Mte(1), pfr1: 1 << 8)), Throws.InstanceOf<UnusableFactsException>()
            .With.Message.EqualTo("contradictory facts: MTE is there by a VM's KVM_CAP_ARM_MTE, not there by the exporter's id_aa64pfr1_el1"));

    [Test]
    public void In_protected_mode_the_register_tells_of_MTE_since_no_VM_may_have_it()
    {
        string[] log = [FirstLine, "kvm [1]: Protected hVHE mode initialized successfully"];
        Assert.That(FactsReader.Read(Facts(log, (0, 0), vm: Mte(0), pfr1: 2 << 8, protectedMode: true)).Host.Mte, Is.True);
        Assert.That(FactsReader.Read(Facts(log, (0, 0), vm: Mte(0), pfr1: 1 << 8, protectedMode: true)).Host.Mte, Is.False);
    }

    [Test]
    public void Where_nothing_tells_of_MTE_the_host_is_not_used()
    {
        var refused = Mte(Fields.Of(("errno", 22)));
        Assert.That(() => FactsReader.Read(Facts([FirstLine], vm: refused)), Throws.InstanceOf<UnusableFactsException>().With.Message.Contains("MTE"));
        Assert.That(FactsReader.Read(Facts([FirstLine], (0, 0), vm: refused, pfr1: 2 << 8)).Host.Mte, Is.True);
        Assert.That(FactsReader.Read(Facts([FirstLine], vm: Mte(1))).Host.Mte, Is.True);
    }

    [Test]
    public void Capabilities_are_numbers_and_a_refusal_is_minus_its_errno()
    {
        var profile = FactsReader.Read(Facts([FirstLine], (0, 0), vm: Mte(0)));

        Assert.That(profile.VmCapabilities, Is.EqualTo(new Dictionary<int, int> { [205] = 0, [243] = 1 }));
        Assert.That(profile.SystemCapabilities, Is.EqualTo(new Dictionary<int, int> { [205] = 0, [243] = -22 }));
    }

    [TestCase(0, true)]
    [TestCase(38, false)]
    public void The_probe_tried_whether_memfd_secret_works(int errno, bool works) =>
        Assert.That(FactsReader.Read(Facts([FirstLine], (0, 0), secretmemErrno: errno)).Abilities.Secretmem, Is.EqualTo(works));

    [TestCase(1ul, 2ul, 8ul, 0x10ul, false)]
    [TestCase(1ul, 4ul, 0x10ul, 0x20ul, true)]
    public void The_prot_bits_are_the_kernels_own(ulong execute, ulong write, ulong device, ulong nc, bool split)
    {
        var values = split
            ? Fields.Of(("KVM_PGTABLE_PROT_PX", execute), ("KVM_PGTABLE_PROT_X", 3), ("KVM_PGTABLE_PROT_W", write), ("KVM_PGTABLE_PROT_DEVICE", device), ("KVM_PGTABLE_PROT_NORMAL_NC", nc))
            : Fields.Of(("KVM_PGTABLE_PROT_X", execute), ("KVM_PGTABLE_PROT_W", write), ("KVM_PGTABLE_PROT_DEVICE", device), ("KVM_PGTABLE_PROT_NORMAL_NC", nc));
        var profile = FactsReader.Read(Facts([FirstLine], (0, 0), prot: Fields.Of(("values", values))));

        Assert.That(profile.Decoding.Prot, Is.EqualTo(new ProtBits(execute, write, device, nc)));
        Assert.That(profile.Decoding.Prot!.Decode(write | nc | execute), Is.EqualTo(new Leaf(MemoryType.NormalNonCacheable, true, true)));
    }
}
