namespace Harness.Model;

/// <summary>
/// What a policy's rules look at and work on: the inputs, the state between accesses, and the decision in progress.
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
    public AttributeCase Case { get; }

    /// <summary>
    /// What stands behind the slot now: at registration, plain anonymous memory where the backing comes late.
    /// </summary>
    public Backing Backing { get; internal set; }

    /// <summary>VM_WRITE of the VMA that stands behind the page now.</summary>
    public bool VmaWritable { get; set; }

    /// <summary>The VMA has lost VM_READ: mprotect(2) with PROT_NONE.</summary>
    public bool Inaccessible { get; set; }

    /// <summary>The slot's flags: those that it has, or, while it is set up, those that are asked for.</summary>
    public SlotFlags Slot { get; internal set; }

    /// <summary>The page's address has no slot any more.</summary>
    public bool NoSlot { get; set; }

    /// <summary>No descriptor of the slot's guest_memfd is left.</summary>
    public bool GuestMemoryClosed { get; set; }

    /// <summary>The slot that is set up is there already: KVM_MR_FLAGS_ONLY or KVM_MR_MOVE.</summary>
    public bool SlotExists { get; internal set; }

    /// <summary>KVM_SET_USER_MEMORY_REGION, where it is a part of the change at hand, returned an error.</summary>
    public bool Refused { get; internal set; }

    /// <summary>The access at hand.</summary>
    public Access Access { get; set; }

    /// <summary>The access is the operation of the guest's that the case has.</summary>
    public bool Operating { get; internal set; }

    /// <summary>The stage-2 leaf that earlier accesses left, or null.</summary>
    public Leaf? Leaf { get; set; }

    /// <summary>What is open about that leaf.</summary>
    public Unspecified LeafLoose { get; set; }

    /// <summary>The fault is FSC 0x35: the CPU has no exclusives on memory of the type that the leaf gives.</summary>
    public bool ExclusiveFault { get; set; }

    /// <summary>
    /// A page of the process's own stands behind the address: the private mapping has been written to.
    /// </summary>
    public bool CopiedOnWrite { get; set; }

    /// <summary>The process has stored to the page: a driver that wants to be told of that has been.</summary>
    public bool HostStored { get; internal set; }

    /// <summary>
    /// The driver has to be told of the first store to the page, and nobody has: its PTE is read-only.
    /// </summary>
    public readonly bool AwaitsStore => Backing.WriteNotified && !HostStored;

    /// <summary>The page's host mapping may be written: what the hva-to-pfn lookup reports as writable.</summary>
    public bool Writable { get; set; }

    /// <summary>What hangs on something the model doesn't ask; each such answer is right.</summary>
    public Unspecified Unspecified { get; set; }

    /// <summary>proposal-v3's cacheable_devmem: the VMA is VM_PFNMAP and its type MT_NORMAL.</summary>
    public bool CacheableDeviceMemory { get; set; }

    /// <summary>Up to 6.16: a device page, which settles its type.</summary>
    public bool Device { get; set; }

    /// <summary>6.17+ s2_force_noncacheable, 7.1+ map_non_cacheable: the page must not become cacheable.</summary>
    public bool ForcedNonCacheable { get; set; }

    /// <summary>The leaf being put together.</summary>
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
    /// kvm_vcpu_dabt_isvalid(), arch/arm64/include/asm/kvm_emulate.h: userspace could be told what to emulate.
    /// </summary>
    public readonly bool HasSyndrome =>
        Access.HasSyndrome() && !(Operating && WriteFault && Case is GuestCase { Use.StoresWithoutSyndrome: true });

    public readonly bool TranslationFault => Leaf is null;

    /// <summary>
    /// The block that the fault met is replaced by a page, not relaxed: user_mem_abort() compares vma_pagesize, a
    /// page's where logging is on (force_pte), with fault_granule.
    /// </summary>
    public readonly bool Splits => Logging && Leaf is { Block: true };

    /// <summary>
    /// A fault on a leaf that is not relaxed but mapped anew, since what is to be mapped now is of another size: a
    /// block is split, or pages are collapsed into a block, as after logging. user_mem_abort(): relax only if
    /// vma_pagesize == fault_granule.
    /// </summary>
    public readonly bool MapsAnew => Splits || (Leaf is { Block: false } && Draft.Block);

    /// <summary>As before, where it hangs on the host's own leaf whether there is a block to collapse into.</summary>
    public readonly bool MayMapAnew =>
        Leaf is { Block: false } && (Unspecified & Unspecified.Size) != 0 && (LeafLoose & Unspecified.Size) == 0;

    public readonly bool ReadOnlySlot => (Slot & SlotFlags.ReadOnly) != 0;

    /// <summary>KVM_MEM_LOG_DIRTY_PAGES is asked for.</summary>
    public readonly bool LogDirty => (Slot & SlotFlags.LogDirtyPages) != 0;

    /// <summary>
    /// memslot_is_logging(), arch/arm64/kvm/mmu.c: a READONLY slot is not, whatever its other flag says.
    /// </summary>
    public readonly bool Logging => LogDirty && !ReadOnlySlot;

    /// <summary>
    /// fault_supports_stage2_huge_mapping(): the slot has room for a 2 MiB block, aligned in both address spaces.
    /// </summary>
    public readonly bool BlockFits => Case.Extent == Extent.Block;

    /// <summary>pfn_is_map_memory() of the page that stands behind the address now.</summary>
    public readonly bool IsMapMemory => CopiedOnWrite || Backing.Memory != KernelMap.Unknown;

    /// <summary>(VM_PFNMAP or VM_MIXEDMAP) and not pfn_is_map_memory(pfn): what 6.17+ asks at the fault.</summary>
    public readonly bool DeviceLike => Backing.Driver && !IsMapMemory;

    /// <summary>There is a VMA, and it is not VM_MTE_ALLOWED: memory of drivers and of secretmem has no tags.</summary>
    public readonly bool UntaggedVma => Backing.Driver || Backing.Kind == VmaKind.Secret;

    /// <summary>is_protected_kvm_enabled(); the VM itself is an ordinary one.</summary>
    public readonly bool UnderHypervisor => Host.Mode == KvmMode.Protected;

    /// <summary>kvm_supports_cacheable_pfnmap(), arch/arm64/include/asm/kvm_mmu.h.</summary>
    public readonly bool SupportsCacheablePfnMap => Host.Fwb && Host.Dic;
}
