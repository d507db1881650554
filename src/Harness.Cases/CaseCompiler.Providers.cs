using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases;

public static partial class CaseCompiler
{
    private const int AdviseHugePage = 14, AdviseNoHugePage = 15, AdvisePopulateWrite = 23; // MADV_*, linux/mman.h

    /// <summary>A file to map, and where in it the memory begins. Null: anonymous memory.</summary>
    private readonly record struct Source(string? File, ulong Offset = 0)
    {
        /// <summary>Made by no step but <see cref="Steps.Map"/>.</summary>
        public bool Plain { get; init; }
    }

    /// <summary>What makes the memory, up to the file that it is mapped from.</summary>
    private static Source AddSource(List<Step> steps, Case c, ProbeAbilities host)
    {
        ulong size = CaseLayout.MappingSize(c);
        var backing = c.Backing;
        var providers = host.Providers;
        switch (backing.Provider)
        {
            case Provider.Memfd:
                steps.Add(Steps.MemoryFile("file", size));
                return new Source("file");
            case Provider.HugeTlb:
                steps.Add(Steps.HugePages("pool", (int)(size / CaseLayout.BlockSize)));
                steps.Add(Steps.MemoryFile("file", size, huge: true));
                return new Source("file");
            case Provider.File:
                steps.Add(Steps.TemporaryFile("file", providers.TemporaryFolder, size));
                return new Source("file");
            case Provider.UdmaBuf:
                steps.Add(Steps.MemoryFile("pages", size, sealShrink: true));
                steps.Add(Steps.UdmaBuf("file", "pages", size));
                return new Source("file");
            case Provider.DevMem:
                steps.Add(Steps.Open("file", "/dev/mem"));
                return Cleared(steps, c, new Source("file", providers.Pci is { } bar ? bar.Start + bar.Offset(c.Id, size) : providers.NotRam?.Start ?? 0));
            case Provider.Sysfs:
                var pci = providers.Pci!;
                steps.Add(Steps.Open("file",
                    $"/sys/bus/pci/devices/{pci.Address}/resource{pci.Bar}{(backing.Type == VmaMemoryType.NonCacheable ? "_wc" : "")}"));
                return Cleared(steps, c, new Source("file", pci.Offset(c.Id, size)));
            case Provider.Vfio:
                var device = providers.Pci!;
                steps.Add(Steps.VfioBind("binding", device.Address));
                steps.Add(Steps.Open("container", "/dev/vfio/vfio"));
                steps.Add(Steps.Open("group", $"/dev/vfio/{device.Group}"));
                steps.Add(Steps.VfioDevice("device", "container", "group", device.Address));
                steps.Add(Steps.VfioRegion("file", "device", device.Bar));
                return Cleared(steps, c, new Source("file", device.Offset(c.Id, size)));
            case Provider.ExporterFault or Provider.ExporterHuge or Provider.ExporterNotified or Provider.ExporterScattered:
                steps.Add(Steps.ExportInserted("exporter", CaseText.Word(backing.Memory), CaseText.Word(backing.Type),
                    CaseText.Word(backing.Kind), backing.AllowAnyUncached, size, Insertion(backing.Provider)));
                return new Source("exporter");
            case Provider.Thp or Provider.NoThp:
                return new Source(null);
        }
        if (backing.Driver)
            steps.Add(Steps.Export("exporter", CaseText.Word(backing.Memory), CaseText.Word(backing.Type),
                CaseText.Word(backing.Kind), backing.AllowAnyUncached, size));
        else if (backing.Kind == VmaKind.Secret)
            steps.Add(Steps.Secretmem("secret", size));
        return new Source(backing.Driver ? "exporter" : backing.Kind == VmaKind.Secret ? "secret" : null) { Plain = true };
    }

    private static string Insertion(Provider provider) => provider switch
    {
        Provider.ExporterHuge => "huge",
        Provider.ExporterNotified => "notified",
        Provider.ExporterScattered => "scattered",
        _ => "fault",
    };

    /// <summary>The first page of a device's memory is zeroed: what the last case stored there is none of this one's.</summary>
    private static Source Cleared(List<Step> steps, Case c, Source source)
    {
        steps.Add(Steps.MapAt("before", source.File!, source.Offset, CaseLayout.PageExtent, write: true, shared: true));
        steps.Add(Steps.Words("before", 0, [0u]));
        steps.Add(Steps.Unmap("before"));
        return source;
    }

    /// <summary>The mapping of a source, and what is done to it before the guest runs.</summary>
    /// <param name="steps">Added to.</param>
    /// <param name="c">The case.</param>
    /// <param name="source">What is mapped.</param>
    /// <param name="over">The mapping whose place it takes, or null.</param>
    private static void AddMapping(List<Step> steps, Case c, Source source, string? over)
    {
        ulong size = CaseLayout.MappingSize(c);
        ulong align = over is null ? Math.Max(CaseLayout.SlotSize(c.Extent), c.Backing.Provider == Provider.HugeTlb ? CaseLayout.BlockSize : 0) : 0;
        bool shared = c.Backing.Sharing == Sharing.Shared;
        steps.Add(source.Plain || source.File is null
            ? Steps.Map("memory", source.File, size, c.VmaWritable, shared, align, over)
            : Steps.MapAt("memory", source.File, source.Offset, size, c.VmaWritable, shared, align, over));
        switch (c.Backing.Provider)
        {
            case Provider.Thp:
                steps.Add(Steps.Advise("memory", AdviseHugePage));
                steps.Add(Steps.Advise("memory", AdvisePopulateWrite));
                steps.Add(Steps.HugeMapped("memory"));
                break;
            case Provider.NoThp:
                steps.Add(Steps.Advise("memory", AdviseNoHugePage));
                break;
            // Whether a huge_fault handler is asked must not hang on what the host's administrator thinks of huge pages.
            case Provider.Vfio or Provider.ExporterHuge:
                steps.Add(Steps.Advise("memory", AdviseHugePage));
                break;
        }
    }
}
