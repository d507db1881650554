namespace Harness.Model.Validity;

/// <summary>What memory each provider makes.</summary>
internal static class ProviderMemory
{
    private static readonly Dictionary<Provider, Func<Backing, bool>> Made = new()
    {
        [Provider.Usual] = b => true,
        [Provider.Thp] = PrivateAnonymous,
        [Provider.NoThp] = PrivateAnonymous,
        [Provider.Memfd] = b => b.Kind == VmaKind.Anonymous,
        [Provider.HugeTlb] = b => b.Kind == VmaKind.Anonymous,
        [Provider.File] = b => b.Kind == VmaKind.Anonymous,
        [Provider.UdmaBuf] = b =>
            b
                is {
                    Kind: VmaKind.PfnMap,
                    Memory: KernelMap.Known,
                    Type: VmaMemoryType.WriteBack,
                    Sharing: Sharing.Shared,
                    AllowAnyUncached: false,
                },
        [Provider.DevMem] = b => Bar(b) && b is { Type: VmaMemoryType.DeviceNGnRnE, AllowAnyUncached: false },
        [Provider.Sysfs] = b =>
            Bar(b) && b is { Type: VmaMemoryType.DeviceNGnRE or VmaMemoryType.NonCacheable, AllowAnyUncached: false },
        // Before 6.9 there was no VM_ALLOW_ANY_UNCACHED for it to set, and no kernel looked for it.
        [Provider.Vfio] = b =>
            Bar(b) && b is { Type: VmaMemoryType.DeviceNGnRnE, Sharing: Sharing.Shared, AllowAnyUncached: true },
        [Provider.ExporterFault] = b =>
            b
                is { Driver: true, Memory: not KernelMap.ZeroRefcount }
                    and not { Kind: VmaKind.PfnMap, Sharing: Sharing.Private },
        [Provider.ExporterNotified] = SharedPfns,
        [Provider.ExporterScattered] = SharedPfns,
        // follow_huge_pmd() looks for the struct page of a PMD, special or not: one without would crash the kernel.
        [Provider.ExporterHuge] = b =>
            SharedPfns(b) || b is { Kind: VmaKind.MixedMap, Memory: KernelMap.Known, Sharing: Sharing.Shared },
    };

    public static bool Makes(Backing b) => Made[b.Provider](b);

    private static bool PrivateAnonymous(Backing b) => b is { Kind: VmaKind.Anonymous, Sharing: Sharing.Private };

    /// <summary>A PCI BAR, or memory that the kernel knows as little.</summary>
    private static bool Bar(Backing b) => b is { Kind: VmaKind.PfnMap, Memory: KernelMap.Unknown };

    private static bool SharedPfns(Backing b) =>
        b is { Kind: VmaKind.PfnMap, Memory: not KernelMap.ZeroRefcount, Sharing: Sharing.Shared };
}
