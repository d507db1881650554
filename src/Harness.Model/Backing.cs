using Harness.Model.Validity;

namespace Harness.Model;

/// <summary>The kinds of memory behind a memslot that KVM distinguishes.</summary>
public enum VmaKind : byte
{
    /// <summary>Ordinary anonymous memory: private (zero page until written) or shared (shmem).</summary>
    Anonymous,

    /// <summary>VM_PFNMAP: bare page frame numbers, as set up by remap_pfn_range(). VFIO uses it.</summary>
    PfnMap,

    /// <summary>VM_MIXEDMAP: struct pages where there are some, special PTEs elsewhere.</summary>
    MixedMap,

    /// <summary>memfd_secret(2): pages removed from the kernel's linear map.</summary>
    Secret,

    /// <summary>Nothing: the slot's addresses have no VMA.</summary>
    Hole,

    /// <summary>The slot is bound to a guest_memfd; its pages are not looked up through a VMA.</summary>
    GuestMemory,
}

/// <summary>Whether the pages are in the kernel's memory map: pfn_is_map_memory(), arch/arm64/mm/init.c.</summary>
public enum KernelMap : byte
{
    /// <summary>
    /// RAM that the kernel's linear map covers, so that it can clean its cache lines by virtual address.
    /// </summary>
    Known,

    /// <summary>Device memory, or RAM that is not in the kernel's memory map, such as Grace's GPU memory.</summary>
    Unknown,

    /// <summary>
    /// As <see cref="Known"/>, but the page's refcount is zero: a tail page of a driver's larger allocation.
    /// </summary>
    ZeroRefcount,
}

/// <summary>The memory type in the VMA's vm_page_prot: the type of the host's own mapping.</summary>
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

    /// <summary>MAP_PRIVATE: is_cow_mapping() is true, since VM_MAYWRITE is set whatever the protection is.</summary>
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
/// <param name="Kind">VM_PFNMAP, VM_MIXEDMAP or another of the kinds that KVM distinguishes.</param>
/// <param name="Memory">pfn_is_map_memory() of its pages.</param>
/// <param name="Type">Memory type of vm_page_prot.</param>
/// <param name="Sharing">MAP_SHARED or MAP_PRIVATE.</param>
/// <param name="AllowAnyUncached">VM_ALLOW_ANY_UNCACHED (6.9): the driver allows Normal-NC.</param>
public sealed record Backing(VmaKind Kind, KernelMap Memory, VmaMemoryType Type, Sharing Sharing, bool AllowAnyUncached)
{
    /// <summary>Fresh private anonymous memory: the initial memory of a slot that gets its backing later.</summary>
    public static Backing Plain { get; } =
        new(VmaKind.Anonymous, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Private, AllowAnyUncached: false);

    /// <summary>The flags of KVM_CREATE_GUEST_MEMFD, for <see cref="VmaKind.GuestMemory"/>.</summary>
    public GuestMemoryFlags GuestMemory { get; init; }

    /// <summary>The range of the guest_memfd is already bound to another slot of the VM.</summary>
    public bool Bound { get; init; }

    /// <summary>What creates the memory on the host.</summary>
    public Provider Provider { get; init; }

    /// <summary>
    /// The leaf size in the host's own tables. remap_pfn_range() and vm_insert_page() make PTEs on arm64; hugetlbfs has
    /// one size; vfio_pci_mmap_huge_fault() inserts PMDs from 6.12 on (KVM does not read the size before that).
    /// </summary>
    public HostLeaf HostLeaf =>
        Provider switch
        {
            Provider.Thp
            or Provider.HugeTlb
            or Provider.HugeTlbContPmd
            or Provider.HugeTlbPud
            or Provider.Vfio
            or Provider.VfioDevice
            or Provider.VariantHuge
            or Provider.ExporterHuge
            or Provider.Dax => HostLeaf.Block,
            // get_vma_page_shift() is CONT_PTE_SHIFT: user_mem_abort() forces pages.
            Provider.NoThp or Provider.HugeTlbContPte => HostLeaf.Page,
            _ => Driver ? HostLeaf.Page : HostLeaf.Open,
        };

    /// <summary>
    /// A PTE of a VM_MIXEDMAP VMA is special although there is a struct page: vmf_insert_mixed() makes it so.
    /// </summary>
    public bool Special => Kind == VmaKind.MixedMap && Provider == Provider.ExporterFault;

    /// <summary>
    /// A special PMD of a VM_MIXEDMAP VMA. follow_huge_pmd() in mm/gup.c returns its page all the same, but
    /// gup_fast_pmd_leaf(), the only path on which a load learns that the page is writable, does not (6.12 to 7.2).
    /// </summary>
    public bool SpecialBlock => Kind == VmaKind.MixedMap && Provider == Provider.ExporterHuge;

    /// <summary>
    /// Consecutive pages of the VMA may be discontiguous in physical memory, although it is VM_PFNMAP.
    /// </summary>
    public bool Scattered => Provider is Provider.UdmaBuf or Provider.ExporterScattered;

    /// <summary>They are always discontiguous, and the first is aligned to a block.</summary>
    public bool Apart => Provider == Provider.ExporterScattered;

    /// <summary>The process wrote to it before the guest ran, so a private page has already been copied.</summary>
    public bool Written => Provider == Provider.Thp;

    /// <summary>A private page belongs to the process as soon as it exists, since no page cache holds it.</summary>
    public bool PrivateCopied => OfHugeTlb;

    /// <summary>Of hugetlbfs, in pages of any size.</summary>
    public bool OfHugeTlb =>
        Provider is Provider.HugeTlb or Provider.HugeTlbContPte or Provider.HugeTlbContPmd or Provider.HugeTlbPud;

    /// <summary>
    /// The file system may use page_mkwrite() for the first store to a page; a load then finds the page read-only.
    /// </summary>
    public bool StoreNotified => Provider == Provider.File && Sharing == Sharing.Shared;

    /// <summary>
    /// vma_wants_writenotify(), mm/mmap.c (later mm/vma.c): a shared, writable VMA with vm_ops->pfn_mkwrite is mapped
    /// read-only, page by page, until the process stores to the page.
    /// </summary>
    public bool WriteNotified => Provider == Provider.ExporterNotified;

    /// <summary>A region of a VFIO device.</summary>
    public bool OfVfio => Provider is Provider.Vfio or Provider.VfioDevice || OfVariant;

    /// <summary>A region of a VFIO device with a variant driver.</summary>
    public bool OfVariant => Provider is Provider.Variant or Provider.VariantFault or Provider.VariantHuge;

    /// <summary>A fault handler maps again what VFIO unmapped, as soon as the device's memory is enabled.</summary>
    public bool MapsOnFault => OfVfio && Provider != Provider.Variant;

    /// <summary>
    /// pfn_is_map_memory() of its pages. arch_add_memory(), arch/arm64/mm/mmu.c, maps ZONE_DEVICE memory linearly and
    /// clears MEMBLOCK_NOMAP of it, but only add_memory_resource() adds memory to memblock.
    /// </summary>
    public bool IsMapMemory => Memory != KernelMap.Unknown && Provider != Provider.Dax;

    /// <summary>The kernel's linear map has its pages, by which it can clean their cache lines.</summary>
    public bool IsLinear => Memory != KernelMap.Unknown;

    /// <summary>kvm_vma_is_cacheable(), arch/arm64/kvm/mmu.c: neither Normal-NC nor a Device type.</summary>
    public bool Cacheable => Type == VmaMemoryType.WriteBack;

    /// <summary>The VMA belongs to a driver, which sets its type and its pages.</summary>
    public bool Driver => Kind is VmaKind.PfnMap or VmaKind.MixedMap;

    /// <summary>Why no machine can have such a backing; null if one can.</summary>
    public string? UnsupportedReason => BackingRestrictions.All.Against(this);
}
