using Harness.Model;

namespace Harness.Cases;

/// <summary>What a host has to make memory with, beyond the usual.</summary>
public sealed record ProviderAbilities
{
    /// <summary>Of a host that told nothing of it.</summary>
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

    /// <summary>Why a provider can't be had there, for those that can't.</summary>
    public IReadOnlyDictionary<Provider, string> Lacking { get; init; } = new Dictionary<Provider, string>();

    /// <summary>
    /// Why sysfs's resourceN_wc can't be had, or null where it can: resourceN may be there without it.
    /// </summary>
    public string? WhyNoWriteCombining { get; init; }

    /// <summary>The BAR that sysfs, VFIO and /dev/mem give out, or null.</summary>
    public PciMemory? Pci { get; init; }

    /// <summary>Where /dev/mem has memory without a BAR, and how many bytes; null where that isn't known.</summary>
    public (ulong Start, ulong Size)? NotRam { get; init; }

    /// <summary>Where a temporary file can be.</summary>
    public string TemporaryFolder { get; init; } = "/tmp";

    /// <summary>Null where the case's memory can be made there; else what is missing.</summary>
    public string? WhyNot(Case c) =>
        c.Backing.Provider == Provider.Usual ? null
        : Lacking.GetValueOrDefault(c.Backing.Provider) is { } lacking ? lacking
        : c.Backing.Provider == Provider.Sysfs
        && c.Backing.Type == VmaMemoryType.NonCacheable
        && WhyNoWriteCombining is { } none
            ? none
        : c.Backing.Provider is (Provider.Sysfs or Provider.Vfio)
        && Pci is { } pci
        && pci.Size < CaseLayout.MappingSize(c)
            ? $"the BAR there has {pci.Size >> 10} KiB, and the case needs {CaseLayout.MappingSize(c) >> 10}"
        : c.Backing.Provider == Provider.DevMem && (Pci?.Size ?? NotRam?.Size ?? 0) < CaseLayout.MappingSize(c)
            ? "the memory that is not RAM there is too small for the case"
        : null;
}
