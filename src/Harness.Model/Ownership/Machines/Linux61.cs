using static Harness.Model.Ownership.Machines.Sources;

namespace Harness.Model.Ownership.Machines;

/// <summary>
/// Page ownership of a VM's memory in Linux 6.1, where only memfd_secret(2) is private. Every later generation is
/// written as differences from it.
/// </summary>
internal static class Linux61
{
    private static readonly Transition[] Making =
    [
        new(
            "protected-unknown",
            new Source("kvm_arch_init_vm", Arm, "6.1", "type & ~KVM_VM_TYPE_ARM_IPA_SIZE_MASK: -EINVAL"),
            "there are no protected VMs",
            static (in m) => m.Operation == Operation.Create && m.Protected,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-none",
            new Source(
                "kvm_vm_ioctl",
                KvmMain,
                "6.1",
                "KVM_CREATE_GUEST_MEMFD falls through to kvm_arch_vm_ioctl(): -EINVAL"
            ),
            "there is no guest_memfd",
            static (in m) => m.GuestMemory,
            Refuse(Errno.EINVAL)
        ),
        new(
            "create",
            new Source("kvm_dev_ioctl_create_vm", KvmMain, "6.1"),
            "a VM is made",
            static (in m) => m.Operation == Operation.Create,
            static (in _, ref page) =>
            {
                page.Vm = true;
                return OperationOutcome.Done;
            }
        ),
    ];

    private static readonly Transition[] Binding =
    [
        new(
            "address-taken",
            new Source("__kvm_set_memory_region", KvmMain, "6.1", "kvm_check_memslot_overlap(): -EEXIST"),
            "a guest's page belongs to one slot",
            static (in m) => m.Operation == Operation.BindOver,
            Refuse(Errno.EEXIST)
        ),
        new(
            "bind",
            new Source("__kvm_set_memory_region", KvmMain, "6.1", "KVM_MR_CREATE"),
            "a slot makes the memory available to the VM; nothing is mapped for the guest yet",
            static (in m) => m.Operation == Operation.Bind,
            static (in _, ref page) =>
            {
                page.Slot = true;
                return OperationOutcome.Done;
            }
        ),
        new(
            "bind-again",
            new Source("__kvm_set_memory_region", KvmMain, "6.1", "only guest addresses are compared"),
            "the process's memory may be behind several slots",
            static (in m) => m.Operation == Operation.BindAgain,
            static (in _, ref page) =>
            {
                page.SecondSlot = true;
                return OperationOutcome.Done;
            }
        ),
        new(
            "bind-in-other",
            new Source("__kvm_set_memory_region", KvmMain, "6.1", "a VM's slots are its own"),
            "the process's memory may be behind slots of several VMs",
            static (in m) => m.Operation == Operation.BindInOther,
            static (in _, ref page) =>
            {
                page.OtherSlot = true;
                return OperationOutcome.Done;
            }
        ),
        new(
            "unbind",
            new Source("kvm_arch_flush_shadow_memslot", Mmu, "6.1", "unmap_stage2_range()"),
            "a deleted slot is unmapped from stage 2",
            static (in m) => m.Operation == Operation.Unbind,
            static (in _, ref page) =>
            {
                page.Slot = page.Window = false;
                page.Guest = page.Guest == PageAccess.Mapped ? PageAccess.None : page.Guest;
                page.Executable = false;
                return OperationOutcome.Done;
            }
        ),
        new(
            "destroy",
            new Source("kvm_destroy_vm", KvmMain, "6.1", "kvm_arch_flush_shadow_all()"),
            "a destroyed VM has no page; what it wrote stays in memory of the process",
            static (in m) => m.Operation == Operation.Destroy,
            static (in _, ref page) => Gone(ref page)
        ),
    ];

    private static readonly Transition[] Hosts =
    [
        new(
            "peek-refused",
            new Source(
                "check_vma_flags",
                Gup,
                "6.1",
                "vma_is_secretmem(vma), VM_IO | VM_PFNMAP: -EFAULT; mem_rw() finds no page: -EIO"
            ),
            "the kernel can't access secret memory and a driver's bare pages through its own mapping",
            static (in m) => m.Operation == Operation.Peek && (m.Backing.Kind == VmaKind.Secret || m.Backing.Driver),
            Refuse(Errno.EIO)
        ),
        new(
            "host-store-read-only",
            new Source("do_page_fault", Fault, "6.1", "!(vma->vm_flags & VM_WRITE): VM_FAULT_BADACCESS"),
            "a process can't store to read-only memory",
            static (in m) => m.Operation == Operation.Store && !m.Scenario.Writable,
            Raise(Signal.SegvAccess)
        ),
        new(
            "host-touch",
            new Source("do_page_fault", Fault, "6.1", "handle_mm_fault()"),
            "the process can access its memory, whether or not others can",
            static (in m) => m.HostTouches,
            Accesses.ByHost
        ),
    ];

    private static readonly Transition[] Guests =
    [
        new(
            "hypercall-unknown",
            new Source("kvm_smccc_call_handler", "arch/arm64/kvm/hypercalls.c", "6.1", "SMCCC_RET_NOT_SUPPORTED"),
            "an ordinary VM has nothing to share: the host has all its memory",
            static (in m) => m.Operation is Operation.GuestShare or Operation.GuestUnshare,
            Hypercall(-1)
        ),
        new(
            "no-slot-ldp",
            new Source("io_mem_abort", Mmio, "6.1", "!kvm_vcpu_dabt_isvalid(): -ENOSYS"),
            "without a slot, an access without a valid syndrome can't be emulated",
            static (in m) => m.Operation == Operation.GuestLdp,
            Fail(Errno.ENOSYS)
        ),
        new(
            "no-page",
            new Source("user_mem_abort", Mmu, "6.1", "!vma_lookup(): -EFAULT"),
            "without a mapping there is no page",
            static (in m) => Faults(in m) && m.Backing.Kind == VmaKind.Hole,
            Fail(Errno.EFAULT)
        ),
        new(
            "secret-refused",
            new Source("check_vma_flags", Gup, "6.1", "vma_is_secretmem(vma): -EFAULT"),
            "secret memory is only accessible to the process: no guest gets it",
            static (in m) => Faults(in m) && m.Backing.Kind == VmaKind.Secret,
            Fail(Errno.EFAULT)
        ),
        new(
            "map",
            new Source("user_mem_abort", Mmu, "6.1", "kvm_pgtable_stage2_map()"),
            "stage 2 maps the page for the guest, and the host keeps access",
            static (in m) => m.GuestTouches && m.Page.Guest == PageAccess.None,
            Accesses.Mapping
        ),
        new(
            "guest-access",
            new Source("user_mem_abort", Mmu, "6.1", "kvm_pgtable_stage2_relax_perms()"),
            "the guest can access pages that stage 2 maps; a page that is not executable yet becomes so when it is fetched from",
            static (in m) => m.GuestTouches,
            Accesses.ByGuest
        ),
        new(
            "map-in-other",
            new Source("user_mem_abort", Mmu, "6.1", "kvm_pgtable_stage2_map()"),
            "a page of the process's may be in the stage 2 of several VMs",
            static (in m) => m.Operation == Operation.OtherLoad,
            static (in _, ref page) =>
            {
                page.Other = PageAccess.Mapped;
                return OperationOutcome.Sees(page.Holds);
            }
        ),
    ];

    public static Machine Machine { get; } =
        Machine.New(
            "ownership-6.1",
            "The host has everything; memfd_secret(2) is available to no VM.",
            [.. Making, .. Binding, .. Hosts, .. Guests]
        );

    /// <summary>A guest, or the second VM's guest, takes a stage-2 fault on the page.</summary>
    internal static bool Faults(in TransitionContext m) => m.GuestTouches || m.Operation == Operation.OtherLoad;

    internal static OperationOutcome Gone(ref PageState page)
    {
        page.Vm = page.Slot = page.Window = page.SecondSlot = page.OtherSlot = page.Executable = false;
        page.Destroyed = true;
        page.Guest = page.Other = PageAccess.None;
        return OperationOutcome.Done;
    }
}
