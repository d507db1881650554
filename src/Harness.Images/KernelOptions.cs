namespace Harness.Images;

/// <summary>An option that a kernel's configuration has not set.</summary>
/// <param name="Name">"CONFIG_SECRETMEM"; or alternatives: "CONFIG_A or CONFIG_B".</param>
/// <param name="Costs">What can't be tested without it.</param>
public sealed record LackingOption(string Name, string Costs);

/// <summary>An option that a kernel should have in addition to those needed to boot.</summary>
/// <param name="Names">Without CONFIG_; one of them is enough.</param>
/// <param name="Costs">What can't be tested without it.</param>
internal sealed record KernelOption(IReadOnlyList<string> Names, string Costs)
{
    public string Text => string.Join(" or ", Names.Select(n => "CONFIG_" + n));
}

/// <summary>The options needed for more than booting, with the purpose of each.</summary>
internal static class KernelOptions
{
    private const string Secret = "cases of secret memory (memfd_secret) are skipped";
    private const string Trace = "no evidence of the level 'trace'";
    private const string Hotplug = "cases of hot-added memory are skipped";
    private const string Dax = "cases of device-dax are skipped";
    private const string Vfio = "cases of VFIO memory are skipped";

    public static IReadOnlyList<KernelOption> Useful { get; } =
    [
        new(["MEMFD_CREATE"], "cases of memory files (memfd_create) are skipped"),
        new(["SECRETMEM"], Secret),
        new(["RODATA_FULL_DEFAULT_ENABLED"], $"memfd_secret() is ENOSYS without rodata=full: {Secret}"),
        new(["HUGETLBFS"], "cases of hugetlb memory are skipped"),
        new(
            ["TRANSPARENT_HUGEPAGE_ALWAYS"],
            "anonymous memory comes in pages where a case needs a block: 'page or block' matches, and shows nothing"
        ),
        new(["UDMABUF"], "cases of udmabuf memory are skipped"),
        new(["DEVMEM"], "cases of /dev/mem are skipped"),
        new(["MEMORY_HOTPLUG"], Hotplug),
        new(["MEMORY_HOTREMOVE"], Hotplug),
        new(["ZONE_DEVICE"], Dax),
        new(["FS_DAX"], $"{Dax}: mmap(2) of the device is EINVAL"),
        new(["DEV_DAX_HMEM"], $"{Dax}: it takes EFI_SOFT_RESERVE, with ACPI_HMAT"),
        new(["VFIO"], Vfio),
        new(["VFIO_PCI"], Vfio),
        new(["VFIO_IOMMU_TYPE1", "IOMMUFD"], Vfio),
        new(["ARM_SMMU_V3"], Vfio),
        new(["ARM64_MTE"], "cases of VMs with memory tags are skipped"),
        new(["FTRACE"], Trace),
        new(["KPROBES"], Trace),
        new(["KPROBE_EVENTS"], Trace),
        new(["DEBUG_INFO_BTF"], Trace),
    ];
}

/// <summary>What is known about a user-built kernel before it boots.</summary>
/// <param name="Release">uname -r.</param>
/// <param name="NoExporter">Why its image gets no exporter; null if it can be tried.</param>
/// <param name="Lacking">Options that the configuration lacks; empty if there is no configuration to read.</param>
/// <param name="Configuration">The file; null if there is none.</param>
public sealed record LocalKernelNotes(
    string Release,
    string? NoExporter,
    IReadOnlyList<LackingOption> Lacking,
    string? Configuration
);
