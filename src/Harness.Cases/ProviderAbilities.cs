using Harness.Model;

namespace Harness.Cases;

/// <summary>The memory providers that a host supports.</summary>
public sealed record ProviderAbilities
{
    /// <summary>A host without provider information.</summary>
    public static ProviderAbilities Unasked { get; } =
        new()
        {
            Lacking = Enum.GetValues<Provider>()
                .Where(p => p != Provider.Usual)
                .ToDictionary(
                    p => p,
                    _ => "the facts there say nothing of such memory: run again with this version's probe"
                ),
        };

    /// <summary>drivers/dma-buf/udmabuf.c, size_limit_mb: 64.</summary>
    private const ulong UdmaBufLimit = 64 << 20;

    /// <summary>Why providers are not available there, for those that are not.</summary>
    public IReadOnlyDictionary<Provider, string> Lacking { get; init; } = new Dictionary<Provider, string>();

    /// <summary>Why sysfs's resourceN_wc is not available, or null if it is: resourceN may exist without it.</summary>
    public string? WhyNoWriteCombining { get; init; }

    /// <summary>Why VFIO can't reset the device, or null if it can.</summary>
    public string? WhyNoReset { get; init; }

    /// <summary>The BAR that sysfs, VFIO and /dev/mem provide, or null.</summary>
    public PciMemory? Pci { get; init; }

    /// <summary>The address and size of memory without a BAR that /dev/mem provides; null if that is unknown.</summary>
    public (ulong Start, ulong Size)? NotRam { get; init; }

    /// <summary>The device-dax device's memory, or null.</summary>
    public DaxMemory? Dax { get; init; }

    /// <summary>The directory for temporary files.</summary>
    public string TemporaryFolder { get; init; } = "/tmp";

    /// <summary>What is missing there for the case's memory; null if it can be created.</summary>
    /// <param name="c">The case.</param>
    /// <param name="sizes">Of its memory there.</param>
    public MissingPart? Missing(Case c, CaseSizes sizes)
    {
        var provider = c.Backing.Provider;
        return provider == Provider.Usual ? null
            : WhyNot(c, sizes) is { } why ? new(MissingPart.Of(provider), why)
            : c is AttributeCase { Change.Kind: ChangeKind.ResetDevice } && WhyNoReset is { } noReset
                ? new(HostPart.PciReset, noReset)
            : provider == Provider.UdmaBuf && sizes.MappingSize(c) > UdmaBufLimit
                ? new(
                    HostPart.PageSize,
                    $"a udmabuf there has {UdmaBufLimit >> 20} MiB at most (udmabuf.size_limit_mb), and the case needs {sizes.MappingSize(c) >> 20}"
                )
            : null;
    }

    /// <summary>What the provider itself lacks there; null if nothing.</summary>
    private string? WhyNot(Case c, CaseSizes sizes) =>
        Lacking.GetValueOrDefault(c.Backing.Provider) is { } lacking ? lacking
        : c.Backing.Provider == Provider.Sysfs
        && c.Backing.Type == VmaMemoryType.NonCacheable
        && WhyNoWriteCombining is { } none
            ? none
        : (c.Backing.Provider == Provider.Sysfs || c.Backing.OfVfio)
        && Pci is { } pci
        && pci.Size < sizes.MappingSize(c)
            ? $"the BAR there has {pci.Size >> 10} KiB, and the case needs {sizes.MappingSize(c) >> 10}"
        : c.Backing.Provider == Provider.Dax && Dax is { } dax && dax.Size < sizes.MappingSize(c)
            ? $"the device-dax device there has {dax.Size >> 10} KiB, and the case needs {sizes.MappingSize(c) >> 10}"
        : c.Backing.Provider == Provider.DevMem && (Pci?.Size ?? NotRam?.Size ?? 0) < sizes.MappingSize(c)
            ? "the memory that is not RAM there is too small for the case"
        : null;
}
