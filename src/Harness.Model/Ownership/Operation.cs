namespace Harness.Model.Ownership;

/// <summary>
/// One operation of the VMM, its process or the guest on a page; the probe does each with one call or instruction.
/// </summary>
public enum Operation : byte
{
    /// <summary>KVM_CREATE_VM; for a guest_memfd, KVM_CREATE_GUEST_MEMFD follows.</summary>
    Create,

    /// <summary>KVM_CREATE_GUEST_MEMFD with an undefined flag.</summary>
    MakeUnknownFlag,

    /// <summary>KVM_CREATE_GUEST_MEMFD with a size that is not a multiple of the page size.</summary>
    MakeUnaligned,

    /// <summary>mmap(2) of the guest_memfd, MAP_SHARED.</summary>
    MapShared,

    /// <summary>mmap(2) of the guest_memfd, MAP_PRIVATE.</summary>
    MapPrivate,

    /// <summary>The memslot is created over the memory.</summary>
    Bind,

    /// <summary>A second memslot, at other guest physical addresses, over the same memory.</summary>
    BindAgain,

    /// <summary>A second memslot, over other memory, at the guest physical addresses of the first.</summary>
    BindOver,

    /// <summary>A memslot of a second VM of the same kind over the same memory.</summary>
    BindInOther,

    /// <summary>A memslot with a guest_memfd descriptor that is not open.</summary>
    BindNothing,

    /// <summary>A memslot with another file's descriptor as its guest_memfd.</summary>
    BindFile,

    /// <summary>A memslot of a guest_memfd that ends beyond the file.</summary>
    BindBeyond,

    /// <summary>A memslot of a guest_memfd from an offset that is not a multiple of the page size.</summary>
    BindUnaligned,

    /// <summary>A memslot without KVM_MEM_GUEST_MEMFD over the process's mapping of the guest_memfd.</summary>
    BindWindow,

    /// <summary>The memslot is set with KVM_MEM_LOG_DIRTY_PAGES, whether it already exists or not.</summary>
    BindLogged,

    /// <summary>The memslot is set with KVM_MEM_READONLY, whether it already exists or not.</summary>
    BindReadOnly,

    /// <summary>The memslot is deleted.</summary>
    Unbind,

    /// <summary>fallocate(2) with FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE over the page.</summary>
    Punch,

    /// <summary>As <see cref="Punch"/>, from an offset that is not a multiple of the page size.</summary>
    PunchUnaligned,

    /// <summary>As <see cref="Punch"/>, beyond the end of the file.</summary>
    PunchBeyond,

    /// <summary>fallocate(2) with FALLOC_FL_KEEP_SIZE: the pages are allocated.</summary>
    Allocate,

    /// <summary>As <see cref="Allocate"/>, beyond the end of the file.</summary>
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

    /// <summary>The guest's hypercall MEM_SHARE: the host may access the page, too.</summary>
    GuestShare,

    /// <summary>The guest's hypercall MEM_UNSHARE.</summary>
    GuestUnshare,

    /// <summary>The second VM's guest loads from the page.</summary>
    OtherLoad,

    /// <summary>KVM_SET_MEMORY_ATTRIBUTES with KVM_MEMORY_ATTRIBUTE_PRIVATE.</summary>
    SetPrivate,

    /// <summary>KVM_SET_MEMORY_ATTRIBUTES without KVM_MEMORY_ATTRIBUTE_PRIVATE.</summary>
    SetShared,

    /// <summary>The guest loads from the page through an address, or a table entry, marked private.</summary>
    GuestLoadPrivate,

    /// <summary>The guest loads from the page through an address, or a table entry, marked shared.</summary>
    GuestLoadShared,

    /// <summary>The host asks the hypervisor to donate the page to the guest.</summary>
    Donate,

    /// <summary>The host asks the hypervisor to reclaim the page from the guest.</summary>
    Reclaim,

    /// <summary>The kernel does an unaligned load at the end of the previous page, which reads into this one.</summary>
    Stray,

    /// <summary>The guest stores to the page through an address, or a table entry, marked private.</summary>
    GuestStorePrivate,

    /// <summary>The guest stores to the page through an address, or a table entry, marked shared.</summary>
    GuestStoreShared,

    /// <summary>The kernel copies all that it has mapped: hibernation.</summary>
    Hibernate,

    /// <summary>The host's kernel shares one of its pages with the hypervisor: __pkvm_host_share_hyp.</summary>
    HypShare,

    /// <summary>The host's kernel unshares it: __pkvm_host_unshare_hyp.</summary>
    HypUnshare,

    /// <summary>The host's kernel donates one of its pages to the hypervisor: __pkvm_host_donate_hyp().</summary>
    HypDonate,

    /// <summary>The hypervisor donates it back: __pkvm_hyp_donate_host().</summary>
    HypReturn,

    /// <summary>RMI_GRANULE_DELEGATE: the page's granule moves into the physical address space of realms.</summary>
    Delegate,

    /// <summary>RMI_GRANULE_UNDELEGATE: the granule moves back.</summary>
    Undelegate,

    /// <summary>
    /// The guest loads two registers with one LDP where there is no slot: an access without a valid syndrome.
    /// </summary>
    GuestLdp,
}
