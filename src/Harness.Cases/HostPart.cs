using Harness.Model;

namespace Harness.Cases;

/// <summary>A part of a host that cases need.</summary>
public enum HostPart
{
    /// <summary>The exporter module.</summary>
    Exporter,

    /// <summary>memfd_secret(2).</summary>
    SecretMemory,

    /// <summary>Pages of the size that the case is about.</summary>
    PageSize,

    /// <summary>Transparent huge pages.</summary>
    HugePages,

    /// <summary>Huge PFN mappings of drivers, which 6.12 and later have.</summary>
    HugePfns,

    /// <summary>hugetlbfs's pool of pages of a block's size.</summary>
    HugeTlb,

    /// <summary>Its pools of pages of other sizes: contiguous PTEs, contiguous blocks, 1 GiB.</summary>
    OtherHugeTlb,

    /// <summary>A folder for temporary files.</summary>
    TemporaryFiles,

    /// <summary>/dev/udmabuf.</summary>
    UdmaBuf,

    /// <summary>A PCI device that the user named.</summary>
    Pci,

    /// <summary>A VFIO variant driver for the PCI device, which inserts pages as the case requires.</summary>
    VfioVariant,

    /// <summary>Files of VFIO's devices, and /dev/iommu.</summary>
    VfioDevices,

    /// <summary>A way to reset the PCI device.</summary>
    PciReset,

    /// <summary>/dev/mem over memory that is not RAM.</summary>
    DevMem,

    /// <summary>Memory that the exporter module can add to the kernel's and remove.</summary>
    Hotplug,

    /// <summary>The device-dax device that the exporter module makes.</summary>
    Dax,

    /// <summary>VMs with more IPA bits than the smallest size that is tested.</summary>
    IpaSize,

    /// <summary>A CPU that sets the access flag in descriptors.</summary>
    AccessFlag,

    /// <summary>Memory tags for guests: KVM_CAP_ARM_MTE.</summary>
    MemoryTags,

    /// <summary>KVM with nested virtualization.</summary>
    Nested,

    /// <summary>userfaultfd(2), which serves the kernel's own faults, too.</summary>
    UserFaults,

    /// <summary>Swap with some room.</summary>
    Swap,

    /// <summary>KSM, which is running.</summary>
    Merging,

    /// <summary>The kernel's module that has memory fail, and takes it back: hwpoison-inject.</summary>
    Poison,
}

/// <summary>What a host lacks for a case.</summary>
/// <param name="Part">The part.</param>
/// <param name="Reason">The reason of a skip, in words.</param>
public sealed record MissingPart(HostPart Part, string Reason)
{
    /// <summary>The part of a host that creates the memory.</summary>
    public static HostPart Of(Provider provider) =>
        provider switch
        {
            Provider.Thp or Provider.NoThp => HostPart.HugePages,
            Provider.ExporterHuge => HostPart.HugePfns,
            Provider.HugeTlb => HostPart.HugeTlb,
            Provider.HugeTlbContPte or Provider.HugeTlbContPmd or Provider.HugeTlbPud => HostPart.OtherHugeTlb,
            Provider.Memfd or Provider.File => HostPart.TemporaryFiles,
            Provider.UdmaBuf => HostPart.UdmaBuf,
            Provider.Sysfs or Provider.Vfio => HostPart.Pci,
            Provider.Variant or Provider.VariantFault or Provider.VariantHuge => HostPart.VfioVariant,
            Provider.VfioDevice => HostPart.VfioDevices,
            Provider.DevMem => HostPart.DevMem,
            Provider.Hotplug => HostPart.Hotplug,
            Provider.Dax => HostPart.Dax,
            Provider.Usual or Provider.ExporterFault or Provider.ExporterNotified or Provider.ExporterScattered =>
                HostPart.Exporter,
            _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, null),
        };
}
