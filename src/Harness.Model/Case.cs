using System.Security.Cryptography;
using System.Text;
using Harness.Model.Ownership;
using Harness.Model.Validity;

namespace Harness.Model;

/// <summary>The flags of KVM_SET_USER_MEMORY_REGION that the decision looks at.</summary>
[Flags]
public enum SlotFlags : byte
{
    None = 0,
    LogDirtyPages = 1,
    ReadOnly = 2,
}

/// <summary>How large the slot is, and whether a block could map it. Blocks are 2 MiB: the 4 KiB granule's level 2.</summary>
public enum Extent : byte
{
    /// <summary>64 KiB: too small for a block.</summary>
    Page,

    /// <summary>2 MiB, and aligned to it: as guest physical, host virtual and host physical memory.</summary>
    Block,

    /// <summary>2 MiB, but guest physical and host virtual addresses differ modulo 2 MiB.</summary>
    Misaligned,
}

/// <summary>
/// A fully determined situation: the memory, the VM, the memslot over it, and what the guest does with its first page.
/// </summary>
/// <param name="Backing">The memory behind the slot; nothing on the host has touched it.</param>
/// <param name="VmaWritable">PROT_READ|PROT_WRITE, or PROT_READ alone.</param>
/// <param name="Slot">The memslot's flags.</param>
/// <param name="Accesses">Up to three accesses to the same page, in order, with the guest's stage-1 MMU off unless <see cref="Guest"/> says otherwise.</param>
public sealed record Case(Backing Backing, bool VmaWritable, SlotFlags Slot, AccessList Accesses)
{
    private Once<Case, string> _key;
    private Once<Case, string?> _unsupported;

    /// <summary>The slot's size and alignment.</summary>
    public Extent Extent { get; init; }

    /// <summary>
    /// The slot was registered over plain anonymous memory, and the backing was put in its place before the guest ran.
    /// </summary>
    public bool Late { get; init; }

    /// <summary>KVM_CAP_ARM_MTE is enabled on the VM.</summary>
    public bool Mte { get; init; }

    /// <summary>A second VMA behind the slot, or null.</summary>
    public Neighbour? Beside { get; init; }

    /// <summary>Where the slot is asked to be.</summary>
    public Placement Placement { get; init; }

    /// <summary>What userspace does after the first access, or null.</summary>
    public LiveChange? Change { get; init; }

    /// <summary>
    /// A guest with tables of its own, whose operation the last access is; null for one with its MMU off.
    /// </summary>
    public GuestUse? Guest { get; init; }

    /// <summary>
    /// A page's lifecycle: a case about who may have it, which has operations in place of accesses, and whose memory alone is as
    /// <see cref="Backing"/> and <see cref="VmaWritable"/> say. Null for a case about attributes.
    /// </summary>
    public Lifecycle? Lifecycle { get; init; }

    /// <summary>The process stored to every page before the guest ran: what a VMM does that restores a VM.</summary>
    public bool Restored { get; init; }

    /// <summary>What <see cref="Lifecycle"/> is about.</summary>
    public Scenario Scenario => new(Lifecycle?.Vm ?? VmKind.Ordinary, Backing, VmaWritable);

    /// <summary>The type that stage 1 gives the guest's accesses.</summary>
    public EffectiveType StageOne => Guest?.StageOne ?? Combination.MmuOff;

    /// <summary>The whole content as one line; two cases are the same if and only if their keys are.</summary>
    public string Key => _key.Of(this, CaseText.Key);

    /// <summary>Stable across versions of the harness: the first 48 bits of the SHA-256 of <see cref="Key"/>, in hex.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)).AsSpan(0, 6));

    /// <summary>Why no machine can have such a case, or null where one can.</summary>
    public string? UnsupportedReason => _unsupported.Of(this, static c => CaseRestrictions.All.Against(c));

    public override string ToString() => Key;
}
