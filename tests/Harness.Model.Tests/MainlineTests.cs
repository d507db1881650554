using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>
/// Measurements on booted kernels, one line per case: the host's features, the backing, the slot, the access, and what
/// 6.12 and 7.2 do.
/// </summary>
public class MainlineTests
{
    // Grace's GPU memory: cacheable, outside the kernel's map, VM_PFNMAP.
    [TestCase(
        "fwb+dic",
        "pfnmap:unknown:wb:shared",
        "rw none read",
        "read: mapped Device-nGnRE rw-",
        "read: mapped Normal-WB rwx"
    )]
    [TestCase("fwb", "pfnmap:unknown:wb:shared", "rw none read", "read: mapped Device-nGnRE rw-", "EINVAL")]
    [TestCase("none", "pfnmap:unknown:wb:shared", "rw none read", "read: mapped Device-nGnRE rw-", "EINVAL")]
    [TestCase(
        "fwb+dic",
        "pfnmap:unknown:wb:shared",
        "rw none exec",
        "exec: external instruction abort in the guest",
        "exec: mapped Normal-WB rwx"
    )]
    // VM_ALLOW_ANY_UNCACHED made a cacheable VMA Normal-NC up to 6.16; from 6.17 on it has no effect on cacheable ones.
    [TestCase(
        "fwb+dic",
        "pfnmap:unknown:wb:shared:any",
        "rw none read",
        "read: mapped Normal-NC rw-",
        "read: mapped Normal-WB rwx"
    )]
    [TestCase(
        "none",
        "pfnmap:unknown:nc:shared:any",
        "rw none read",
        "read: mapped Normal-NC rw-",
        "read: mapped Normal-NC rw-"
    )]
    [TestCase(
        "none",
        "pfnmap:unknown:nc:shared",
        "rw none read",
        "read: mapped Device-nGnRE rw-",
        "read: mapped Device-nGnRE rw-"
    )]
    [TestCase(
        "fwb+dic",
        "pfnmap:unknown:ngnrne:shared:any",
        "rw none exec",
        "exec: external instruction abort in the guest",
        "exec: external instruction abort in the guest"
    )]
    // RAM behind VM_PFNMAP: write-back for any type of the VMA, except that registration doesn't know the page.
    [TestCase("none", "pfnmap:known:wb:shared", "rw none read", "read: mapped Normal-WB rw-", "EINVAL")]
    [TestCase(
        "none",
        "pfnmap:known:nc:shared:any",
        "rw none exec",
        "exec: mapped Normal-WB rwx",
        "exec: mapped Normal-WB rwx"
    )]
    // COW of VM_PFNMAP is not refused: it maps read-only, and a store fails.
    [TestCase(
        "fwb+dic",
        "pfnmap:unknown:nc:private",
        "rw none read",
        "read: mapped Device-nGnRE r--",
        "read: mapped Device-nGnRE r--"
    )]
    [TestCase(
        "fwb+dic",
        "pfnmap:unknown:nc:private",
        "rw none write",
        "write: KVM_RUN fails with EFAULT",
        "write: KVM_RUN fails with EFAULT"
    )]
    [TestCase(
        "fwb+dic",
        "mixedmap:unknown:wb:shared",
        "rw none read",
        "read: KVM_RUN fails with EFAULT",
        "read: KVM_RUN fails with EFAULT"
    )]
    [TestCase(
        "none",
        "mixedmap:known:wb:shared",
        "rw log read",
        "read: mapped Normal-WB r--",
        "read: mapped Normal-WB r--"
    )]
    [TestCase("none", "pfnmap:unknown:nc:shared", "rw log read", "EINVAL", "EINVAL")]
    // A driver's page: whether a load finds it writable depends on the kernel's configuration, and both are allowed.
    [TestCase(
        "none",
        "mixedmap:known:wb:shared",
        "rw none read,write",
        "read: mapped Normal-WB rw- (writable or not); write: mapped Normal-WB rw-",
        "read: mapped Normal-WB rw- (writable or not); write: mapped Normal-WB rw-"
    )]
    // Ordinary memory.
    [TestCase(
        "fwb+dic",
        "anonymous:private",
        "rw none read",
        "read: mapped Normal-WB r-x",
        "read: mapped Normal-WB r-x"
    )]
    [TestCase(
        "none",
        "anonymous:private",
        "rw none write",
        "write: mapped Normal-WB rw-",
        "write: mapped Normal-WB rw-"
    )]
    [TestCase(
        "none",
        "anonymous:private",
        "r none write",
        "write: KVM_RUN fails with EFAULT",
        "write: KVM_RUN fails with EFAULT"
    )]
    [TestCase("none", "anonymous:private", "rw ro write", "write: KVM_EXIT_MMIO", "write: KVM_EXIT_MMIO")]
    [TestCase(
        "none",
        "anonymous:private",
        "rw none read,write",
        "read: mapped Normal-WB r--; write: mapped Normal-WB rw-",
        "read: mapped Normal-WB r--; write: mapped Normal-WB rw-"
    )]
    [TestCase(
        "none",
        "anonymous:shared",
        "rw log read,write",
        "read: mapped Normal-WB r--; write: mapped Normal-WB rw-",
        "read: mapped Normal-WB r--; write: mapped Normal-WB rw-"
    )]
    public void A_case_is_decided_as_it_was_measured(
        string host,
        string backing,
        string rest,
        string on612,
        string on72
    )
    {
        string[] parts = rest.Split(' ');
        var found = Cases.Single(c => c.Key == $"{backing} vma={parts[0]} slot={parts[1]} {parts[2]}");
        var facts = new HostFacts(
            Fwb: host.StartsWith("fwb", StringComparison.Ordinal),
            Dic: host.EndsWith("dic", StringComparison.Ordinal)
        );

        Assert.That(Mainline.V6_10.Predict(facts, found).ToString(), Is.EqualTo(InWords(on612)));
        Assert.That(Mainline.V7_2.Predict(facts, found).ToString(), Is.EqualTo(InWords(on72)));
    }

    [Test]
    public void Every_point_of_the_space_has_a_result_with_a_path_that_begins_at_registration()
    {
        foreach (var policy in PolicyCatalog.All)
        foreach (var c in Cases)
        {
            var prediction = policy.Predict(new HostFacts(true, true), c);
            Assert.That(prediction.Outside, Is.Null, c.Key);
            Assert.That(prediction.RegistrationPath, Is.Not.Empty, c.Key);
            Assert.That(prediction.Registration != Errno.None, Is.EqualTo(prediction.Accesses.Count == 0), c.Key);
        }
    }

    [Test]
    public void Unsupported_cases_are_outside_the_model_with_a_reason()
    {
        var impossible = new AccessCase(
            new Backing(VmaKind.Anonymous, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, false),
            true,
            SlotFlags.None,
            new AccessList(Access.Read)
        );

        Assert.That(
            Mainline.V7_2.Predict(new HostFacts(true, true), impossible).Outside,
            Does.Contain("outside the kernel's map")
        );
    }

    // An ordinary VM in protected mode. Up to 6.13 the host's kernel manages the VM's tables as usual; from 6.14 on the
    // hypervisor does, and only shares memory in the kernel's memory map, as Normal write-back.
    [TestCase("mainline-6.9", "pfnmap:unknown:nc:shared", "rw none read", "read: mapped Device-nGnRE rw-")]
    [TestCase("mainline-6.13", "pfnmap:unknown:nc:shared", "rw none read", "read: mapped Device-nGnRE rw-")]
    [TestCase("mainline-6.14", "pfnmap:unknown:nc:shared", "rw none read", "read: KVM_RUN fails with EINVAL")]
    [TestCase("mainline-6.16", "pfnmap:unknown:nc:shared", "rw none read", "read: KVM_RUN fails with EINVAL")]
    [TestCase("mainline-7.2", "pfnmap:unknown:nc:shared", "rw none read", "read: KVM_RUN fails with EINVAL")]
    [TestCase(
        "mainline-7.2",
        "pfnmap:unknown:nc:shared",
        "rw none exec",
        "exec: external instruction abort in the guest"
    )]
    [TestCase("mainline-6.16", "pfnmap:unknown:wb:shared", "rw none read", "read: KVM_RUN fails with EINVAL")]
    [TestCase("mainline-7.2", "pfnmap:unknown:wb:shared", "rw none read", "read: KVM_RUN fails with EPERM")]
    [TestCase("mainline-7.2", "pfnmap:known:nc:shared", "rw none read", "read: mapped Normal-WB rwx")]
    [TestCase(
        "mainline-7.2",
        "anonymous:private",
        "rw none read,write",
        "read: mapped Normal-WB r-x; write: mapped Normal-WB rwx"
    )]
    public void Protected_mode_applies_pkvm_rules_last(string policy, string backing, string rest, string does)
    {
        string[] parts = rest.Split(' ');
        var found = Cases.Single(c => c.Key == $"{backing} vma={parts[0]} slot={parts[1]} {parts[2]}");

        Assert.That(
            PolicyCatalog.Find(policy)!.Predict(new HostFacts(true, true, KvmMode.Protected), found).ToString(),
            Is.EqualTo(InWords(does))
        );
    }

    [TestCase("mainline-6.13", true)]
    [TestCase("mainline-6.14", false)]
    [TestCase("mainline-6.16", true)]
    [TestCase("nvidia-6.14", false)]
    public void The_hypervisor_of_6_14_has_no_blocks_yet(string policy, bool block)
    {
        var hypervisor = new HostFacts(true, true, KvmMode.Protected);
        var found = Harness
            .Cases.AllCases.AttributeCases.Where(c =>
                Mainline.V6_16.Predict(hypervisor, c).Accesses is [{ Outcome.Leaf.Block: true }]
            )
            .ToList();

        Assert.That(found, Is.Not.Empty);
        Assert.That(
            found.Select(c => PolicyCatalog.Find(policy)!.Predict(hypervisor, c).Accesses[0].Outcome.Leaf.Block),
            Is.All.EqualTo(block)
        );
        Assert.That(
            found.Select(c =>
                PolicyCatalog.Find(policy)!.Predict(new HostFacts(true, true), c).Accesses[0].Outcome.Leaf.Block
            ),
            Is.All.True
        );
    }

    [TestCase("mainline-6.9", true)]
    [TestCase("mainline-6.16", true)]
    [TestCase("mainline-7.0", false)]
    public void In_protected_mode_no_VM_has_tags_any_more(string policy, bool tags)
    {
        var found = Cases.Single(c => c.Key == "anonymous:private vma=rw slot=none read mte");

        Assert.That(
            PolicyCatalog
                .Find(policy)!
                .Predict(new HostFacts(true, true, KvmMode.Protected, Mte: true), found)
                .Registration,
            Is.EqualTo(tags ? Errno.None : Errno.EINVAL)
        );
    }

    private static string InWords(string short_) =>
        short_ == "EINVAL" ? "registration refused with EINVAL" : "registered; " + short_;

    private static IReadOnlyList<Case> Cases { get; } = Harness.Cases.CaseSpace.Buildable;
}
