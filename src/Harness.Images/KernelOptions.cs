namespace Harness.Images;

/// <summary>An option that a kernel's configuration has not set.</summary>
/// <param name="Name">"CONFIG_SECRETMEM"; several of which one is enough: "CONFIG_A or CONFIG_B".</param>
/// <param name="Costs">What can't be asked without it.</param>
public sealed record LackingOption(string Name, string Costs);

/// <summary>What a kernel should have beyond what it boots with.</summary>
/// <param name="Names">Without CONFIG_; one of them is enough.</param>
/// <param name="Costs">What can't be asked without it.</param>
internal sealed record KernelOption(IReadOnlyList<string> Names, string Costs)
{
    public string Text => string.Join(" or ", Names.Select(n => "CONFIG_" + n));
}

/// <summary>The options that more than booting needs, with what each is for.</summary>
internal static class KernelOptions
{
    private const string Secret = "cases of secret memory (memfd_secret) are skipped";
    private const string Trace = "no evidence of the level 'trace'";
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

/// <summary>What is known of a kernel that the user built before it is booted.</summary>
/// <param name="Release">uname -r.</param>
/// <param name="NoExporter">Why its image gets no exporter; null where it can be tried.</param>
/// <param name="Lacking">Options that the configuration has not; empty where there is no configuration to read.</param>
/// <param name="Configuration">The file; null where there is none.</param>
public sealed record LocalKernelNotes(
    string Release,
    string? NoExporter,
    IReadOnlyList<LackingOption> Lacking,
    string? Configuration
);
