using static Harness.Model.Ownership.Machines.Sources;

namespace Harness.Model.Ownership.Machines;

/// <summary>
/// Page ownership of a VM's memory on arm64, by kernel generation, each as its changes. Named after the first kernel
/// read that decides so.
/// </summary>
public static class Arm64
{
    /// <summary>What a failing hypercall returns in X0: SMCCC_RET_INVALID_PARAMETER.</summary>
    internal const int InvalidParameter = -3;

    /// <summary>Linux 6.1: nothing is private but secret memory.</summary>
    public static Machine V6_1 => Linux61.Machine;

    /// <summary>Linux 6.14: in protected mode the hypervisor manages the stage 2 of ordinary VMs, too.</summary>
    public static Machine V6_14 { get; } =
        V6_1.As(
                "ownership-6.14",
                "In protected mode an ordinary VM's page is shared with it by the hypervisor, and counted."
            )
            .Before(
                "map",
                new Transition(
                    "share-with-guest",
                    new Source(
                        "__pkvm_host_share_guest",
                        MemProtect,
                        "6.14",
                        "PKVM_PAGE_SHARED_OWNED / PKVM_PAGE_SHARED_BORROWED, host_share_guest_count++"
                    ),
                    "in protected mode the host's page is shared with the guest, and the host keeps access",
                    static (in m) => m.UnderHypervisor && m.GuestTouches && m.Page.Guest == PageAccess.None,
                    Accesses.Mapping
                )
            );

    /// <summary>Linux 6.18: guest_memfd.</summary>
    public static Machine V6_18 { get; } =
        V6_14
            .As("ownership-6.18", "A guest_memfd gives a VM memory that the process may have only if it was made so.")
            .Moved(
                "map",
                new Source(
                    "user_mem_abort",
                    Mmu,
                    "6.18",
                    "kvm_pgtable_stage2_map(); for a page of a guest_memfd: gmem_abort()"
                )
            )
            .Replace(
                "gmem-none",
                new Transition(
                    "gmem-unknown-flag",
                    new Source(
                        "kvm_gmem_create",
                        GuestMemfd,
                        "6.18",
                        "flags & ~kvm_gmem_get_supported_flags(): -EINVAL"
                    ),
                    "a guest_memfd has only flags that the kernel supports",
                    static (in m) => m.Operation == Operation.MakeUnknownFlag,
                    Refuse(Errno.EINVAL)
                ),
                new Transition(
                    "gmem-size-unaligned",
                    new Source("kvm_gmem_create", GuestMemfd, "6.18", "size <= 0 || !PAGE_ALIGNED(size): -EINVAL"),
                    "a guest_memfd is made of whole pages",
                    static (in m) => m.Operation == Operation.MakeUnaligned,
                    Refuse(Errno.EINVAL)
                )
            )
            .Before("address-taken", GuestMemory.Binding)
            .Before("destroy", GuestMemory.Files)
            .Before("peek-refused", GuestMemory.Touches)
            .Before(
                "no-page",
                new Transition(
                    "gmem-window-private",
                    new Source(
                        "kvm_gmem_fault_user_mapping",
                        GuestMemfd,
                        "6.18",
                        "VM_FAULT_SIGBUS; hva_to_pfn() finds no page: -EFAULT"
                    ),
                    "where the process gets no page of its mapping, its VM gets none by it",
                    static (in m) => m.GuestTouches && m.Page.Window && !m.InitShared,
                    Fail(Errno.EFAULT)
                ),
                new Transition(
                    "gmem-page-gone",
                    new Source(
                        "kvm_gmem_get_pfn",
                        GuestMemfd,
                        "6.18",
                        "!file: -EFAULT, kvm_prepare_memory_fault_exit()"
                    ),
                    "a slot with a closed guest_memfd has no pages, and userspace gets the faulting address",
                    static (in m) =>
                        m.GuestTouches && m.GuestMemory && m.Page is { Slot: true, FileClosed: true, Mapped: false },
                    static (in _, ref _) => OperationOutcome.MemoryFault(Errno.EFAULT)
                ),
                new Transition(
                    "gmem-fetch-loops",
                    new Source(
                        "gmem_abort",
                        Mmu,
                        "6.18",
                        "maps on a permission fault too; only permissions differ: -EAGAIN"
                    ),
                    "a fetch from a page that was mapped without X maps it again, which changes nothing",
                    static (in m) =>
                        m.Operation == Operation.GuestFetch
                        && m.GuestMemory
                        && m.Page is { Window: false, Guest: PageAccess.Mapped, Executable: false },
                    static (in _, ref _) => OperationOutcome.Loops
                )
            );

    /// <summary>Linux 7.1: protected VMs.</summary>
    public static Machine V7_1 { get; } =
        V6_18
            .As(
                "ownership-7.1",
                "A protected VM takes its pages from the host; the host's accesses are then refused, or make the guest lose the page."
            )
            .Without("gmem-fetch-loops")
            .Replace(
                "protected-unknown",
                new Transition(
                    "protected-unknown",
                    new Source(
                        "kvm_arch_init_vm",
                        Arm,
                        "7.1",
                        "KVM_VM_TYPE_ARM_PROTECTED && !is_protected_kvm_enabled(): -EINVAL"
                    ),
                    "only a host in protected mode has protected VMs",
                    static (in m) => m.Operation == Operation.Create && m.Protected && !m.UnderHypervisor,
                    Refuse(Errno.EINVAL)
                )
            )
            .Before("address-taken", ProtectedVms.Slots)
            .Before("destroy", ProtectedVms.Destroying)
            .Before("gmem-private-touch", ProtectedVms.HostTouches)
            .Before("hypercall-unknown", [.. ProtectedVms.Faults, .. ProtectedVms.Hypercalls]);

    /// <summary>Linux 7.2: binding a guest_memfd range that is already bound fails with EEXIST.</summary>
    public static Machine V7_2 { get; } =
        V7_1.As("ownership-7.2", "Binding a guest_memfd range that is already bound has an errno of its own.")
            .Refusing(
                "gmem-range-taken",
                Errno.EEXIST,
                new Source("kvm_gmem_bind", GuestMemfd, "7.2", "the range holds a slot: -EEXIST")
            );

    /// <summary>
    /// Linux 7.3: binding a guest_memfd is split in two, before and after kvm_arch_prepare_memory_region().
    /// </summary>
    public static Machine V7_3 { get; } =
        V7_2.As("ownership-7.3", "Decides in the two functions that kvm_gmem_bind() was split into.")
            .Moved("gmem-not-open", Prepares("!fget(fd): -EBADF"))
            .Moved("gmem-not-one", Prepares("file->f_op != &kvm_gmem_fops: -EINVAL"))
            .Moved("gmem-beyond-end", Prepares("offset + size > i_size_read(inode): -EINVAL"))
            .Moved("gmem-of-other-vm", Prepares("f->kvm != kvm: -EINVAL"))
            .Moved(
                "gmem-range-taken",
                new Source("kvm_gmem_commit_memory_region", GuestMemfd, "7.3", "the range holds a slot: -EEXIST")
            );

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<Machine> All { get; } = [V6_1, V6_14, V6_18, V7_1, V7_2, V7_3];

    private static Source Prepares(string note) => new("kvm_gmem_prepare_memory_region", GuestMemfd, "7.3", note);
}
