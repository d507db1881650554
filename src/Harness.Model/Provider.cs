namespace Harness.Model;

/// <summary>What created the memory on the host, in addition to the VMA's properties.</summary>
public enum Provider : byte
{
    /// <summary>
    /// Plain mmap(2) for anonymous memory, the exporter module for a driver's, memfd_secret(2) and guest_memfd for
    /// theirs.
    /// </summary>
    Usual,

    /// <summary>Private anonymous memory with MADV_HUGEPAGE, written to beforehand: a huge page is present.</summary>
    Thp,

    /// <summary>Private anonymous memory with MADV_NOHUGEPAGE: never a huge page.</summary>
    NoThp,

    /// <summary>memfd_create(2): a file of shmem.</summary>
    Memfd,

    /// <summary>memfd_create(2) with MFD_HUGETLB: pages of a block's size.</summary>
    HugeTlb,

    /// <summary>A file on the file system that has the host's temporary files.</summary>
    File,

    /// <summary>
    /// /dev/udmabuf over a memfd: known memory behind VM_PFNMAP since 6.12, which maps its pages as bare PFNs.
    /// </summary>
    UdmaBuf,

    /// <summary>/dev/mem over memory that is not RAM: a PCI BAR, or a range hidden from the kernel.</summary>
    DevMem,

    /// <summary>A PCI BAR through sysfs: resourceN is Device-nGnRE, resourceN_wc Normal-NC.</summary>
    Sysfs,

    /// <summary>A PCI BAR through vfio-pci.</summary>
    Vfio,

    /// <summary>The exporter with a fault handler that inserts a page at a time: every PTE is special.</summary>
    ExporterFault,

    /// <summary>The exporter with a huge_fault handler that inserts a block at a time, as a special PMD.</summary>
    ExporterHuge,

    /// <summary>
    /// As <see cref="ExporterFault"/>, with pfn_mkwrite: the driver is notified of the first store to a page, as DRM's
    /// GEM shmem is from 7.1 on.
    /// </summary>
    ExporterNotified,

    /// <summary>
    /// As <see cref="ExporterFault"/>, with every other page that it has: no two consecutive pages are contiguous in
    /// physical memory.
    /// </summary>
    ExporterScattered,

    /// <summary>
    /// A VFIO variant driver, as nvgrace-gpu is one: it maps the BAR with a type of its choice by remap_pfn_range() at
    /// mmap(2). Nothing maps again what is unmapped after that.
    /// </summary>
    Variant,

    /// <summary>The variant driver with a fault handler that inserts a page at a time.</summary>
    VariantFault,

    /// <summary>The variant driver with a huge_fault handler that inserts 2 MiB at a time.</summary>
    VariantHuge,

    /// <summary>A PCI BAR through vfio-pci, with the device's own file and iommufd.</summary>
    VfioDevice,

    /// <summary>
    /// As <see cref="ExporterFault"/>, over memory that is added to the kernel's as it runs, and never onlined: known
    /// from then on, until it is removed.
    /// </summary>
    Hotplug,

    /// <summary>
    /// A device-dax device over memory that the kernel did not know: it has struct pages of ZONE_DEVICE and is in the
    /// linear map, but not in memblock. Its VMA is neither VM_PFNMAP nor VM_MIXEDMAP.
    /// </summary>
    Dax,

    /// <summary>
    /// As <see cref="HugeTlb"/>, in pages of contiguous PTEs: 64 KiB on a host with pages of 4 KiB, else 2 MiB.
    /// </summary>
    HugeTlbContPte,

    /// <summary>In pages of contiguous PMDs: 32 MiB, 1 GiB or 16 GiB.</summary>
    HugeTlbContPmd,

    /// <summary>In pages of a PUD, 1 GiB, which only hosts with pages of 4 KiB have.</summary>
    HugeTlbPud,
}

/// <summary>A provider: its names in keys, filters, reports and reproducers, and the memory that it creates.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Word">In keys and filters.</param>
/// <param name="Phrase">In reports: "made by ...".</param>
/// <param name="Sentence">In reproducers, after the memory's own description.</param>
/// <param name="Makes">The backings that it can create.</param>
public sealed record ProviderRow(
    Provider Provider,
    string Word,
    string Phrase,
    string Sentence,
    Func<Backing, bool> Makes
);

/// <summary>All providers, each declared once.</summary>
public static class ProviderTable
{
    public static IReadOnlyList<ProviderRow> All { get; } =
    [
        new(Provider.Usual, "usual", "mmap(2), the exporter module, memfd_secret(2) or guest_memfd", "", _ => true),
        new(Provider.Thp, "thp", "a transparent huge page", " of a transparent huge page", PrivateAnonymous),
        new(
            Provider.NoThp,
            "no-thp",
            "anonymous memory without huge pages",
            " without huge pages (MADV_NOHUGEPAGE)",
            PrivateAnonymous
        ),
        new(Provider.Memfd, "memfd", "memfd_create(2)", " of a memfd", Anonymous),
        new(
            Provider.HugeTlb,
            "hugetlb",
            "hugetlbfs's pages, each a block",
            " of a memfd in hugetlbfs's pages, each a block",
            Anonymous
        ),
        new(Provider.File, "file", "a file", " of a file", Anonymous),
        new(Provider.UdmaBuf, "udmabuf", "/dev/udmabuf", " (a udmabuf)", SharedWriteBackPfns),
        new(Provider.DevMem, "devmem", "/dev/mem", " (/dev/mem)", b =>
            Bar(b) && b is { Type: VmaMemoryType.DeviceNGnRnE, AllowAnyUncached: false }
        ),
        new(Provider.Sysfs, "sysfs", "a PCI BAR through sysfs", " (a PCI BAR through sysfs)", b =>
            Bar(b) && b is { Type: VmaMemoryType.DeviceNGnRE or VmaMemoryType.NonCacheable, AllowAnyUncached: false }
        ),
        // Before 6.9 there was no VM_ALLOW_ANY_UNCACHED for it to set, and no kernel checked for it.
        new(Provider.Vfio, "vfio", "a PCI BAR through vfio-pci", " (a PCI BAR through vfio-pci)", b =>
            Bar(b) && b is { Type: VmaMemoryType.DeviceNGnRnE, Sharing: Sharing.Shared, AllowAnyUncached: true }
        ),
        new(
            Provider.ExporterFault,
            "exporter-fault",
            "the exporter, a page at each fault",
            " (pages inserted one by one when they are faulted in)",
            b =>
                b
                    is { Driver: true, Memory: not KernelMap.ZeroRefcount }
                        and not { Kind: VmaKind.PfnMap, Sharing: Sharing.Private }
        ),
        // follow_huge_pmd() takes the struct page of a PMD, special or not: a PMD without one would crash the kernel.
        new(
            Provider.ExporterHuge,
            "exporter-huge",
            "the exporter, a block at each fault",
            " (inserted a block at a time when faulted in)",
            b => SharedPfns(b) || b is { Kind: VmaKind.MixedMap, Memory: KernelMap.Known, Sharing: Sharing.Shared }
        ),
        new(
            Provider.ExporterNotified,
            "exporter-notified",
            "the exporter with pfn_mkwrite",
            " (pages inserted one by one, read-only until the process stores to them: pfn_mkwrite)",
            SharedPfns
        ),
        new(
            Provider.ExporterScattered,
            "exporter-scattered",
            "the exporter, pages that don't follow each other",
            " (pages inserted one by one, none of which follows the one before it in physical memory)",
            SharedPfns
        ),
        new(
            Provider.Variant,
            "vfio-variant",
            "a VFIO variant driver, mapped at mmap(2)",
            " (a PCI BAR through a VFIO variant driver, mapped at mmap(2))",
            ByVariant
        ),
        new(
            Provider.VariantFault,
            "vfio-variant-fault",
            "a VFIO variant driver, a page at each fault",
            " (a PCI BAR through a VFIO variant driver, pages inserted one by one when they are faulted in)",
            ByVariant
        ),
        new(
            Provider.VariantHuge,
            "vfio-variant-huge",
            "a VFIO variant driver, 2 MiB at each fault",
            " (a PCI BAR through a VFIO variant driver, inserted 2 MiB at a time when faulted in)",
            ByVariant
        ),
        new(
            Provider.VfioDevice,
            "vfio-iommufd",
            "a PCI BAR through vfio-pci and iommufd",
            " (a PCI BAR through vfio-pci and iommufd)",
            b => Bar(b) && b is { Type: VmaMemoryType.DeviceNGnRnE, Sharing: Sharing.Shared, AllowAnyUncached: true }
        ),
        new(
            Provider.Hotplug,
            "hotplug",
            "the exporter, memory that is hot-added and removed",
            " (memory that is added to the kernel's as it runs; pages inserted one by one when they are faulted in)",
            SharedPfns
        ),
        new(Provider.Dax, "dax", "a device-dax device", " of a device-dax device, mapped a block at each fault", b =>
            Anonymous(b) && b.Sharing == Sharing.Shared
        ),
        new(
            Provider.HugeTlbContPte,
            "hugetlb-cont-pte",
            "hugetlbfs's pages, each of contiguous PTEs",
            " of a memfd in hugetlbfs's pages, each of contiguous PTEs",
            Anonymous
        ),
        new(
            Provider.HugeTlbContPmd,
            "hugetlb-cont-pmd",
            "hugetlbfs's pages, each of contiguous blocks",
            " of a memfd in hugetlbfs's pages, each of contiguous blocks",
            Anonymous
        ),
        new(
            Provider.HugeTlbPud,
            "hugetlb-pud",
            "hugetlbfs's pages of 1 GiB",
            " of a memfd in hugetlbfs's pages of 1 GiB",
            Anonymous
        ),
    ];

    /// <summary>The rows are in the order of the enumeration.</summary>
    public static ProviderRow Of(Provider provider) => All[(int)provider];

    private static bool Anonymous(Backing b) => b.Kind == VmaKind.Anonymous;

    private static bool PrivateAnonymous(Backing b) => b is { Kind: VmaKind.Anonymous, Sharing: Sharing.Private };

    /// <summary>A PCI BAR, or other memory that is not in the kernel's memory map.</summary>
    private static bool Bar(Backing b) => b is { Kind: VmaKind.PfnMap, Memory: KernelMap.Unknown };

    /// <summary>Cacheable memory, or what vfio-pci and nvgrace-gpu's RESMEM allow any uncached type for.</summary>
    private static bool ByVariant(Backing b) =>
        Bar(b)
        && b.Sharing == Sharing.Shared
        && b.AllowAnyUncached == (b.Type != VmaMemoryType.WriteBack)
        && b.Type != VmaMemoryType.DeviceNGnRE;

    private static bool SharedPfns(Backing b) =>
        b is { Kind: VmaKind.PfnMap, Memory: not KernelMap.ZeroRefcount, Sharing: Sharing.Shared };

    private static bool SharedWriteBackPfns(Backing b) =>
        b
            is {
                Kind: VmaKind.PfnMap,
                Memory: KernelMap.Known,
                Type: VmaMemoryType.WriteBack,
                Sharing: Sharing.Shared,
                AllowAnyUncached: false,
            };
}
