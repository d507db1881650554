using Harness.Cases;
using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>
/// Userspace's changes between two accesses, as observed on booted kernels (6.1 under mainline-6.1, 6.12 under
/// mainline-6.9, 7.2), with FWB and DIC or with neither.
/// </summary>
public class LiveChangeTests
{
    [TestCase(
        "none",
        "mainline-7.2",
        "anonymous:private vma=rw slot=none write,read then=munmap",
        "write: mapped Normal-WB rw-; munmap: not mapped; read: KVM_RUN fails with EFAULT"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "anonymous:private vma=rw slot=none write,read then=mprotect-read",
        "write: mapped Normal-WB rw-; mprotect-read: not mapped; read: mapped Normal-WB r--"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "mixedmap:known:wb:shared vma=rw slot=none write,read then=mprotect-none",
        "write: mapped Normal-WB rw-; mprotect-none: not mapped; read: KVM_RUN fails with EFAULT"
    )]
    // The lookup of VM_PFNMAP pages doesn't check whether the process may read them.
    [TestCase(
        "none",
        "mainline-7.2",
        "pfnmap:unknown:ngnre:shared vma=rw slot=none write,read then=mprotect-none",
        "write: mapped Device-nGnRE rw-; mprotect-none: not mapped; read: mapped Device-nGnRE r--"
    )]
    // "Userspace has messed with the mapping behind our back": registration doesn't check, the fault does.
    [TestCase(
        "fwb+dic",
        "mainline-7.2",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,write then=map(pfnmap:unknown:ngnre:shared)",
        "write: mapped Normal-WB rwx; map(pfnmap:unknown:ngnre:shared): not mapped; write: mapped Device-nGnRE rw-"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "pfnmap:unknown:ngnre:shared vma=rw slot=none write,write then=map(pfnmap:unknown:wb:shared)",
        "write: mapped Device-nGnRE rw-; map(pfnmap:unknown:wb:shared): not mapped; write: KVM_RUN fails with EFAULT"
    )]
    [TestCase(
        "none",
        "mainline-6.9",
        "pfnmap:unknown:ngnre:shared vma=rw slot=none write,write then=map(pfnmap:unknown:wb:shared)",
        "write: mapped Device-nGnRE rw-; map(pfnmap:unknown:wb:shared): not mapped; write: mapped Device-nGnRE rw-"
    )]
    // Up to 6.9 the kernel would map the process's own page at once, but its page table was removed with the old
    // mapping.
    [TestCase(
        "none",
        "mainline-6.1",
        "anonymous:private vma=rw slot=none read,read then=store",
        "read: mapped Normal-WB r--; store: not mapped; read: mapped Normal-WB rw-"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "pfnmap:unknown:nc:private:any vma=rw slot=none read,write then=store",
        "read: mapped Normal-NC r--; store: not mapped; write: mapped Normal-WB rw-"
    )]
    // The address is checked after the slot was unmapped, an overlap before it.
    [TestCase(
        "none",
        "mainline-6.1",
        "anonymous:private vma=rw slot=none write,read then=move-beyond-ipa",
        "write: mapped Normal-WB rw-; move-beyond-ipa: EFAULT, not mapped; read: mapped Normal-WB rw-"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "anonymous:private vma=rw slot=none write,read then=move-onto",
        "write: mapped Normal-WB rw-; move-onto: EEXIST, mapped Normal-WB rw-; read: mapped Normal-WB rw-"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "gmem:mmap vma=rw slot=none write,read then=move-onto",
        "write: mapped Normal-WB rw-; move-onto: EINVAL, mapped Normal-WB rw-; read: mapped Normal-WB rw-"
    )]
    // Up to 6.9 VFIO unmapped only what it had mapped itself.
    [TestCase(
        "none",
        "mainline-6.1",
        "pfnmap:unknown:nc:shared:any vma=rw slot=none write,read then=pci-memory-off by=vfio-variant",
        "write: mapped Device-nGnRE rw-; pci-memory-off: mapped Device-nGnRE rw-; read: mapped Device-nGnRE rw-"
    )]
    [TestCase(
        "none",
        "mainline-6.1",
        "pfnmap:unknown:ngnrne:shared:any vma=rw slot=none write,read then=pci-memory-off by=vfio",
        "write: mapped Device-nGnRE rw-; pci-memory-off: not mapped; read: KVM_RUN fails with EFAULT"
    )]
    [TestCase(
        "fwb+dic",
        "mainline-7.2",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,read then=pci-memory-off by=vfio-variant-fault",
        "write: mapped Normal-WB rwx; pci-memory-off: not mapped; read: KVM_RUN fails with EFAULT"
    )]
    [TestCase(
        "fwb+dic",
        "mainline-7.2",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,read then=pci-memory-off-on by=vfio-variant-fault",
        "write: mapped Normal-WB rwx; pci-memory-off-on: not mapped; read: mapped Normal-WB rwx"
    )]
    // Nothing maps again what remap_pfn_range() mapped.
    [TestCase(
        "fwb+dic",
        "mainline-7.2",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,read then=pci-memory-off-on by=vfio-variant",
        "write: mapped Normal-WB rwx; pci-memory-off-on: not mapped; read: KVM_RUN fails with EFAULT"
    )]
    [TestCase(
        "none",
        "mainline-6.10",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,read then=pci-reset by=vfio-variant-fault",
        "write: mapped Device-nGnRE rw-; pci-reset: not mapped; read: mapped Device-nGnRE rw-"
    )]
    // The driver waits for its users.
    [TestCase(
        "fwb+dic",
        "mainline-7.2",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,read then=pci-unbind by=vfio-variant-fault",
        "write: mapped Normal-WB rwx; pci-unbind: mapped Normal-WB rwx; read: mapped Normal-WB rwx"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "anonymous:shared vma=rw slot=none write,read then=second-vm",
        "write: mapped Normal-WB rw-; second-vm: mapped Normal-WB rw-; read: mapped Normal-WB rw-"
    )]
    // What is added to the kernel's memory stays Device where stage 2 has it, and becomes executable.
    [TestCase(
        "none",
        "mainline-6.1",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,exec then=memory-add by=hotplug",
        "write: mapped Device-nGnRE rw-; memory-add: mapped Device-nGnRE rw-; exec: mapped Device-nGnRE rwx"
    )]
    [TestCase(
        "fwb+dic",
        "mainline-6.16",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,read-next size=skewed then=memory-add by=hotplug",
        "write: mapped Device-nGnRE rw-; memory-add: mapped Device-nGnRE rw-; read-next: mapped Normal-WB rwx"
    )]
    [TestCase(
        "fwb+dic",
        "mainline-6.17",
        "pfnmap:unknown:wb:shared vma=rw slot=none write,exec then=memory-add by=hotplug",
        "write: mapped Normal-WB rwx; memory-add: mapped Normal-WB rwx; exec: mapped Normal-WB rwx"
    )]
    [TestCase(
        "none",
        "mainline-6.1",
        "pfnmap:known:wb:shared vma=rw slot=none write,read then=memory-remove by=hotplug",
        "write: mapped Normal-WB rw-; memory-remove: not mapped; read: mapped Device-nGnRE rw-"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "pfnmap:known:wb:shared vma=rw slot=none read,read late then=memory-remove by=hotplug",
        "read: mapped Normal-WB rw-; memory-remove: not mapped; read: KVM_RUN fails with EFAULT"
    )]
    // Changing the slot checks the memory again; what a move unmapped stays unmapped although the move fails.
    [TestCase(
        "none",
        "mainline-7.2",
        "pfnmap:known:wb:shared vma=rw slot=none exec,read late then=move",
        "exec: mapped Normal-WB rwx; move: EINVAL, not mapped; read: mapped Normal-WB rw-"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "pfnmap:known:wb:shared vma=rw slot=none exec,read late then=recreate",
        "exec: mapped Normal-WB rwx; recreate: EINVAL, not mapped; read: KVM_EXIT_MMIO"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "pfnmap:unknown:ngnre:shared vma=rw slot=none write,write then=log-on",
        "write: mapped Device-nGnRE rw-; log-on: EINVAL, mapped Device-nGnRE rw-; write: mapped Device-nGnRE rw-"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "anonymous:private vma=rw slot=none write,read then=log-on",
        "write: mapped Normal-WB rw-; log-on: mapped Normal-WB r--; read: mapped Normal-WB r--"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "anonymous:private vma=rw slot=none write,exec then=delete",
        "write: mapped Normal-WB rw-; delete: not mapped; exec: external instruction abort in the guest"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "anonymous:private vma=rw slot=none write,ldxr then=delete",
        "write: mapped Normal-WB rw-; delete: not mapped; ldxr: KVM_RUN fails with ENOSYS"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "gmem:mmap vma=rw slot=none write,read then=move",
        "write: mapped Normal-WB rw-; move: EINVAL, mapped Normal-WB rw-; read: mapped Normal-WB rw-"
    )]
    [TestCase(
        "none",
        "mainline-7.2",
        "gmem:mmap vma=rw slot=none write,read then=close",
        "write: mapped Normal-WB rw-; close: not mapped; read: KVM_RUN fails with EFAULT, KVM_EXIT_MEMORY_FAULT"
    )]
    public void A_change_is_decided_as_it_was_seen(string host, string policy, string key, string decided)
    {
        var facts = new HostFacts(Fwb: host == "fwb+dic", Dic: host == "fwb+dic");

        Assert.That(
            PolicyCatalog.Find(policy)!.Predict(facts, AllCases.Find(key)!).ToString(),
            Is.EqualTo($"registered; {decided}")
        );
    }

    [TestCase(
        "anonymous:private vma=rw slot=log write before=pfnmap:unknown:ngnre:shared",
        "registration refused with EINVAL"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none write before=pfnmap:unknown:wb:shared",
        "registration refused with EINVAL"
    )]
    [TestCase(
        "anonymous:private vma=rw slot=none write before=anonymous:private:r",
        "registered; write: mapped Normal-WB rw-"
    )]
    [TestCase("pfnmap:unknown:wb:shared vma=rw slot=none write placed=beyond-ipa", "registration refused with EFAULT")]
    [TestCase("pfnmap:unknown:wb:shared vma=rw slot=log write placed=overlapping", "registration refused with EEXIST")]
    [TestCase("anonymous:private vma=rw slot=none write placed=adjoining", "registered; write: mapped Normal-WB rw-")]
    public void Registration_looks_at_the_slot_before_its_memory_and_at_every_VMA_of_that(string key, string decided) =>
        Assert.That(
            Mainline.V7_2.Predict(new HostFacts(Fwb: false, Dic: false), AllCases.Find(key)!).ToString(),
            Is.EqualTo(decided)
        );

    [Test]
    public void A_change_is_made_only_where_the_guest_got_past_its_first_access()
    {
        var c = (AccessCase)AllCases.Find("pfnmap:unknown:nc:private:any vma=rw slot=none read,write then=store")!;
        AccessCase failing = c with { Sequence = new AccessList(Access.Write, Access.Read) };

        Assert.That(Mainline.V7_2.Predict(new HostFacts(true, true), failing).Change, Is.Null);
        Assert.That(
            Mainline.V7_2.Predict(new HostFacts(true, true), c).Change!.Path.Select(r => r.Name),
            Is.EqualTo(new[] { "store-copies" })
        );
    }

    [TestCase(ChangeKind.Unmap)]
    [TestCase(ChangeKind.PunchHole)]
    public void A_change_that_no_machine_can_make_has_a_reason(ChangeKind kind)
    {
        var memory = AllCases.Find("gmem:mmap vma=rw slot=none write,read then=punch")!.Backing;
        var c = new AccessCase(
            kind == ChangeKind.Unmap ? memory : Backing.Plain,
            true,
            SlotFlags.None,
            new AccessList(Access.Read, Access.Read)
        )
        {
            Change = new LiveChange(kind),
        };

        Assert.That(c.UnsupportedReason, Does.Contain("guest_memfd"));
    }
}
