using Harness.Model.Validity;

namespace Harness.Model;

/// <summary>What stands behind the memslot, as KVM tells it apart.</summary>
public enum VmaKind : byte
{
    /// <summary>Ordinary anonymous memory: private (zero page until written) or shared (shmem).</summary>
    Anonymous,

    /// <summary>VM_PFNMAP: bare page frame numbers, as remap_pfn_range() sets up. What VFIO gives out.</summary>
    PfnMap,

    /// <summary>VM_MIXEDMAP: struct pages where there are some, special PTEs elsewhere.</summary>
    MixedMap,

    /// <summary>memfd_secret(2): pages that the kernel has taken out of its own linear map.</summary>
    Secret,

    /// <summary>Nothing: the slot's addresses have no VMA.</summary>
    Hole,

    /// <summary>The slot is bound to a guest_memfd; its pages are not looked for through a VMA.</summary>
    GuestMemory,
}

/// <summary>Whether the pages are in the kernel's memory map: pfn_is_map_memory(), arch/arm64/mm/init.c.</summary>
public enum KernelMap : byte
{
    /// <summary>
    /// RAM that the kernel's linear map covers, so that it can clean its cache lines by virtual address.
    /// </summary>
    Known,

    /// <summary>Device memory, or RAM that was never given to the kernel: Grace's GPU memory.</summary>
    Unknown,

    /// <summary>As <see cref="Known"/>, but the page's count is zero: a tail of a driver's larger allocation.</summary>
    ZeroRefcount,
}

/// <summary>The memory type in the VMA's vm_page_prot, which is what the host's own mapping has.</summary>
public enum VmaMemoryType : byte
{
    WriteBack,
    NonCacheable,
    DeviceNGnRE,
    DeviceNGnRnE,
}

public enum Sharing : byte
{
    Shared,

    /// <summary>MAP_PRIVATE: is_cow_mapping() is true, since VM_MAYWRITE is set whatever the protection.</summary>
    Private,
}

/// <summary>GUEST_MEMFD_FLAG_* of KVM_CREATE_GUEST_MEMFD.</summary>
[Flags]
public enum GuestMemoryFlags : byte
{
    None = 0,
    Mmap = 1,
    InitShared = 2,
}

/// <summary>The memory behind a memslot, as the kernel sees it through the VMA.</summary>
/// <param name="Kind">VM_PFNMAP, VM_MIXEDMAP or another of the kinds that KVM tells apart.</param>
/// <param name="Memory">pfn_is_map_memory() of its pages.</param>
/// <param name="Type">Memory type of vm_page_prot.</param>
/// <param name="Sharing">MAP_SHARED or MAP_PRIVATE.</param>
/// <param name="AllowAnyUncached">VM_ALLOW_ANY_UNCACHED (6.9): its driver vouches for Normal-NC.</param>
public sealed record Backing(VmaKind Kind, KernelMap Memory, VmaMemoryType Type, Sharing Sharing, bool AllowAnyUncached)
{
    /// <summary>Fresh private anonymous memory: what a slot is registered over when the backing comes later.</summary>
    public static Backing Plain { get; } =
        new(VmaKind.Anonymous, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Private, AllowAnyUncached: false);

    /// <summary>What the guest_memfd was created with, for <see cref="VmaKind.GuestMemory"/>.</summary>
    public GuestMemoryFlags GuestMemory { get; init; }

    /// <summary>The range of the guest_memfd is already bound to another slot of the VM.</summary>
    public bool Bound { get; init; }

    /// <summary>What makes it on the host.</summary>
    public Provider Provider { get; init; }

    /// <summary>
    /// What the host's own tables hold. remap_pfn_range() and vm_insert_page() make PTEs on arm64; hugetlbfs has one
    /// size; vfio_pci_mmap_huge_fault() inserts PMDs from 6.12 on (before, KVM doesn't ask).
    /// </summary>
    public HostLeaf HostLeaf =>
        Provider switch
        {
            Provider.Thp or Provider.HugeTlb or Provider.Vfio or Provider.ExporterHuge => HostLeaf.Block,
            Provider.NoThp => HostLeaf.Page,
            _ => Driver ? HostLeaf.Page : HostLeaf.Open,
        };

    /// <summary>
    /// A PTE of a VM_MIXEDMAP VMA is special although there is a struct page: vmf_insert_mixed() makes it so.
    /// </summary>
    public bool Special => Kind == VmaKind.MixedMap && Provider == Provider.ExporterFault;

    /// <summary>
    /// A special PMD of a VM_MIXEDMAP VMA. follow_huge_pmd() in mm/gup.c takes its page all the same, but
    /// gup_fast_pmd_leaf(), which alone tells a load that the page may be written, does not (6.12 to 7.2).
    /// </summary>
    public bool SpecialBlock => Kind == VmaKind.MixedMap && Provider == Provider.ExporterHuge;

    /// <summary>
    /// Pages that follow each other in the VMA need not do so in physical memory, though it is VM_PFNMAP.
    /// </summary>
    public bool Scattered => Provider is Provider.UdmaBuf or Provider.ExporterScattered;

    /// <summary>They certainly don't; and the first is one that a block can begin at.</summary>
    public bool Apart => Provider == Provider.ExporterScattered;

    /// <summary>The process wrote to it before the guest ran: a private page is its own already.</summary>
    public bool Written => Provider == Provider.Thp;

    /// <summary>A private page is the process's own as soon as it is there, since no page cache holds it.</summary>
    public bool PrivateCopied => Provider == Provider.HugeTlb;

    /// <summary>
    /// The file system may want to know of the first store to a page, and then a load finds it read-only.
    /// </summary>
    public bool StoreNotified => Provider == Provider.File && Sharing == Sharing.Shared;

    /// <summary>
    /// vma_wants_writenotify(), mm/mmap.c (later mm/vma.c): a shared, writable VMA whose vm_ops have pfn_mkwrite is
    /// mapped read-only, page by page, until the process has stored to the page.
    /// </summary>
    public bool WriteNotified => Provider == Provider.ExporterNotified;

    /// <summary>kvm_vma_is_cacheable(), arch/arm64/kvm/mmu.c: neither Normal-NC nor a Device type.</summary>
    public bool Cacheable => Type == VmaMemoryType.WriteBack;

    /// <summary>The VMA is a driver's: its type and its pages are what the driver says.</summary>
    public bool Driver => Kind is VmaKind.PfnMap or VmaKind.MixedMap;

    /// <summary>Why no machine can have such a backing, or null where one can.</summary>
    public string? UnsupportedReason => BackingRestrictions.All.Against(this);
}
