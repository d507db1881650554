namespace Harness.Model.Ownership;

/// <summary>
/// One thing that the VMM, its process or the guest does about a page; the probe does each with one call or
/// instruction.
/// </summary>
public enum Operation : byte
{
    /// <summary>KVM_CREATE_VM; for a guest_memfd, KVM_CREATE_GUEST_MEMFD follows.</summary>
    Create,

    /// <summary>KVM_CREATE_GUEST_MEMFD with a flag that no kernel knows.</summary>
    MakeUnknownFlag,

    /// <summary>KVM_CREATE_GUEST_MEMFD of a size that is no whole number of pages.</summary>
    MakeUnaligned,

    /// <summary>mmap(2) of the guest_memfd, MAP_SHARED.</summary>
    MapShared,

    /// <summary>mmap(2) of the guest_memfd, MAP_PRIVATE.</summary>
    MapPrivate,

    /// <summary>The memslot is set up over the memory.</summary>
    Bind,

    /// <summary>A second memslot, at other guest physical addresses, over the same memory.</summary>
    BindAgain,

    /// <summary>A second memslot, over other memory, at the guest physical addresses of the first.</summary>
    BindOver,

    /// <summary>A memslot of a second VM of the same kind over the same memory.</summary>
    BindInOther,

    /// <summary>A memslot of a guest_memfd, but the descriptor is not open.</summary>
    BindNothing,

    /// <summary>A memslot of a guest_memfd, but the descriptor is another file's.</summary>
    BindFile,

    /// <summary>A memslot of a guest_memfd that ends behind the file.</summary>
    BindBeyond,

    /// <summary>A memslot of a guest_memfd from an offset that is no whole number of pages.</summary>
    BindUnaligned,

    /// <summary>A memslot without KVM_MEM_GUEST_MEMFD over the process's mapping of the guest_memfd.</summary>
    BindWindow,

    /// <summary>The memslot is asked for with KVM_MEM_LOG_DIRTY_PAGES, whether it is there or not.</summary>
    BindLogged,

    /// <summary>The memslot is asked for with KVM_MEM_READONLY, whether it is there or not.</summary>
    BindReadOnly,

    /// <summary>The memslot is deleted.</summary>
    Unbind,

    /// <summary>fallocate(2) with FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE over the page.</summary>
    Punch,

    /// <summary>As <see cref="Punch"/>, from an offset that is no whole number of pages.</summary>
    PunchUnaligned,

    /// <summary>As <see cref="Punch"/>, behind the end of the file.</summary>
    PunchBeyond,

    /// <summary>fallocate(2) with FALLOC_FL_KEEP_SIZE: the pages are to be there.</summary>
    Allocate,

    /// <summary>As <see cref="Allocate"/>, behind the end of the file.</summary>
    AllocateBeyond,

    /// <summary>fallocate(2) without FALLOC_FL_KEEP_SIZE.</summary>
    AllocateGrowing,

    /// <summary>ftruncate(2) to another size.</summary>
    Truncate,

    /// <summary>pread(2) of the file.</summary>
    ReadFile,

    /// <summary>pwrite(2) to the file.</summary>
    WriteFile,

    /// <summary>close(2) of the guest_memfd's descriptor.</summary>
    CloseFile,

    /// <summary>The vCPU's and the VM's descriptors are closed; the memory's are not.</summary>
    Destroy,

    /// <summary>The VMM's process loads from the page.</summary>
    Load,

    /// <summary>The VMM's process stores to the page.</summary>
    Store,

    /// <summary>A system call of the VMM copies from the page: write(2) to a pipe.</summary>
    Copy,

    /// <summary>The kernel reads the page through its own mapping: pread(2) of /proc/self/mem.</summary>
    Peek,

    /// <summary>The guest loads from the page.</summary>
    GuestLoad,

    /// <summary>The guest stores to the page.</summary>
    GuestStore,

    /// <summary>The guest branches to the page.</summary>
    GuestFetch,

    /// <summary>The guest's hypercall MEM_SHARE: the host may have the page, too.</summary>
    GuestShare,

    /// <summary>The guest's hypercall MEM_UNSHARE.</summary>
    GuestUnshare,

    /// <summary>The second VM's guest loads from the page.</summary>
    OtherLoad,

    /// <summary>KVM_SET_MEMORY_ATTRIBUTES with KVM_MEMORY_ATTRIBUTE_PRIVATE.</summary>
    SetPrivate,

    /// <summary>KVM_SET_MEMORY_ATTRIBUTES without KVM_MEMORY_ATTRIBUTE_PRIVATE.</summary>
    SetShared,

    /// <summary>The guest loads from the page by an address, or a table entry, that says private.</summary>
    GuestLoadPrivate,

    /// <summary>The guest loads from the page by an address, or a table entry, that says shared.</summary>
    GuestLoadShared,

    /// <summary>The hypervisor is asked to give the page to the guest.</summary>
    Donate,

    /// <summary>The hypervisor is asked to take the page back from the guest.</summary>
    Reclaim,

    /// <summary>The kernel loads, unaligned, from the page before, and the load strays into this one.</summary>
    Stray,

    /// <summary>The guest stores to the page by an address, or a table entry, that says private.</summary>
    GuestStorePrivate,

    /// <summary>The guest stores to the page by an address, or a table entry, that says shared.</summary>
    GuestStoreShared,

    /// <summary>The kernel is asked to copy all that it has mapped: hibernation.</summary>
    Hibernate,

    /// <summary>The host's kernel lends a page of its own to the hypervisor: __pkvm_host_share_hyp.</summary>
    HypShare,

    /// <summary>The host's kernel takes it back: __pkvm_host_unshare_hyp.</summary>
    HypUnshare,

    /// <summary>The host's kernel gives a page of its own to the hypervisor: __pkvm_host_donate_hyp().</summary>
    HypDonate,

    /// <summary>The hypervisor gives it back: __pkvm_hyp_donate_host().</summary>
    HypReturn,

    /// <summary>RMI_GRANULE_DELEGATE: the page's granule moves into the physical address space of realms.</summary>
    Delegate,

    /// <summary>RMI_GRANULE_UNDELEGATE: and back.</summary>
    Undelegate,

    /// <summary>
    /// The guest loads two registers with one LDP where no slot is: an access whose syndrome doesn't say what it was.
    /// </summary>
    GuestLdp,
}
