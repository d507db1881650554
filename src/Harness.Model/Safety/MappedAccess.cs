namespace Harness.Model.Safety;

/// <summary>A mapped access from both sides: what the guest has, and what the host may have cached of it.</summary>
/// <param name="Case">The case.</param>
/// <param name="Host">The host.</param>
/// <param name="Leaf">The leaf that maps the page.</param>
public readonly record struct MappedAccess(AttributeCase Case, HostFacts Host, Leaf Leaf)
{
    public bool PfnMap => Case.Backing.Kind == VmaKind.PfnMap;

    public bool Private => Case.Backing.Sharing == Sharing.Private;

    /// <summary>A writable private page has been copied: it is ordinary memory of the process.</summary>
    public bool OwnCopy => Private && !PfnMap && Leaf.Write;

    /// <summary>
    /// A block over discontiguous pages gives the guest the pages that follow the first one in physical memory: none of
    /// those is behind the slot. It doesn't matter whether KVM made a block or as many pages.
    /// </summary>
    public bool ReachesOthers => Case.Backing.Scattered && !OwnCopy && Leaf.Block;

    public bool WriteBack => Leaf.Type == MemoryType.NormalWriteBack;

    /// <summary>The VMM's own mapping of the page is cacheable.</summary>
    public bool VmaCacheable => OwnCopy || Case.Backing.Cacheable;

    /// <summary>
    /// The kernel has a cacheable mapping of the page, through which it can clean and invalidate its lines.
    /// </summary>
    public bool InKernelMap => OwnCopy || Case.Backing.IsLinear;

    /// <summary>A cache may hold lines of the page left by the host, or by another VM through it.</summary>
    public bool HostMayCache => VmaCacheable || InKernelMap;

    /// <summary>
    /// KVM cleans the lines before it maps: stage2_map_walker_try_leaf(), arch/arm64/kvm/hyp/pgtable.c.
    /// </summary>
    public bool Cleaned => InKernelMap && WriteBack && !Host.Fwb;

    /// <summary>The guest can access the memory without the caches.</summary>
    public bool PastTheCaches => Combination.GuestMayBypassCaches(Leaf.Type, Host.Fwb);
}
