using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The memory behind a slot: what its provider needs, and its mapping.</summary>
internal static class MemoryCompiler
{
    /// <summary>The name of the memory behind the slot for a change: a late backing has replaced "plain".</summary>
    public const string Memory = "memory";

    /// <summary>The name of the file that it is mapped from, if there is one.</summary>
    public const string File = "file";

    private const int AdviseHugePage = 14,
        AdviseNoHugePage = 15,
        AdvisePopulateRead = 22,
        AdvisePopulateWrite = 23; // MADV_*, linux/mman.h

    /// <summary>The kernel clears a larger page for longer than a guest may be at one access.</summary>
    private const ulong SoonCleared = 512 << 20;

    /// <summary>A file to map, and the offset of the memory in it. Null: anonymous memory.</summary>
    public readonly record struct Source(string? File, ulong Offset = 0);

    /// <summary>The process's memory in a lifecycle case: plain, of a memfd, secret or a driver's.</summary>
    public static void AddMemory(CaseSteps steps, Case c, ProbeAbilities host) =>
        AddMapping(steps, c, host, AddSource(steps, c, host), over: null);

    /// <summary>Creates the memory, up to the file that it is mapped from.</summary>
    public static Source AddSource(CaseSteps steps, Case c, ProbeAbilities host)
    {
        ulong size = host.Sizes.MappingSize(c);
        var backing = c.Backing;
        var providers = host.Providers;
        switch (backing.Provider)
        {
            case Provider.Memfd:
                steps.Add(new MemfdStep(File, size));
                return new Source(File);
            case Provider.HugeTlb or Provider.HugeTlbContPte or Provider.HugeTlbContPmd or Provider.HugeTlbPud:
                ulong page = host.Sizes.HugePage(backing.Provider);
                int? kib = page == CaseSizes.Usual.Block ? null : (int)(page >> 10);
                steps.Add(new HugePagesStep("pool", (int)(size / page), kib));
                steps.Add(new MemfdStep("file", size, Huge: true, HugeKiB: kib));
                return new Source("file");
            case Provider.File:
                steps.Add(new TemporaryFileStep("file", providers.TemporaryFolder, size));
                return new Source("file");
            case Provider.UdmaBuf:
                steps.Add(new MemfdStep("pages", size, SealShrink: true));
                steps.Add(new UdmaBufStep("file", "pages", size));
                return new Source("file");
            case Provider.DevMem:
                steps.Add(new OpenStep("file", "/dev/mem"));
                return Cleared(
                    steps,
                    host,
                    new Source(
                        "file",
                        providers.Pci is { } bar
                            ? bar.Start + bar.Offset(c.Id, size, host.Sizes.Block)
                            : providers.NotRam?.Start ?? 0
                    )
                );
            case Provider.Sysfs:
                var pci = providers.Pci!;
                steps.Add(
                    new OpenStep(
                        "file",
                        $"/sys/bus/pci/devices/{pci.Address}/resource{pci.Bar}{(backing.Type == VmaMemoryType.NonCacheable ? "_wc" : "")}"
                    )
                );
                return Cleared(steps, host, new Source("file", pci.Offset(c.Id, size, host.Sizes.Block)));
            case Provider.Vfio
            or Provider.VfioDevice
            or Provider.Variant
            or Provider.VariantFault
            or Provider.VariantHuge:
                return OfVfio(steps, c, host, size);
            case Provider.ExporterFault
            or Provider.ExporterHuge
            or Provider.ExporterNotified
            or Provider.ExporterScattered:
                AddExport(steps, "exporter", backing, size, Insertion(backing.Provider));
                return new Source("exporter");
            case Provider.Hotplug:
                if (backing.Memory == KernelMap.Known)
                    steps.Add(new HotplugStep("exporter", Added: true));
                AddExport(steps, "exporter", backing, size, PageInsertion.Fault);
                return new Source("exporter");
            case Provider.Dax:
                steps.Add(new OpenStep("file", DaxDevice.Path));
                return Cleared(
                    steps,
                    host,
                    new Source("file", providers.Dax!.Offset(c.Id, size, host.Sizes.Block)),
                    host.Sizes.Block
                );
            case Provider.Thp or Provider.NoThp:
                return new Source(null);
        }
        if (backing.Driver)
            AddExport(steps, "exporter", backing, size);
        else if (backing.Kind == VmaKind.Secret)
            steps.Add(new SecretmemStep("secret", size));
        return new Source(
            backing.Driver ? "exporter"
            : backing.Kind == VmaKind.Secret ? "secret"
            : null
        );
    }

    /// <summary>The name of the VFIO device, and of its binding to a driver.</summary>
    public const string Device = "device",
        Binding = "binding";

    private static Source OfVfio(CaseSteps steps, Case c, ProbeAbilities host, ulong size)
    {
        var pci = host.Providers.Pci!;
        var backing = c.Backing;
        steps.Add(
            new VfioBindStep(
                Binding,
                pci.Address,
                backing.OfVariant ? pci.Variant ?? PciMemory.TestDriver : VfioBindStep.VfioPci
            )
        );
        if (backing.Provider == Provider.VfioDevice)
        {
            steps.Add(new OpenStep("iommu", "/dev/iommu"));
            steps.Add(new VfioIommuStep(Device, "iommu", pci.Address));
        }
        else
        {
            steps.Add(new OpenStep("container", "/dev/vfio/vfio"));
            steps.Add(new OpenStep("group", $"/dev/vfio/{pci.Group}"));
            steps.Add(new VfioDeviceStep(Device, "container", "group", pci.Address));
        }
        ulong offset = pci.Offset(c.Id, size, host.Sizes.Block);
        bool writable = c is not AttributeCase { VmaWritable: false };
        int region = backing.OfVariant ? pci.Region(backing, writable) : pci.Bar;
        int whole = backing.OfVariant ? pci.Region(backing, writable: true) : pci.Bar;
        steps.Add(new VfioRegionStep("file", Device, region));
        if (whole != region)
            steps.Add(new VfioRegionStep("writable", Device, whole));
        Cleared(steps, host, new Source(whole == region ? "file" : "writable", offset));
        return new Source("file", offset);
    }

    private static PageInsertion Insertion(Provider provider) =>
        provider switch
        {
            Provider.ExporterHuge => PageInsertion.Huge,
            Provider.ExporterNotified => PageInsertion.Notified,
            Provider.ExporterScattered => PageInsertion.Scattered,
            _ => PageInsertion.Fault,
        };

    /// <summary>Configures the memory of the exporter's next mapping.</summary>
    public static void AddExport(
        CaseSteps steps,
        string file,
        Backing backing,
        ulong size,
        PageInsertion insert = PageInsertion.Mmap
    ) =>
        steps.Add(
            new ExportStep(
                file,
                backing.Provider == Provider.Hotplug ? ExportedMemory.Hotplug : Exported(backing.Memory),
                Exported(backing.Type),
                Exported(backing.Kind),
                backing.AllowAnyUncached,
                size,
                insert
            )
        );

    private static ExportedMemory Exported(KernelMap memory) =>
        memory switch
        {
            KernelMap.Known => ExportedMemory.Known,
            KernelMap.Unknown => ExportedMemory.Unknown,
            _ => ExportedMemory.Unheld,
        };

    private static ExportedType Exported(VmaMemoryType type) =>
        type switch
        {
            VmaMemoryType.WriteBack => ExportedType.Wb,
            VmaMemoryType.NonCacheable => ExportedType.Nc,
            VmaMemoryType.DeviceNGnRE => ExportedType.Ngnre,
            _ => ExportedType.Ngnrne,
        };

    private static ExportedVma Exported(VmaKind kind) =>
        kind == VmaKind.MixedMap ? ExportedVma.Mixedmap : ExportedVma.Pfnmap;

    /// <summary>
    /// Zeroes the first page of a device's memory, which may still hold what the previous case stored.
    /// </summary>
    /// <param name="steps">Added to.</param>
    /// <param name="host">The host.</param>
    /// <param name="source">Where the memory is.</param>
    /// <param name="unit">What can be mapped of it at least, and to what alignment; 0: a few pages.</param>
    private static Source Cleared(CaseSteps steps, ProbeAbilities host, Source source, ulong unit = 0)
    {
        steps.Add(
            new MapStep(
                "before",
                source.File!,
                Math.Max(unit, host.Sizes.Small),
                Write: true,
                Shared: true,
                unit,
                FileOffset: source.Offset
            )
        );
        steps.Add(new WordsStep("before", 0, [0u]));
        steps.Add(new UnmapStep("before"));
        return source;
    }

    /// <summary>Maps a source, and prepares the mapping before the guest runs.</summary>
    /// <param name="steps">Added to.</param>
    /// <param name="c">The case.</param>
    /// <param name="host">The host.</param>
    /// <param name="source">What is mapped.</param>
    /// <param name="over">The mapping that it replaces, or null.</param>
    public static void AddMapping(CaseSteps steps, Case c, ProbeAbilities host, Source source, string? over)
    {
        ulong size = host.Sizes.MappingSize(c);
        ulong least = host.Sizes.HugePage(c.Backing.Provider);
        ulong align = over is null ? Math.Max(host.Sizes.Alignment(CaseLayout.ExtentOf(c)), least) : 0;
        bool shared = c.Backing.Sharing == Sharing.Shared;
        steps.Add(new MapStep(Memory, source.File, size, c.VmaWritable, shared, align, over, source.Offset));
        switch (c.Backing.Provider)
        {
            case Provider.Thp:
                steps.Add(new AdviseStep("memory", AdviseHugePage));
                steps.Add(new AdviseStep("memory", AdvisePopulateWrite));
                steps.Add(new HugeMappedStep("memory"));
                break;
            case Provider.NoThp:
                steps.Add(new AdviseStep("memory", AdviseNoHugePage));
                break;
            case Provider.HugeTlbContPmd or Provider.HugeTlbPud when least > SoonCleared:
                steps.Add(new AdviseStep("memory", AdvisePopulateRead));
                break;
            // Whether the kernel calls a huge_fault handler must not depend on the host's transparent huge page
            // settings.
            case Provider.Vfio or Provider.VfioDevice or Provider.VariantHuge or Provider.ExporterHuge:
                steps.Add(new AdviseStep("memory", AdviseHugePage));
                break;
        }
    }
}
