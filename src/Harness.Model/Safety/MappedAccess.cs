namespace Harness.Model.Safety;

/// <summary>
/// An access that was mapped, seen from both sides: what the guest has, and what the host may hold of it.
/// </summary>
/// <param name="Case">The case.</param>
/// <param name="Host">The host.</param>
/// <param name="Leaf">What maps the page.</param>
public readonly record struct MappedAccess(AttributeCase Case, HostFacts Host, Leaf Leaf)
{
    public bool PfnMap => Case.Backing.Kind == VmaKind.PfnMap;

    public bool Private => Case.Backing.Sharing == Sharing.Private;

    /// <summary>
    /// A private page that may be written has been copied: it is ordinary memory of the process's own.
    /// </summary>
    public bool OwnCopy => Private && !PfnMap && Leaf.Write;

    /// <summary>
    /// A block over pages that don't follow each other in physical memory gives the guest those that do: none of them
    /// but the first is behind the slot. Whether KVM made a block of it or as many pages is all the same.
    /// </summary>
    public bool ReachesOthers => Case.Backing.Scattered && !OwnCopy && Leaf.Block;

    public bool WriteBack => Leaf.Type == MemoryType.NormalWriteBack;

    /// <summary>The VMM's own mapping of the page is cacheable.</summary>
    public bool VmaCacheable => OwnCopy || Case.Backing.Cacheable;

    /// <summary>
    /// The kernel has a cacheable mapping of the page, by which it can clean and invalidate its lines.
    /// </summary>
    public bool InKernelMap => OwnCopy || Case.Backing.Memory != KernelMap.Unknown;

    /// <summary>A cache may hold lines of the page that the host, or another VM through it, left there.</summary>
    public bool HostMayCache => VmaCacheable || InKernelMap;

    /// <summary>
    /// KVM cleans the lines before it maps: stage2_map_walker_try_leaf(), arch/arm64/kvm/hyp/pgtable.c.
    /// </summary>
    public bool Cleaned => InKernelMap && WriteBack && !Host.Fwb;

    /// <summary>The guest can get at the memory past the caches.</summary>
    public bool PastTheCaches => Combination.GuestMayBypassCaches(Leaf.Type, Host.Fwb);
}
