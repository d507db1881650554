namespace Harness.Model.Slots;

/// <summary>The argument of a call that no slot can have, or that is at its limit.</summary>
public enum OddArgument : byte
{
    None,

    /// <summary>guest_phys_addr is half a page off.</summary>
    AddressUnaligned,

    /// <summary>The guest physical addresses wrap around at 64 bits.</summary>
    AddressWraps,

    /// <summary>The slot begins at the end of the VM's IPA space.</summary>
    AddressBeyondIpa,

    /// <summary>memory_size is half a page short.</summary>
    SizeUnaligned,

    /// <summary>memory_size is a page less than 2^64.</summary>
    SizeWraps,

    /// <summary>
    /// The largest size that a slot can have, 2^31 - 1 pages: it reaches beyond every VM's IPA space.
    /// </summary>
    SizeLargest,

    /// <summary>A page more: 2^31 pages.</summary>
    SizeTooLarge,

    /// <summary>userspace_addr is half a page off.</summary>
    MemoryUnaligned,

    /// <summary>userspace_addr is 0, where no process has memory.</summary>
    MemoryNull,

    /// <summary>userspace_addr has a tag in its top byte.</summary>
    MemoryTagged,

    /// <summary>userspace_addr is an address of the kernel.</summary>
    MemoryOfKernel,

    /// <summary>userspace_addr is 2^52, where no process's addresses reach.</summary>
    MemoryBeyondTask,

    /// <summary>guest_memfd_offset is half a page off.</summary>
    FileUnaligned,

    /// <summary>guest_memfd_offset + memory_size wraps around at 64 bits.</summary>
    FileWraps,
}

/// <summary>
/// One call of KVM_SET_USER_MEMORY_REGION or KVM_SET_USER_MEMORY_REGION2. Places and sizes are in pages of the host,
/// from where the first slot of a case begins; <see cref="Odd"/> replaces one of them.
/// </summary>
/// <param name="Name">The word in keys.</param>
/// <param name="Says">What it does, as a clause.</param>
public sealed record SlotCall(string Name, string Says)
{
    public const uint LogDirtyPages = 1; // KVM_MEM_LOG_DIRTY_PAGES
    public const uint ReadOnly = 2; // KVM_MEM_READONLY
    public const uint GuestMemfd = 4; // KVM_MEM_GUEST_MEMFD

    /// <summary>KVM_SET_USER_MEMORY_REGION2.</summary>
    public bool Second { get; init; }

    /// <summary>The field slot: the address space in its upper 16 bits, the number in the lower.</summary>
    public uint Slot { get; init; } = 1;

    public uint Flags { get; init; }

    /// <summary>The first page of guest physical memory.</summary>
    public int Address { get; init; }

    /// <summary>The size; 0 deletes the slot.</summary>
    public int Pages { get; init; } = 2;

    /// <summary>The first page of the process's memory.</summary>
    public int Memory { get; init; }

    /// <summary>The first page of the guest_memfd that the slot is bound to; null if the call names none.</summary>
    public int? File { get; init; }

    public OddArgument Odd { get; init; }

    /// <summary>The number within its address space.</summary>
    public uint Number => Slot & 0xffff;

    public uint AddressSpace => Slot >> 16;

    public override string ToString() => Name;
}
