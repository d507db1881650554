namespace Harness.Model;

/// <summary>
/// What a policy's rules look at and work on: the inputs, the state between accesses, and the decision in progress.
/// </summary>
public struct Situation
{
    internal Situation(HostFacts host, Case @case)
    {
        Host = host;
        Case = @case;
    }

    public HostFacts Host { get; }
    public Case Case { get; }

    /// <summary>The access at hand.</summary>
    public Access Access { get; set; }

    /// <summary>The stage-2 leaf that earlier accesses left, or null.</summary>
    public Leaf? Leaf { get; set; }

    /// <summary>A page of the process's own stands behind the address: the private mapping has been written to.</summary>
    public bool CopiedOnWrite { get; set; }

    /// <summary>The page's host mapping may be written: what the hva-to-pfn lookup reports as writable.</summary>
    public bool Writable { get; set; }

    /// <summary>Whether the lookup finds the page writable hangs on what the model doesn't ask; both answers are right.</summary>
    public bool WritableOrNot { get; set; }

    /// <summary>A device page for stage 2. Up to 6.16 that settles its type; from 6.17 on the VMA does.</summary>
    public bool Device { get; set; }

    /// <summary>6.17+ s2_force_noncacheable, 7.1+ map_non_cacheable: the page must not become cacheable.</summary>
    public bool ForcedNonCacheable { get; set; }

    /// <summary>The leaf being put together.</summary>
    public Leaf Draft { get; set; }

    public readonly Backing Backing => Case.Backing;

    public readonly bool PfnMap => Case.Backing.Kind == VmaKind.PfnMap;

    public readonly bool Private => Case.Backing.Sharing == Sharing.Private;

    public readonly bool WriteFault => Access == Access.Write;

    public readonly bool ExecFault => Access == Access.Execute;

    public readonly bool ReadOnlySlot => (Case.Slot & SlotFlags.ReadOnly) != 0;

    public readonly bool LogDirty => (Case.Slot & SlotFlags.LogDirtyPages) != 0;

    /// <summary>pfn_is_map_memory() of the page that stands behind the address now.</summary>
    public readonly bool IsMapMemory => CopiedOnWrite || Case.Backing.Memory == KernelMap.Known;

    /// <summary>(VM_PFNMAP or VM_MIXEDMAP) and not pfn_is_map_memory(pfn): what 6.17+ asks at the fault.</summary>
    public readonly bool DeviceLike => Case.Backing.Kind != VmaKind.Anonymous && !IsMapMemory;

    /// <summary>kvm_supports_cacheable_pfnmap(), arch/arm64/include/asm/kvm_mmu.h.</summary>
    public readonly bool SupportsCacheablePfnMap => Host.Fwb && Host.Dic;
}
