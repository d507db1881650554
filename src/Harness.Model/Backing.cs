namespace Harness.Model;

/// <summary>How the VMA behind the memslot refers to its pages.</summary>
public enum VmaKind : byte
{
    /// <summary>Ordinary anonymous memory: private (zero page until written) or shared (shmem).</summary>
    Anonymous,

    /// <summary>VM_PFNMAP: bare page frame numbers, as remap_pfn_range() sets up. What VFIO gives out.</summary>
    PfnMap,

    /// <summary>VM_MIXEDMAP: struct pages where there are some, special PTEs elsewhere.</summary>
    MixedMap,
}

/// <summary>Whether the pages are in the kernel's memory map: pfn_is_map_memory(), arch/arm64/mm/init.c.</summary>
public enum KernelMap : byte
{
    /// <summary>RAM that the kernel's linear map covers, so that it can clean its cache lines by virtual address.</summary>
    Known,

    /// <summary>Device memory, or RAM that was never given to the kernel: Grace's GPU memory.</summary>
    Unknown,
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

    /// <summary>MAP_PRIVATE: is_cow_mapping() is true where the VMA may be written.</summary>
    Private,
}

/// <summary>The memory behind a memslot, as the kernel sees it through the VMA.</summary>
/// <param name="Kind">VM_PFNMAP, VM_MIXEDMAP or neither.</param>
/// <param name="Memory">pfn_is_map_memory() of its pages.</param>
/// <param name="Type">Memory type of vm_page_prot.</param>
/// <param name="Sharing">MAP_SHARED or MAP_PRIVATE.</param>
/// <param name="AllowAnyUncached">VM_ALLOW_ANY_UNCACHED (6.9): its driver vouches for Normal-NC.</param>
public sealed record Backing(
    VmaKind Kind, KernelMap Memory, VmaMemoryType Type, Sharing Sharing, bool AllowAnyUncached)
{
    /// <summary>kvm_vma_is_cacheable(), arch/arm64/kvm/mmu.c: neither Normal-NC nor a Device type.</summary>
    public bool Cacheable => Type == VmaMemoryType.WriteBack;

    /// <summary>Why no machine can have such a backing, or null where one can.</summary>
    public string? WhyNotBuildable => Kind != VmaKind.Anonymous ? null
        : Memory == KernelMap.Unknown ? "anonymous memory always comes from the kernel's own map"
        : Type != VmaMemoryType.WriteBack ? "anonymous memory is always mapped Normal write-back"
        : AllowAnyUncached ? "only a driver can set VM_ALLOW_ANY_UNCACHED, and anonymous memory has none"
        : null;
}
