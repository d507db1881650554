using Harness.Model.Programs;

namespace Harness.Model;

/// <summary>
/// The input and working state of a policy's rules: the inputs, the state between accesses, and the decision in
/// progress.
/// </summary>
public struct Situation
{
    internal Situation(HostFacts host, AttributeCase @case)
    {
        Host = host;
        Case = @case;
        Backing = @case.Late ? Backing.Plain : @case.Backing;
        VmaWritable = @case.VmaWritable;
        Slot = @case.Slot;
    }

    public HostFacts Host { get; }
    public AttributeCase Case { get; internal set; }

    /// <summary>
    /// The memory behind the slot now; at registration, plain anonymous memory if the backing comes late.
    /// </summary>
    public Backing Backing { get; internal set; }

    /// <summary>VM_WRITE of the VMA behind the page now.</summary>
    public bool VmaWritable { get; set; }

    /// <summary>The VMA has lost VM_READ: mprotect(2) with PROT_NONE.</summary>
    public bool Inaccessible { get; set; }

    /// <summary>
    /// A fault does not map the page: VFIO unmapped the device's BAR, or the file ends before the page.
    /// </summary>
    public bool Missing { get; set; }

    /// <summary>The slot's flags; while it is being set, the requested ones.</summary>
    public SlotFlags Slot { get; internal set; }

    /// <summary>How the VM tracks dirty pages.</summary>
    public DirtyTracking Tracking { get; internal set; }

    /// <summary>The page's address has no slot any more.</summary>
    public bool NoSlot { get; set; }

    /// <summary>Stage 2 has the page's table also without the page itself: another page of it is mapped.</summary>
    public bool TableStays { get; internal set; }

    /// <summary>No descriptor of the slot's guest_memfd is left.</summary>
    public bool GuestMemoryClosed { get; set; }

    /// <summary>The slot already exists: KVM_MR_FLAGS_ONLY or KVM_MR_MOVE.</summary>
    public bool SlotExists { get; internal set; }

    /// <summary>KVM_SET_USER_MEMORY_REGION, as part of the current change, returned an error.</summary>
    public bool Refused { get; internal set; }

    /// <summary>The current access.</summary>
    public Access Access { get; set; }

    /// <summary>The current access is the guest operation of the case.</summary>
    public bool Operating { get; internal set; }

    /// <summary>The stage-2 leaf that earlier accesses left, or null.</summary>
    public Leaf? Leaf { get; set; }

    /// <summary>What is unspecified about that leaf.</summary>
    public Unspecified LeafLoose { get; set; }

    /// <summary>The fault is FSC 0x35: the CPU does not support exclusives on the leaf's memory type.</summary>
    public bool ExclusiveFault { get; set; }

    /// <summary>The process has its own page at the address: the private mapping has been written to.</summary>
    public bool CopiedOnWrite { get; set; }

    /// <summary>The process has stored to the page, and a driver that wants notification has received it.</summary>
    public bool HostStored { get; internal set; }

    /// <summary>
    /// The driver must be notified of the first store to the page, and has not been: its PTE is read-only.
    /// </summary>
    public readonly bool AwaitsStore => Backing.WriteNotified && !HostStored;

    /// <summary>The page's host mapping may be written: what the hva-to-pfn lookup reports as writable.</summary>
    public bool Writable { get; set; }

    /// <summary>What depends on something outside the model; each possible result is allowed.</summary>
    public Unspecified Unspecified { get; set; }

    /// <summary>proposal-v3's cacheable_devmem: the VMA is VM_PFNMAP and its type MT_NORMAL.</summary>
    public bool CacheableDeviceMemory { get; set; }

    /// <summary>Up to 6.16: a device page, which determines its type.</summary>
    public bool Device { get; set; }

    /// <summary>6.17+ s2_force_noncacheable, 7.1+ map_non_cacheable: the page must not become cacheable.</summary>
    public bool ForcedNonCacheable { get; set; }

    /// <summary>The leaf under construction.</summary>
    public Leaf Draft { get; set; }

    public readonly VmaKind Kind => Backing.Kind;

    public readonly bool PfnMap => Backing.Kind == VmaKind.PfnMap;

    public readonly bool Private => Backing.Sharing == Sharing.Private;

    public readonly bool GuestMemory => Backing.Kind == VmaKind.GuestMemory;

    /// <summary>What userspace does between the first access and the second, or null.</summary>
    public readonly ChangeKind? Change => Case.Change?.Kind;

    public readonly bool WriteFault => Access.Stores();

    public readonly bool ExecFault => Access == Access.Execute;

    /// <summary>
    /// kvm_vcpu_dabt_isvalid(), arch/arm64/include/asm/kvm_emulate.h: userspace could emulate the access.
    /// </summary>
    public readonly bool HasSyndrome =>
        Access.HasSyndrome() && !(Operating && WriteFault && Case is GuestCase { Use.StoresWithoutSyndrome: true });

    public readonly bool TranslationFault => Leaf is null;

    /// <summary>
    /// The faulting block is replaced by a page, not relaxed: user_mem_abort() compares vma_pagesize, a page's while
    /// logging is on (force_pte), with fault_granule.
    /// </summary>
    public readonly bool Splits => Logging && Leaf is { Block: true };

    /// <summary>
    /// A fault on a leaf that is mapped anew instead of relaxed, since the new mapping has another size: a block is
    /// split, or pages are collapsed into a block, as after logging. user_mem_abort(): relax only if vma_pagesize ==
    /// fault_granule.
    /// </summary>
    public readonly bool MapsAnew => Splits || (Leaf is { Block: false } && Draft.Block);

    /// <summary>As above, where it depends on the host's own leaf whether there is a block to collapse into.</summary>
    public readonly bool MayMapAnew =>
        Leaf is { Block: false } && (Unspecified & Unspecified.Size) != 0 && (LeafLoose & Unspecified.Size) == 0;

    public readonly bool ReadOnlySlot => (Slot & SlotFlags.ReadOnly) != 0;

    /// <summary>KVM_MEM_LOG_DIRTY_PAGES is requested.</summary>
    public readonly bool LogDirty => (Slot & SlotFlags.LogDirtyPages) != 0;

    /// <summary>
    /// memslot_is_logging(), arch/arm64/kvm/mmu.c: a READONLY slot is not logged, regardless of its other flag, nor is
    /// one without a dirty log, regardless of rings.
    /// </summary>
    public readonly bool Logging => LogDirty && !ReadOnlySlot && Tracking.HasBitmap;

    /// <summary>
    /// fault_supports_stage2_huge_mapping(): a block fits into the slot, aligned in both address spaces.
    /// </summary>
    public readonly bool BlockFits => Case.Extent == Extent.Block;

    /// <summary>pfn_is_map_memory() of the page behind the address now.</summary>
    public readonly bool IsMapMemory => CopiedOnWrite || Backing.IsMapMemory;

    /// <summary>
    /// find_mem_range() of the hypervisor in protected mode: the page was in the kernel's memory map when KVM started,
    /// so that hyp_memory[] has it.
    /// </summary>
    public readonly bool IsHypervisorMemory => IsMapMemory && (CopiedOnWrite || Backing.Provider != Provider.Hotplug);

    /// <summary>(VM_PFNMAP or VM_MIXEDMAP) and not pfn_is_map_memory(pfn): what 6.17+ checks at the fault.</summary>
    public readonly bool DeviceLike => Backing.Driver && !IsMapMemory;

    /// <summary>There is a VMA, and it is not VM_MTE_ALLOWED: memory of drivers and of secretmem has no tags.</summary>
    public readonly bool UntaggedVma => Backing.Driver || Backing.Kind == VmaKind.Secret;

    /// <summary>is_protected_kvm_enabled(); the VM itself is an ordinary one.</summary>
    public readonly bool UnderHypervisor => Host.Mode == KvmMode.Protected;

    /// <summary>kvm_supports_cacheable_pfnmap(), arch/arm64/include/asm/kvm_mmu.h.</summary>
    public readonly bool SupportsCacheablePfnMap => Host.Fwb && Host.Dic;
}
