namespace Harness.Model.Nesting;

/// <summary>The current page of a case, while its acts are predicted.</summary>
/// <param name="Memory">What the host has there.</param>
/// <param name="Mapping">The guest hypervisor's descriptor.</param>
/// <param name="Number">Counted from 0.</param>
internal sealed record NestedPage(NestedMemory Memory, NestedMapping Mapping, int Number)
{
    /// <summary>What KVM_SET_USER_MEMORY_REGION returned for its slot.</summary>
    public Errno Registered { get; init; }

    /// <summary>What the shadow has at its address.</summary>
    public ShadowLeaf Shadow { get; init; }

    /// <summary>And at the address beyond the guest hypervisor's stage 2.</summary>
    public ShadowLeaf Beyond { get; init; }

    /// <summary>The descriptor was changed, and the address not invalidated.</summary>
    public bool Stale { get; init; }

    public bool Deleted { get; init; }

    /// <summary>The process may not write to it.</summary>
    public bool Protected { get; init; }

    public bool Discarded { get; init; }

    /// <summary>What a load returns.</summary>
    public uint Word { get; init; } = NestedCase.WordOf(Number);

    public bool HasSlot => Memory.HasSlot() && !Deleted && Registered == Errno.None;

    public NestedPage WithoutShadow => this with { Shadow = default, Beyond = default, Stale = false };
}
