using System.Security.Cryptography;
using System.Text;
using Harness.Model.Ownership;

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
    private string? _key;

    /// <summary>For "with": everything but the key, which is the copy's own.</summary>
    private Case(Case original) =>
        (Backing, VmaWritable, Slot, Accesses, Extent, Late, Mte, Beside, Placement, Change, Guest, Lifecycle, Restored) = (original.Backing, original.VmaWritable,
            original.Slot, original.Accesses, original.Extent, original.Late, original.Mte, original.Beside, original.Placement, original.Change,
            original.Guest, original.Lifecycle, original.Restored);

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
    public string Key => _key ??= CaseText.Key(this);

    /// <summary>Stable across versions of the harness: the first 48 bits of the SHA-256 of <see cref="Key"/>, in hex.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)).AsSpan(0, 6));

    /// <summary>Why no machine can have such a case, or null where one can.</summary>
    public string? UnsupportedReason => Backing.UnsupportedReason is { } why ? why
        : (Lifecycle is null) == (Accesses.Count == 0) ? "a case has accesses, or else the operations of a page's life"
        : Lifecycle is not null ? WhyNotLived
        : !VmaWritable && Backing.Kind is (VmaKind.Hole or VmaKind.GuestMemory) ? "where there is no VMA, none is read-only"
        : Late && Backing.Kind is VmaKind.Anonymous && Backing.Provider is (Provider.Usual or Provider.Thp or Provider.NoThp) ? "anonymous memory in place of anonymous memory changes nothing"
        : Late && Backing.Kind is VmaKind.GuestMemory ? "a guest_memfd is bound when the slot is registered, or never"
        : Extent != Extent.Page && Backing.Kind is (VmaKind.Hole or VmaKind.Secret) ? "memory that is never mapped has no size in stage 2"
        : Extent == Extent.Misaligned && Backing.Kind == VmaKind.GuestMemory ? "a guest_memfd has no host address to be skewed by"
        : Accesses.Count > 1 && Accesses[0].Stores() && (Slot & SlotFlags.ReadOnly) != 0
            ? "a store to a READONLY slot leaves nothing that a second access could meet"
        : Extent == Extent.Page && Backing.Provider is (Provider.Thp or Provider.ExporterHuge) ? "a slot of pages has no room for a huge page"
        : Extent == Extent.Misaligned && Backing is { Kind: VmaKind.MixedMap, Provider: Provider.ExporterHuge }
            ? "harms the host: follow_huge_pmd() takes its reference to the block's first page, and KVM gives back one to its own"
        : !VmaWritable && Backing.Provider == Provider.Thp ? "what can't be written to gets no huge page beforehand"
        : Mte && Backing.Provider != Provider.Usual ? "what tags are asked of is the memory of the usual providers"
        : Guest is { } use && ((Slot & SlotFlags.ReadOnly) != 0 ? use.ReadOnlyAccesses : use.Accesses) is var made && made != Accesses
            ? $"to stage 2, {GuestText.Word(use.Operation)} is {made}"
        : Change is not null && Guest is { BeginsPlainly: true } ? "what the change does would show at the aligned access that the operation begins with"
        : Accesses.Span.Contains(Access.ReadNext) && WhyNoNext is { } none ? none
        : Backing.Bound && Mte ? "a VM with MTE may refuse the slot that binds the range first"
        : Beside is null && Placement == Placement.Ordinary && Change is null ? null
        : WhyNotShaped ?? Change?.UnsupportedReason(this);

    /// <summary>Why no load from the page after the first can be asked for.</summary>
    private string? WhyNoNext =>
        Extent == Extent.Page ? "a slot of pages may have one page only"
        : Backing.Kind is not (VmaKind.Anonymous or VmaKind.PfnMap or VmaKind.MixedMap) || !VmaWritable ? "the process can't store a word into the page"
        : Backing.StoreNotified || Backing.WriteNotified || (Backing.Sharing == Sharing.Private && !Backing.Written)
            ? "the process's own store would make another page of it than the first is"
        : Beside is not null || Change is not null || Guest is not null || Restored || (Slot & SlotFlags.ReadOnly) != 0
            || Accesses.Span.ContainsAnyExcept([Access.Read, Access.Write, Access.ReadNext]) ? "what is asked of the page after the first is whose memory it is"
        : null;

    private string? WhyNotLived =>
        Slot != SlotFlags.None || Extent != Extent.Page || Late || Mte || Beside is not null || Placement != Placement.Ordinary
            || Change is not null || Guest is not null || Backing.Bound || Restored
            ? "a page's lifecycle has the plainest of slots"
        : Backing.Provider is not (Provider.Usual or Provider.NoThp or Provider.Memfd) ? "a page's lifecycle is that of plain memory, a memfd's or what the exporter maps"
        : Lifecycle!.Operations.Count == 0 || Lifecycle.Operations[0] != Operation.Create ? "a page's lifecycle begins with its VM"
        : !VmaWritable && Backing.Kind is (VmaKind.Hole or VmaKind.GuestMemory) ? "where there is no VMA, none is read-only"
        : null;

    private string? WhyNotShaped =>
        Beside is not null && (Late || Extent == Extent.Misaligned || Backing.Kind is VmaKind.GuestMemory or VmaKind.Secret)
            ? "a slot of two VMAs has both from the start, aligned, and is none of a guest_memfd's"
        : Beside is not null && (Beside.Backing.UnsupportedReason is not null || Beside.Backing.Kind is VmaKind.GuestMemory or VmaKind.Secret
            || (Beside.Backing.Kind == VmaKind.Hole && (!Beside.Writable || Extent != Extent.Page))) ? "the VMA beside can't be made"
        : Placement != Placement.Ordinary && (Beside is not null || Change is not null || Late || Mte || Extent != Extent.Page
            || Backing.Kind is VmaKind.GuestMemory or VmaKind.Secret or VmaKind.Hole) ? "only a plain slot is misplaced"
        : null;

    /// <summary>By content: whether a key was already asked for is no part of it.</summary>
    public bool Equals(Case? other) => ReferenceEquals(this, other) || (other is not null && Content == other.Content);

    public override int GetHashCode() => Content.GetHashCode();

    public override string ToString() => Key;

    private (Backing, bool, SlotFlags, AccessList, Extent, bool, bool, (Neighbour?, Placement, LiveChange?, GuestUse?, Lifecycle?, bool)) Content =>
        (Backing, VmaWritable, Slot, Accesses, Extent, Late, Mte, (Beside, Placement, Change, Guest, Lifecycle, Restored));
}
