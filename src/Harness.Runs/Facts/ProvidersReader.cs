using System.Globalization;
using Harness.Cases;
using Harness.Model;
using Harness.Protocol;

namespace Harness.Runs.Facts;

/// <summary>Derives from a host's facts which memory providers it supports, and why others are missing.</summary>
public static class ProvidersReader
{
    private const int Nowhere = 2; // ENOENT

    private const int Invalid = 22; // EINVAL

    /// <exception cref="FormatException">The facts don't have the probe's form.</exception>
    public static ProviderAbilities Read(Fields facts, bool exporter, bool root, CaseSizes sizes)
    {
        if (!facts.TryGet("providers", out var p) || p is not Fields providers)
            return ProviderAbilities.Unasked;
        var lacking = new Dictionary<Provider, string>();
        void Lacks(Provider provider, string? why)
        {
            if (why is not null)
                lacking[provider] = why;
        }

        string? noHuge = WhyNoHugePages(providers.Inner("thp"), sizes);
        Lacks(Provider.Thp, noHuge);
        Lacks(Provider.HugeTlb, WhyNoHugeTlb(providers.Inner("hugetlb"), root, sizes, OtherMachines(facts)));
        foreach (var provider in (Provider[])[Provider.HugeTlbContPte, Provider.HugeTlbContPmd, Provider.HugeTlbPud])
            Lacks(provider, WhyNoPool(providers, sizes.HugePage(provider), root, sizes, OtherMachines(facts)));
        var temporary = providers.Inner("temporary");
        if (temporary.Integer("errno") is not 0 and var errno)
            Lacks(Provider.File, $"no folder there takes a temporary file: errno {errno}");
        Lacks(Provider.UdmaBuf, WhyNoUdmaBuf(providers.Inner("udmabuf")));

        var (pci, bar, whyNoPci) = Pci(providers.List("pci"), sizes.Small);
        long devmem = providers.Inner("devmem").Integer("errno");
        (ulong, ulong)? notRam =
            exporter && facts.Inner("exporter") is var e && e.Bits("unknownSize") != 0
                ? (e.Bits("unknownBase"), e.Bits("unknownSize"))
                : null;
        Lacks(
            Provider.DevMem,
            devmem != 0 ? $"/dev/mem can't be opened there: errno {devmem}"
                : bar is null
                    ? notRam is null ? $"{whyNoPci}; and of no other memory there is it known that it is not RAM"
                        : null
                : Mapping(bar, "devmem", "/dev/mem")
        );
        Lacks(Provider.Sysfs, bar is null ? whyNoPci : Mapping(bar, "resource", "sysfs's resource file"));
        Lacks(Provider.Vfio, bar is null ? whyNoPci : WhyNoVfio(pci!) ?? noHuge);
        Lacks(Provider.VfioDevice, bar is null ? whyNoPci : WhyNoDeviceFile(pci!) ?? noHuge);
        var variant = pci is null ? null : new VariantReader(pci);
        Lacks(Provider.Variant, bar is null ? whyNoPci : variant!.WhyNot(VariantReader.AtMmap));
        Lacks(Provider.VariantFault, bar is null ? whyNoPci : variant!.WhyNot(VariantReader.OnFault));
        Lacks(Provider.VariantHuge, bar is null ? whyNoPci : variant!.WhyNot(VariantReader.Huge) ?? noHuge);

        string? noFaults = exporter ? null : "needs the exporter module (/dev/stage2-exporter) for its backing";
        Lacks(Provider.ExporterFault, noFaults);
        Lacks(Provider.ExporterNotified, noFaults);
        Lacks(Provider.ExporterScattered, noFaults);
        var module = facts.Inner("exporter");
        Lacks(Provider.Hotplug, noFaults ?? WhyNoHotplug(module));
        Lacks(Provider.Dax, noFaults ?? WhyNoDax(module, providers.Inner("dax")));
        Lacks(
            Provider.ExporterHuge,
            noFaults
                ?? (
                    facts.Inner("exporter").Flag("hugePfns", otherwise: false)
                        ? null
                        : "the kernel there has no huge PFN mappings (6.12 and later do)"
                )
                ?? noHuge
        );
        return new ProviderAbilities
        {
            Lacking = lacking,
            WhyNoWriteCombining = bar is null
                ? null
                : Mapping(bar, "resourceWc", "sysfs's resource file for write combining"),
            WhyNoReset =
                pci is null || pci.Flag("resets", otherwise: false)
                    ? null
                    : $"nothing can reset PCI device {pci.Text("address")} there",
            Pci = bar is null
                ? null
                : new PciMemory(
                    pci!.Text("address"),
                    (int)bar.Integer("index"),
                    bar.Bits("start"),
                    bar.Bits("size"),
                    pci.TextOrNull("group")
                )
                {
                    Variant = variant?.Driver,
                },
            NotRam = notRam,
            Dax = module.TryInteger("daxSize", out long dax) && dax > 0 ? new DaxMemory((ulong)dax) : null,
            TemporaryFolder = temporary.TextOrNull("folder") ?? "/tmp",
        };
    }

    private static string? WhyNoHugePages(Fields thp, CaseSizes sizes) =>
        thp.TextOrNull("enabled") is not { } enabled ? "the kernel there has no transparent huge pages"
        : enabled.Contains("[never]", StringComparison.Ordinal) ? "transparent huge pages are turned off there"
        : thp.TextOrNull("size") is { } size && size != sizes.Block.ToString(CultureInfo.InvariantCulture)
            ? $"huge pages have {size} bytes there"
        : null;

    /// <summary>How many processes have VMs there; 0 also where that can't be known.</summary>
    private static long OtherMachines(Fields facts) =>
        facts.TryGet("owner", out var o) && o is Fields owner && owner.TryInteger("machines", out long machines)
            ? machines
            : 0;

    private static string? WhyNoHugeTlb(Fields pool, bool root, CaseSizes sizes, long machines) =>
        pool.Integer("total") is < 0 and var errno
            ? $"there are no hugetlb pages of {sizes.Block >> 20} MiB there: errno {-errno}"
        : pool.Integer("free") < 2 && !root ? "the pool of hugetlb pages is empty there, and only root can fill it"
        : pool.Integer("free") < 2 && machines > 0
            ? $"the pool of hugetlb pages is empty there, and to fill it takes memory from the VMs of {machines} {(machines == 1 ? "process" : "processes")}"
        : null;

    /// <summary>Of another size than a block's. A pool of larger pages than the kernel can be expected to find in one
    /// piece is not filled.</summary>
    private static string? WhyNoPool(Fields providers, ulong page, bool root, CaseSizes sizes, long machines)
    {
        if (!providers.TryGet("hugetlbPools", out _))
            return "the facts there say nothing of such pages: run again with this version's probe";
        string size = page >= 1 << 20 ? $"{page >> 20} MiB" : $"{page >> 10} KiB";
        if (
            providers.List("hugetlbPools").OfType<Fields>().FirstOrDefault(p => p.Integer("kib") == (long)(page >> 10))
            is not { } pool
        )
            return $"there are no hugetlb pages of {size} there";
        long needed = (long)Math.Max(1, 2 * sizes.Block / page);
        return pool.Integer("free") >= needed ? null
            : page > LargestFound ? $"the pool of hugetlb pages of {size} is empty there: they are reserved at boot"
            : !root ? $"the pool of hugetlb pages of {size} is empty there, and only root can fill it"
            : machines > 0
                ? $"the pool of hugetlb pages of {size} is empty there, and to fill it takes memory from the VMs of {machines} {(machines == 1 ? "process" : "processes")}"
            : null;
    }

    private const ulong LargestFound = 32 << 20;

    private static string? WhyNoHotplug(Fields exporter) =>
        !exporter.TryInteger("hotplugSize", out long size) || size == 0
            ? "the exporter module was given no memory there that can be hot-added (hotplug_base, hotplug_size)"
        : !exporter.Flag("canHotplug", otherwise: false)
            ? "the kernel there can't remove memory (CONFIG_MEMORY_HOTREMOVE)"
        : null;

    private static string? WhyNoDax(Fields exporter, Fields device) =>
        !exporter.TryInteger("daxSize", out long size) || size == 0
            ? "the exporter module was given no memory there for a device-dax device (dax_base, dax_size)"
        : !exporter.Flag("hasDax", otherwise: false)
            ? "the kernel there makes no device-dax devices (6.3 and later, CONFIG_ZONE_DEVICE, CONFIG_DEV_DAX_HMEM)"
        : device.Integer("errno") is not 0 and var errno
            ? $"{DaxDevice.Path} can't be opened and mapped there: errno {errno}{(errno == Invalid ? ", as without CONFIG_FS_DAX" : "")}"
        : null;

    private static string? WhyNoUdmaBuf(Fields udmabuf) =>
        udmabuf.Integer("errno") switch
        {
            Nowhere => "the kernel there has no udmabuf",
            not 0 and var errno => $"no udmabuf can be made there: errno {errno}",
            // " pf " is VM_PFNMAP, fs/proc/task_mmu.c.
            _ => (udmabuf.TextOrNull("flags") ?? "").Split(' ').Contains("pf")
                ? null
                : "a udmabuf there gives out its pages, not bare PFNs (6.12 and later do)",
        };

    /// <summary>The device with the largest BAR, preferably prefetchable.</summary>
    private static (Fields? Device, Fields? Bar, string WhyNot) Pci(IReadOnlyList<object?> devices, ulong least)
    {
        var there = devices.OfType<Fields>().ToList();
        if (there.Count == 0)
            return (null, null, "no PCI device is named for it (\"pci\" of the target in harness.json)");
        if (there.Find(d => d.Integer("errno") != 0) is { } absent)
            return (
                null,
                null,
                $"PCI device {absent.Text("address")} is not available there: errno {absent.Integer("errno")}"
            );
        var best = there
            .SelectMany(d => d.List("bars").OfType<Fields>().Select(b => (Device: d, Bar: b)))
            .Where(x => x.Bar.Bits("size") >= least)
            .OrderByDescending(x => x.Bar.Flag("prefetchable"))
            .ThenByDescending(x => x.Bar.Bits("size"))
            .FirstOrDefault();
        return best.Bar is null
            ? (null, null, $"PCI device {there[0].Text("address")} has no memory BAR of {least >> 10} KiB")
            : (best.Device, best.Bar, "");
    }

    private static string? Mapping(Fields bar, string how, string what) =>
        bar.Integer(how) is not 0 and var errno ? $"{what} does not map the BAR there: errno {errno}" : null;

    private static string? WhyNoDeviceFile(Fields device) =>
        device.TextOrNull("group") is null ? $"PCI device {device.Text("address")} is behind no IOMMU"
        : VariantReader.WhyTaken(device) is { } taken ? taken
        : !device.Flag("deviceFiles", otherwise: false) ? "VFIO's devices have no files of their own there"
        : device.Integer("iommufd") is not 0 and var errno ? $"/dev/iommu can't be opened there: errno {errno}"
        : !device.Flag("vfioPci") ? "vfio-pci is not loaded there"
        : null;

    private static string? WhyNoVfio(Fields device) =>
        device.TextOrNull("group") is null ? $"PCI device {device.Text("address")} is behind no IOMMU"
        : VariantReader.WhyTaken(device) is { } taken ? taken
        : device.Integer("container") is not 0 and var errno ? $"/dev/vfio/vfio can't be opened there: errno {errno}"
        : !device.Flag("vfioPci") ? "vfio-pci is not loaded there"
        : null;
}
