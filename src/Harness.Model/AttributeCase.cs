using Harness.Model.Validity;

namespace Harness.Model;

/// <summary>
/// A case about the attributes of a page in stage 2: a memslot over the memory, and accesses of the guest to its first
/// page.
/// </summary>
/// <param name="Slot">The memslot's flags.</param>
public abstract record AttributeCase(Backing Backing, bool VmaWritable, SlotFlags Slot) : Case(Backing, VmaWritable)
{
    /// <summary>What the guest does with the page, as stage 2 sees it: up to three accesses, in order.</summary>
    public abstract AccessList Accesses { get; }

    /// <summary>The stage-1 memory type of the guest's accesses.</summary>
    public abstract EffectiveType StageOne { get; }

    /// <summary>The slot's size and alignment.</summary>
    public Extent Extent { get; init; }

    /// <summary>
    /// The slot was registered over plain anonymous memory; the backing replaced that memory before the guest ran.
    /// </summary>
    public bool Late { get; init; }

    /// <summary>KVM_CAP_ARM_MTE is enabled on the VM.</summary>
    public bool Mte { get; init; }

    /// <summary>A second VMA behind the slot, or null.</summary>
    public Neighbour? Beside { get; init; }

    /// <summary>Where KVM_SET_USER_MEMORY_REGION puts the slot.</summary>
    public Placement Placement { get; init; }

    /// <summary>What userspace does after the first access, or null.</summary>
    public LiveChange? Change { get; init; }

    /// <summary>
    /// Userspace makes the change while a vCPU runs: its guest repeats the second access until after the change.
    /// </summary>
    public bool Running { get; init; }

    /// <summary>The process stored to every page before the guest ran, as a VMM does when it restores a VM.</summary>
    public bool Restored { get; init; }

    protected override string? Restriction() => AttributeRestrictions.All.Against(this);
}
