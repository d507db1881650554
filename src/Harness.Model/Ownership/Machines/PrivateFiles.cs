using static Harness.Model.Ownership.Machines.Sources;

namespace Harness.Model.Ownership.Machines;

/// <summary>
/// Private memory in a file, beside shared memory of the process: in version 5 of the series, and as merged (6.8), with
/// an attribute for each guest page. For TDX and SEV; in no version on arm64.
/// </summary>
public static class PrivateFiles
{
    private const string X86Mmu = "arch/x86/kvm/mmu/mmu.c";

    private const string Version5 =
        "[PATCH v5 00/13] KVM: mm: fd-based approach for supporting KVM guest private memory";

    private static readonly Transition[] Both =
    [
        new(
            "create",
            new Source("kvm_dev_ioctl_create_vm", KvmMain, "6.8"),
            "a VM is made, of a kind that has private memory",
            static (in m) => m.Operation == Operation.Create,
            static (in _, ref page) =>
            {
                page.Vm = true;
                return OperationOutcome.Done;
            }
        ),
        new(
            "file-unmappable",
            new Source("kvm_gmem_fops", GuestMemfd, "6.8", "no mmap: -ENODEV"),
            "the private file can't be mapped by the process",
            static (in m) => m.Operation is Operation.MapShared or Operation.MapPrivate,
            Refuse(Errno.ENODEV)
        ),
        new(
            "file-punch",
            new Source(
                "kvm_gmem_punch_hole",
                GuestMemfd,
                "6.8",
                "kvm_gmem_invalidate_begin(), truncate_inode_pages_range()"
            ),
            "the guest loses punched pages; the next page there is empty",
            static (in m) => m.Operation == Operation.Punch,
            static (in _, ref page) =>
            {
                page.Allocated = false;
                return Lost(ref page);
            }
        ),
        new(
            "file-allocate",
            new Source("kvm_gmem_allocate", GuestMemfd, "6.8"),
            "the private file has a page",
            static (in m) => m.Operation == Operation.Allocate,
            static (in _, ref page) =>
            {
                page.Allocated = true;
                return OperationOutcome.Done;
            }
        ),
        new(
            "unbind",
            new Source("kvm_invalidate_memslot", KvmMain, "6.8", "kvm_arch_flush_shadow_memslot()"),
            "a deleted slot is unmapped; the file keeps its page",
            static (in m) => m.Operation == Operation.Unbind,
            static (in _, ref page) =>
            {
                page.Slot = false;
                page.SharedMapped &= page.OverSlot;
                page.Guest = PageAccess.None;
                return OperationOutcome.Done;
            }
        ),
        new(
            "destroy",
            new Source("kvm_destroy_vm", KvmMain, "6.8", "kvm_arch_flush_shadow_all()"),
            "a destroyed VM has no page, and those of its private file are cleared with the file",
            static (in m) => m.Operation == Operation.Destroy,
            static (in _, ref page) =>
            {
                Lost(ref page);
                page.Allocated = page.SharedMapped = page.OverSlot = false;
                return Linux61.Gone(ref page);
            }
        ),
        new(
            "host-touch",
            new Source(
                "kvm_userspace_memory_region2",
                "include/uapi/linux/kvm.h",
                "6.8",
                "userspace_addr and guest_memfd are different memory"
            ),
            "the process accesses the shared page: it has no address for the private one",
            static (in m) => m.HostTouches,
            Accesses.ByHostShared
        ),
    ];

    private static readonly Transition[] GuestAccesses =
    [
        new(
            "map-private",
            new Source("kvm_faultin_pfn_private", X86Mmu, "6.8", "kvm_gmem_get_pfn()"),
            "a private access gets the private file's page, a new one if there is none",
            static (in m) => m.SaysPrivate,
            static (in m, ref page) =>
            {
                page.Allocated = true;
                page.Guest = PageAccess.Owned;
                return Accesses.ByGuestPrivate(in m, ref page);
            }
        ),
        new(
            "map-shared",
            new Source("__kvm_faultin_pfn", X86Mmu, "6.8", "__gfn_to_pfn_memslot()"),
            "a shared access is given the process's page",
            static (in m) => m.GuestSays,
            Accesses.ByGuestShared
        ),
    ];

    private static readonly Transition Bound = new(
        "bind",
        new Source("__kvm_set_memory_region", KvmMain, "6.8", "KVM_MEM_GUEST_MEMFD: kvm_gmem_bind()"),
        "one slot has both: the private file, and an address of the process",
        static (in m) => m.Operation == Operation.Bind,
        static (in _, ref page) =>
        {
            page.Slot = true;
            return OperationOutcome.Done;
        }
    );

    /// <summary>
    /// SEV with the attribute: one address, and a C-bit that must agree with the attribute of the address.
    /// </summary>
    public static Machine Sev { get; } =
        Machine.New(
            "sev-6.8",
            "One address space; the guest's C-bit marks an access as private or shared, and must match an attribute of the address.",
            [
                new(
                    "address-taken",
                    new Source("__kvm_set_memory_region", KvmMain, "6.8", "kvm_check_memslot_overlap(): -EEXIST"),
                    "a guest's page belongs to one slot, which has both kinds of memory",
                    static (in m) => m.Operation == Operation.BindOver,
                    Refuse(Errno.EEXIST)
                ),
                Bound,
                new(
                    "set-private",
                    new Source(
                        "kvm_vm_set_mem_attributes",
                        KvmMain,
                        "6.8",
                        "KVM_MEMORY_ATTRIBUTE_PRIVATE; kvm_pre_set_memory_attributes() unmaps"
                    ),
                    "an address that becomes private loses the shared page",
                    static (in m) => m.Operation == Operation.SetPrivate,
                    static (in _, ref page) =>
                    {
                        page.Private = true;
                        page.SharedMapped = false;
                        return OperationOutcome.Done;
                    }
                ),
                new(
                    "set-shared",
                    new Source(
                        "kvm_vm_set_mem_attributes",
                        KvmMain,
                        "6.8",
                        "no KVM_MEMORY_ATTRIBUTE_PRIVATE; kvm_pre_set_memory_attributes() unmaps"
                    ),
                    "an address that becomes shared loses the private page, which stays the file's",
                    static (in m) => m.Operation == Operation.SetShared,
                    static (in _, ref page) =>
                    {
                        page.Private = false;
                        page.Guest = PageAccess.None;
                        return OperationOutcome.Done;
                    }
                ),
                .. Both,
                new(
                    "attribute-disagrees",
                    new Source(
                        "__kvm_faultin_pfn",
                        X86Mmu,
                        "6.8",
                        "fault->is_private != kvm_mem_is_private(): kvm_mmu_prepare_memory_fault_exit(), -EFAULT"
                    ),
                    "if the guest and the attribute disagree, userspace gets the address and the kind of access",
                    static (in m) => m.GuestSays && m.SaysPrivate != m.Page.Private,
                    static (in m, ref _) => OperationOutcome.AsksFor(m.SaysPrivate)
                ),
                .. GuestAccesses,
            ]
        );

    /// <summary>TDX with the attribute: two halves of the address space, each with its own tables.</summary>
    public static Machine Tdx { get; } =
        Sev.As(
                "tdx-6.8",
                "A bit of the address marks an access as private or shared, and each half has its own tables; the attribute selects the page."
            )
            .Replace(
                "set-shared",
                Sev.Transition("set-shared") with
                {
                    Source = new Source(
                        "kvm_vm_set_mem_attributes",
                        KvmMain,
                        "6.8",
                        "kvm_pre_set_memory_attributes() unmaps; the page that comes back is emptied by the TDX module (specification not read)"
                    ),
                    Says =
                        "an address that becomes shared loses the private page with its content: a page that is private again is empty",
                    Then = static (in _, ref page) =>
                    {
                        page.Private = false;
                        return Lost(ref page);
                    },
                }
            );

    /// <summary>Version 5 with TDX: two slots, distinguished by the address bit.</summary>
    public static Machine Version5Tdx { get; } =
        Sev.As(
                "tdx-v5",
                "Private and shared memory are different memslots at one address; a bit of the address selects one."
            )
            .Without("set-private")
            .Without("set-shared")
            .Without("file-unmappable")
            .Cited(
                "bind",
                "\"there are private memslots and shared memslots\"",
                "a private slot only has memory of a file"
            )
            .Cited("file-punch", "\"which address ranges are actually active (not hole-punched) in a given memslot\"")
            .Cited("file-allocate", "\"whether the backing store for a given page actually exists\"")
            .Cited(
                "host-touch",
                "\"the host-side paging structures for the shared and private slots are completely separate\""
            )
            .Cited(
                "map-private",
                "\"read host (KVM memslots and anything else, EPT, NPT, RMP, etc) structures accordingly\""
            )
            .Cited(
                "map-shared",
                "\"read host (KVM memslots and anything else, EPT, NPT, RMP, etc) structures accordingly\""
            )
            .Replace(
                "address-taken",
                new Transition(
                    "bind-over",
                    Source.Mail(
                        "Lutomirski, 2022-03-31",
                        Version5,
                        "\"the memslot to reference is different depending on the access type\""
                    ),
                    "a private and a shared slot may be at one address",
                    static (in m) => m.Operation == Operation.BindOver,
                    static (in _, ref page) =>
                    {
                        page.OverSlot = true;
                        return OperationOutcome.Done;
                    }
                )
            )
            .Replace(
                "attribute-disagrees",
                new Transition(
                    "no-private-page",
                    Source.Mail(
                        "Perret, 2022-03-29, quoted by Lutomirski, 2022-03-31",
                        Version5,
                        "\"the right offset with a hole punched ... report a KVM_EXIT_MEMORY_ERROR\""
                    ),
                    "if the private file has no page userspace gets the address, and may allocate one",
                    static (in m) => m.SaysPrivate && !(m.Page.Slot && m.Page.Allocated),
                    static (in m, ref _) => OperationOutcome.AsksFor(true)
                ),
                new Transition(
                    "no-shared-slot",
                    Source.Mail(
                        "Perret, 2022-03-29, quoted by Lutomirski, 2022-03-31",
                        Version5,
                        "\"Or would that just generate an MMIO exit as usual?\": asked, and not answered in what is quoted"
                    ),
                    "a shared access that no shared slot has is userspace's to emulate",
                    static (in m) => m.GuestSays && !m.SaysPrivate && !m.Page.OverSlot,
                    static (in _, ref _) => OperationOutcome.MmioExit
                )
            );

    /// <summary>Version 5 with SEV: both slots match, and one of them must be chosen.</summary>
    public static Machine Version5Sev { get; } =
        Version5Tdx
            .As(
                "sev-v5",
                "Private and shared memory are different memslots at one address; where they overlap, a lookup in the private file selects one."
            )
            .Before(
                "no-shared-slot",
                new Transition(
                    "private-wins",
                    Source.Mail(
                        "Lutomirski, 2022-03-31",
                        Version5,
                        "\"one of them wins, although ... may involve checking whether the backing store for a given page actually exists\""
                    ),
                    "a shared access at an address with a page in the private file finds the private slot: userspace gets the address, and may punch it out",
                    static (in m) => m.GuestSays && !m.SaysPrivate && m.Page is { Slot: true, Allocated: true },
                    static (in m, ref _) => OperationOutcome.AsksFor(false)
                )
            );

    /// <summary>Sourced from the mail: the merged code that replaced it is no source for a proposal.</summary>
    private static Machine Cited(this Machine machine, string name, string quote, string? says = null)
    {
        var transition = machine.Transition(name);
        return machine.Replace(
            name,
            transition with
            {
                Source = Source.Mail("Lutomirski, 2022-03-31", Version5, quote),
                Says = says ?? transition.Says,
            }
        );
    }

    private static OperationOutcome Lost(ref PageState page)
    {
        page.Guest = PageAccess.None;
        page.Holds = Contents.Zero;
        page.Disclosed = true;
        return OperationOutcome.Done;
    }
}
