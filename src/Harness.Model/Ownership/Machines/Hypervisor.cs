using static Harness.Model.Ownership.Machines.Sources;

namespace Harness.Model.Ownership.Machines;

/// <summary>
/// Page state changes between the host's kernel and its hypervisor in protected mode, version by version: those states
/// in mem_protect.c in which no process is involved.
/// </summary>
public static class Hypervisor
{
    private const string KernelsOwn =
        "the page belongs to the kernel, for a VM's or vCPU's structures or page tables: creating a VM triggers it, but not for a page of a process";

    private const string HypercallAsIs =
        "the kernel makes the hypercall only in the state that allows it: no system call makes it do so in another";

    private static readonly Transition[] Sharing =
    [
        new(
            "host-share-hyp",
            new Source(
                "__pkvm_host_share_hyp",
                MemProtect,
                "6.1",
                "host PKVM_PAGE_OWNED, hyp PKVM_NOPAGE: PKVM_PAGE_SHARED_OWNED / PKVM_PAGE_SHARED_BORROWED"
            ),
            "the kernel shares one of its pages with the hypervisor, and keeps access",
            static (in m) => m.Operation == Operation.HypShare && m.UnderHypervisor && Free(in m),
            static (in _, ref page) =>
            {
                page.Hypervisor = HypervisorAccess.Borrowed;
                return OperationOutcome.Done;
            }
        )
        {
            NotByUserspace = KernelsOwn,
        },
        new(
            "host-unshare-hyp",
            new Source(
                "__pkvm_host_unshare_hyp",
                MemProtect,
                "6.1",
                "PKVM_PAGE_SHARED_OWNED / PKVM_PAGE_SHARED_BORROWED, and back; pinned: -EBUSY"
            ),
            "and takes it back",
            static (in m) => m.Operation == Operation.HypUnshare && m.Page.Hypervisor == HypervisorAccess.Borrowed,
            static (in _, ref page) =>
            {
                page.Hypervisor = HypervisorAccess.None;
                return OperationOutcome.Done;
            }
        )
        {
            NotByUserspace = KernelsOwn,
        },
        new(
            "hyp-refused",
            new Source("__host_check_page_state_range", MemProtect, "6.1", "another state: -EPERM"),
            "a page that is already shared or donated, or belongs to another, can't be shared or donated, and other pages can't be taken back",
            static (in m) => m.UnderHypervisor && m.Operation is >= Operation.HypShare and <= Operation.HypReturn,
            Refuse(Errno.EPERM)
        )
        {
            NotByUserspace = HypercallAsIs,
        },
        new(
            "stray-into-donated",
            new Source("handle_host_mem_abort", MemProtect, "6.1", "host_stage2_idmap(): -EPERM, BUG_ON(ret)"),
            "an access of the kernel to a page that it donated crashes the hypervisor and so the host, despite a fix-up",
            static (in m) => m.Operation == Operation.Stray && !m.Page.HostHas,
            static (in _, ref _) => OperationOutcome.HostDies
        )
        {
            NotByUserspace = KernelsOwn,
        },
    ];

    private static readonly Transition[] Donating =
    [
        new(
            "host-donate-hyp",
            new Source(
                "__pkvm_host_donate_hyp",
                MemProtect,
                "6.12",
                "host PKVM_PAGE_OWNED, hyp PKVM_NOPAGE: PKVM_NOPAGE / PKVM_PAGE_OWNED; reached by __pkvm_init_vm"
            ),
            "the kernel donates one of its pages to the hypervisor, and loses access",
            static (in m) => m.Operation == Operation.HypDonate && m.UnderHypervisor && Free(in m),
            static (in _, ref page) =>
            {
                page.Hypervisor = HypervisorAccess.Owned;
                return OperationOutcome.Done;
            }
        )
        {
            NotByUserspace = KernelsOwn,
        },
        new(
            "hyp-donate-host",
            new Source(
                "__pkvm_hyp_donate_host",
                MemProtect,
                "6.12",
                "PKVM_NOPAGE / PKVM_PAGE_OWNED, and back; reached by the teardown of a VM"
            ),
            "and gets it back when the VM is torn down",
            static (in m) => m.Operation == Operation.HypReturn && m.Page.Hypervisor == HypervisorAccess.Owned,
            static (in _, ref page) =>
            {
                page.Hypervisor = HypervisorAccess.None;
                return OperationOutcome.Done;
            }
        )
        {
            NotByUserspace = KernelsOwn,
        },
    ];

    /// <summary>Linux 6.1: sharing only; there are no VMs at EL2 yet.</summary>
    public static Machine V6_1 { get; } =
        With("pkvm-6.1", "The hypervisor borrows the kernel's pages; it has no VMs yet.", Arm64.V6_1);

    /// <summary>Linux 6.12: VMs at EL2, with memory donated by the host.</summary>
    public static Machine V6_12 { get; } =
        Giving(
            With("pkvm-6.12", "The hypervisor has VMs, and the kernel donates the pages for their state.", Arm64.V6_1)
        );

    /// <summary>Linux 6.14: the hypervisor manages the stage 2 of ordinary VMs.</summary>
    public static Machine V6_14 { get; } = Giving(With("pkvm-6.14", Arm64.V6_14.Summary, Arm64.V6_14));

    /// <summary>Linux 6.18: guest_memfd for ordinary VMs.</summary>
    public static Machine V6_18 { get; } = Giving(With("pkvm-6.18", Arm64.V6_18.Summary, Arm64.V6_18));

    /// <summary>Linux 7.1: protected VMs, and the hypervisor reports the host's invalid accesses to it.</summary>
    public static Machine V7_1 { get; } = Survived(Giving(With("pkvm-7.1", Arm64.V7_1.Summary, Arm64.V7_1)));

    /// <summary>Linux 7.2.</summary>
    public static Machine V7_2 { get; } = Survived(Giving(With("pkvm-7.2", Arm64.V7_2.Summary, Arm64.V7_2)));

    /// <summary>
    /// The transitions of mem_protect.c, each with the machine transition that takes it in the newest machine: the
    /// probe's list, and what it has to cover.
    /// </summary>
    public static IReadOnlyList<PageStateCall> Calls { get; } =
    [
        new("host_share_hyp", "6.1", "host-share-hyp"),
        new("host_unshare_hyp", "6.1", "host-unshare-hyp"),
        new("host_donate_hyp", "6.12", "host-donate-hyp"),
        new("hyp_donate_host", "6.12", "hyp-donate-host"),
        new("host_share_guest", "6.14", "share-with-guest"),
        new("host_unshare_guest", "6.14", "unbind"),
        new("host_donate_guest", "7.1", "donate"),
        new("guest_share_host", "7.1", "share"),
        new("guest_unshare_host", "7.1", "unshare"),
        new("force_reclaim_guest_page", "7.1", "host-takes-by-force"),
        new("reclaim_dying_guest_page", "7.1", "reclaim-dying"),
    ];

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<Machine> All { get; } = [V6_1, V6_12, V6_14, V6_18, V7_1, V7_2];

    private static Machine With(string name, string summary, Machine machine)
    {
        var whole = KernelSide.With(machine).Before("stray-into-secret", Sharing);
        return whole.As(name, summary);
    }

    private static Machine Giving(Machine machine) => machine.Before("hyp-refused", Donating);

    /// <summary>The hypervisor reports the fault to the host, which searches its exception table first.</summary>
    private static Machine Survived(Machine machine) =>
        machine.Replace(
            "stray-into-donated",
            machine.Transition("stray-into-donated") with
            {
                Source = new Source(
                    "__do_kernel_fault",
                    Fault,
                    "7.1",
                    "host_inject_mem_abort(), then fixup_exception(): before pkvm_force_reclaim_guest_page(), and before the oops for the hypervisor's own memory"
                ),
                Says =
                    "an access of the kernel to a page that it donated is a fault in the kernel: with a fix-up it continues",
                Then = static (in _, ref _) => OperationOutcome.Done,
            }
        );

    private static bool Free(in TransitionContext m) =>
        m.Page is { Hypervisor: HypervisorAccess.None, Guest: PageAccess.None, Other: PageAccess.None };
}
