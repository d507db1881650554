using static Harness.Model.Ownership.Machines.Sources;

namespace Harness.Model.Ownership.Machines;

/// <summary>The transitions of a protected VM's memory: kvm-arm.mode=protected, 7.1 and later.</summary>
internal static class ProtectedVms
{
    public static Transition[] Slots { get; } =
    [
        new(
            "protected-slot-read-only-for-good",
            new Source(
                "kvm_set_memory_region",
                KvmMain,
                "7.1",
                "(mem->flags ^ old->flags) & KVM_MEM_READONLY: -EINVAL"
            ),
            "a slot's READONLY flag can't be changed",
            static (in m) => m.Protected && m.Operation == Operation.BindReadOnly && m.Page.Slot,
            Refuse(Errno.EINVAL)
        ),
        new(
            "protected-slot-flags",
            new Source(
                "kvm_arch_prepare_memory_region",
                Mmu,
                "7.1",
                "kvm_vm_is_protected(kvm) && flags & (LOG_DIRTY_PAGES | READONLY): -EPERM"
            ),
            "a protected VM's slot is neither logged nor read-only",
            static (in m) => m.Protected && m.Operation is (Operation.BindLogged or Operation.BindReadOnly),
            Refuse(Errno.EPERM)
        ),
        new(
            "protected-slot-for-good",
            new Source(
                "kvm_arch_prepare_memory_region",
                Mmu,
                "7.1",
                "pkvm_hyp_vm_is_created(kvm), KVM_MR_DELETE or KVM_MR_MOVE: -EPERM"
            ),
            "after a protected VM has run, its slots can't be changed",
            static (in m) => m.Protected && m.Operation == Operation.Unbind && m.Page.Ran,
            Refuse(Errno.EPERM)
        ),
    ];

    public static Transition[] Destroying { get; } =
    [
        new(
            "reclaim-dying",
            new Source(
                "__pkvm_reclaim_dying_guest_page",
                MemProtect,
                "7.1",
                "PKVM_PAGE_OWNED: hyp_poison_page(), then host_stage2_set_owner_locked()"
            ),
            "memory that a protected VM owned is cleared before the host gets it back",
            static (in m) => m.Operation == Operation.Destroy && !m.Page.HostHas,
            static (in m, ref page) =>
            {
                Accesses.Emptied(in m, ref page);
                return Linux61.Gone(ref page);
            }
        ),
    ];

    public static Transition[] HostTouches { get; } =
    [
        new(
            "host-lost",
            new Source("host_mem_abort", MemProtect, "7.1", "-EPERM: the abort is injected; do_page_fault(): SIGSEGV"),
            "the process can't access memory that a protected VM owns",
            static (in m) => !m.Page.HostHas && m.Operation is (Operation.Load or Operation.Store),
            Raise(Signal.SegvAccess)
        ),
        new(
            "host-lost-copy",
            new Source("host_mem_abort", MemProtect, "7.1", "-EPERM: the abort is injected; the copy has a fix-up"),
            "nor can a system call copy from it",
            static (in m) => !m.Page.HostHas && m.Operation == Operation.Copy,
            Refuse(Errno.EFAULT)
        ),
        new(
            "host-takes-by-force",
            new Source("__pkvm_force_reclaim_guest_page", MemProtect, "7.1", "hyp_poison_page(), guest: PKVM_POISON"),
            "where the kernel itself strays into a guest's page it survives: the page is emptied, and the guest loses it",
            static (in m) => m.Operation == Operation.Peek && !m.Page.HostHas,
            static (in m, ref page) =>
            {
                Accesses.Emptied(in m, ref page);
                if (m.Page.Other == PageAccess.Owned)
                    page.Other = PageAccess.Poisoned;
                else
                    page.Guest = PageAccess.Poisoned;
                return OperationOutcome.Sees(Contents.Zero);
            }
        ),
    ];

    public static Transition[] Hypercalls { get; } =
    [
        new(
            "share",
            new Source(
                "__pkvm_guest_share_host",
                MemProtect,
                "7.1",
                "PKVM_PAGE_OWNED to SHARED_OWNED; where nothing is mapped, the host is asked first"
            ),
            "a protected guest may share one of its pages with the host",
            static (in m) =>
                m.Protected
                && m.Operation == Operation.GuestShare
                && m.Page.Slot
                && m.Page.Guest is (PageAccess.None or PageAccess.Owned),
            static (in _, ref page) =>
            {
                page.Executable = page.Disclosed = true;
                page.Guest = PageAccess.Lent;
                return OperationOutcome.Done;
            }
        ),
        new(
            "unshare",
            new Source("__pkvm_guest_unshare_host", MemProtect, "7.1", "SHARED_OWNED to PKVM_PAGE_OWNED"),
            "and take it back",
            static (in m) => m.Protected && m.Operation == Operation.GuestUnshare && m.Page.Guest == PageAccess.Lent,
            static (in _, ref page) =>
            {
                page.Guest = PageAccess.Owned;
                return OperationOutcome.Done;
            }
        ),
        new(
            "share-refused",
            new Source("pkvm_memshare_call", HypPkvm, "7.1", "-EPERM: SMCCC_RET_INVALID_PARAMETER"),
            "a shared page can't be shared again, an unshared one can't be unshared, and a forcibly reclaimed page neither",
            static (in m) => m.Protected && m.Operation is (Operation.GuestShare or Operation.GuestUnshare),
            Hypercall(Arm64.InvalidParameter)
        ),
    ];

    /// <summary>
    /// A protected VM accesses a page that it doesn't have: by a fault, or by a hypercall that finds nothing mapped.
    /// </summary>
    private static bool Takes(in TransitionContext m) =>
        m.Protected
        && (
            m.Operation == Operation.OtherLoad
                ? m.Page.Other == PageAccess.None
                : (m.GuestTouches || m.Operation == Operation.GuestShare) && m.Page.Guest == PageAccess.None
        );

    public static Transition[] Faults { get; } =
    [
        new(
            "protected-no-slot-ldp",
            new Source(
                "io_mem_abort",
                Mmio,
                "7.1",
                "!kvm_vcpu_dabt_isvalid(), vcpu_is_protected(vcpu): kvm_inject_sea_dabt()"
            ),
            "for a protected VM an access that can't be emulated doesn't exit to userspace: the guest takes an external abort",
            static (in m) => m.Protected && m.Operation == Operation.GuestLdp,
            static (in _, ref _) => OperationOutcome.GuestAborts
        ),
        new(
            "poisoned",
            new Source("pkvm_mem_abort", Mmu, "7.1", "__pkvm_vcpu_in_poison_fault(): -EFAULT"),
            "a guest with a page that was forcibly reclaimed gets an abort: it doesn't continue with an empty page",
            static (in m) =>
                (m.GuestTouches && m.Page.Guest == PageAccess.Poisoned)
                || (m.Operation == Operation.OtherLoad && m.Page.Other == PageAccess.Poisoned),
            Fail(Errno.EFAULT)
        ),
        new(
            "protected-page-not-swap-backed",
            new Source("pkvm_mem_abort", Mmu, "7.1", "!folio_test_swapbacked(): -EIO"),
            "nor a guest_memfd's pages through its mapping: they can be pinned, but don't belong to the process",
            static (in m) => Takes(in m) && m.Page.Window && m.InitShared,
            Fail(Errno.EIO)
        ),
        new(
            "protected-pin-fails",
            new Source("pkvm_mem_abort", Mmu, "7.1", "pin_user_pages(FOLL_LONGTERM | FOLL_WRITE): -EFAULT"),
            "a protected VM only takes pages that can be pinned for writing: not a driver's, and not those of a guest_memfd",
            static (in m) =>
                Takes(in m)
                && (
                    m.GuestMemory
                    || m.Backing.Driver
                    || m.Backing.Kind is VmaKind.Hole or VmaKind.Secret
                    || !m.Scenario.Writable
                ),
            Fail(Errno.EFAULT)
        ),
        new(
            "owned-by-other",
            new Source("__pkvm_host_donate_guest", MemProtect, "7.1", "the host's page is not PKVM_PAGE_OWNED: -EPERM"),
            "a page that one VM has taken is not available to another VM",
            static (in m) =>
                Takes(in m)
                && (
                    m.Operation == Operation.OtherLoad
                        ? m.Page.Guest is (PageAccess.Owned or PageAccess.Lent)
                        : m.Page.Other == PageAccess.Owned
                ),
            Fail(Errno.EPERM)
        ),
        new(
            "donate",
            new Source("__pkvm_host_donate_guest", MemProtect, "7.1", "host: PKVM_NOPAGE, guest: PKVM_PAGE_OWNED"),
            "a protected VM takes the pages that it accesses from the host, with their content",
            static (in m) => Takes(in m) && m.GuestTouches,
            Accesses.Taking
        ),
        new(
            "donate-to-other",
            new Source("__pkvm_host_donate_guest", MemProtect, "7.1", "host: PKVM_NOPAGE, guest: PKVM_PAGE_OWNED"),
            "a protected VM takes the pages that it accesses from the host, with their content",
            static (in m) => m.Protected && m.Operation == Operation.OtherLoad,
            static (in _, ref page) =>
            {
                page.Other = PageAccess.Owned;
                return OperationOutcome.Sees(page.Holds);
            }
        ),
    ];
}
