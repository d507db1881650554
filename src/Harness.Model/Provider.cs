namespace Harness.Model;

/// <summary>What made the memory on the host, beyond what the VMA's properties tell.</summary>
public enum Provider : byte
{
    /// <summary>
    /// Plain mmap(2) for anonymous memory, the exporter module for a driver's, memfd_secret(2) and guest_memfd for
    /// theirs.
    /// </summary>
    Usual,

    /// <summary>
    /// Private anonymous memory with MADV_HUGEPAGE, written to beforehand: a huge page is there for certain.
    /// </summary>
    Thp,

    /// <summary>Private anonymous memory with MADV_NOHUGEPAGE: never a huge page.</summary>
    NoThp,

    /// <summary>memfd_create(2): a file of shmem.</summary>
    Memfd,

    /// <summary>memfd_create(2) with MFD_HUGETLB: pages of 2 MiB.</summary>
    HugeTlb,

    /// <summary>A file of whatever file system holds temporary files there.</summary>
    File,

    /// <summary>
    /// /dev/udmabuf over a memfd: known memory behind VM_PFNMAP from 6.12 on, where its pages became bare PFNs.
    /// </summary>
    UdmaBuf,

    /// <summary>/dev/mem over memory that is not RAM: a PCI BAR, or the range kept from the kernel.</summary>
    DevMem,

    /// <summary>A PCI BAR through sysfs: resourceN is Device-nGnRE, resourceN_wc Normal-NC.</summary>
    Sysfs,

    /// <summary>A PCI BAR through vfio-pci.</summary>
    Vfio,

    /// <summary>The exporter, whose fault handler inserts a page at a time: every PTE is special.</summary>
    ExporterFault,

    /// <summary>The exporter, whose huge_fault handler inserts 2 MiB at a time, as a special PMD.</summary>
    ExporterHuge,

    /// <summary>
    /// As <see cref="ExporterFault"/>, with pfn_mkwrite: the driver wants to be told of the first store to a page, as
    /// DRM's GEM shmem does from 7.1 on.
    /// </summary>
    ExporterNotified,

    /// <summary>
    /// As <see cref="ExporterFault"/>, of every other page that it has: none follows the one before it in physical
    /// memory.
    /// </summary>
    ExporterScattered,
}

/// <summary>How large the leaf is by which the host itself maps the page.</summary>
public enum HostLeaf : byte
{
    /// <summary>As large as the host happens to have it: huge pages come and go.</summary>
    Open,

    /// <summary>A page.</summary>
    Page,

    /// <summary>A block of 2 MiB, wherever the mapping has room for one.</summary>
    Block,
}
