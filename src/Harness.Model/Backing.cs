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
    /// <summary>RAM that the kernel's linear map covers, so that it can clean its cache lines by virtual address.</summary>
    Known,

    /// <summary>Device memory, or RAM that was never given to the kernel: Grace's GPU memory.</summary>
    Unknown,

    /// <summary>As <see cref="Known"/>, but the page's count is zero: a tail of a driver's larger allocation.</summary>
    Unheld,
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
public sealed record Backing(
    VmaKind Kind, KernelMap Memory, VmaMemoryType Type, Sharing Sharing, bool AllowAnyUncached)
{
    /// <summary>Fresh private anonymous memory: what a slot is registered over when the backing comes later.</summary>
    public static Backing Plain { get; } =
        new(VmaKind.Anonymous, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Private, AllowAnyUncached: false);

    /// <summary>What the guest_memfd was created with, for <see cref="VmaKind.GuestMemory"/>.</summary>
    public GuestMemoryFlags GuestMemory { get; init; }

    /// <summary>The range of the guest_memfd is already bound to another slot of the VM.</summary>
    public bool Bound { get; init; }

    /// <summary>kvm_vma_is_cacheable(), arch/arm64/kvm/mmu.c: neither Normal-NC nor a Device type.</summary>
    public bool Cacheable => Type == VmaMemoryType.WriteBack;

    /// <summary>The VMA is a driver's: its type and its pages are what the driver says.</summary>
    public bool Driver => Kind is VmaKind.PfnMap or VmaKind.MixedMap;

    /// <summary>Why no machine can have such a backing, or null where one can.</summary>
    public string? WhyNotBuildable => Driver ? WhyNotADrivers : WhyNotOrdinary;

    private string? WhyNotADrivers =>
        GuestMemory != GuestMemoryFlags.None || Bound ? "only a slot of a guest_memfd has its flags"
        : Kind == VmaKind.MixedMap && Memory == KernelMap.Unheld ? "vm_insert_page() refuses a page whose count is zero"
        : null;

    private string? WhyNotOrdinary =>
        Memory != KernelMap.Known ? "only a driver's pages are outside the kernel's map, or without a count"
        : Type != VmaMemoryType.WriteBack ? "only a driver can map memory other than Normal write-back"
        : AllowAnyUncached ? "only a driver can set VM_ALLOW_ANY_UNCACHED"
        : Kind != VmaKind.GuestMemory && (GuestMemory != GuestMemoryFlags.None || Bound) ? "only a slot of a guest_memfd has its flags"
        : Kind is (VmaKind.Secret or VmaKind.GuestMemory) && Sharing != Sharing.Shared ? "such memory is always shared"
        : Kind == VmaKind.Hole && Sharing != Sharing.Shared ? "where nothing is mapped, nothing is private"
        : Bound && (GuestMemory & GuestMemoryFlags.Mmap) == 0 ? "a guest_memfd without MMAP can't be bound even once"
        : null;
}
