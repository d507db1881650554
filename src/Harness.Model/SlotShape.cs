namespace Harness.Model;

/// <summary>The slot's position in KVM_SET_USER_MEMORY_REGION, if it is unusual.</summary>
public enum Placement : byte
{
    Ordinary,

    /// <summary>It begins where another slot ends.</summary>
    Adjoining,

    /// <summary>Its guest physical address is half a page off.</summary>
    AddressUnaligned,

    /// <summary>Its host virtual address is half a page off.</summary>
    HostUnaligned,

    /// <summary>Its size is half a page short.</summary>
    SizeUnaligned,

    /// <summary>Its guest physical addresses wrap around at 64 bits.</summary>
    Wrapping,

    /// <summary>Its size is zero, and there is no such slot to delete.</summary>
    Absent,

    /// <summary>It shares a page of guest physical memory with another slot.</summary>
    Overlapping,

    /// <summary>It lies above the VM's IPA size: the default of 40 bits.</summary>
    BeyondIpa,

    /// <summary>It ends where the VM's IPA size does: the last addresses that a slot can have.</summary>
    AtIpaEnd,

    /// <summary>Only its last page lies above the VM's IPA size.</summary>
    PageBeyondIpa,
}

/// <summary>A second VMA behind the slot, of the same size as that of the page under test.</summary>
/// <param name="Backing">The memory.</param>
/// <param name="Writable">PROT_READ|PROT_WRITE, or PROT_READ alone.</param>
/// <param name="First">It lies before the page's own VMA, not after it.</param>
public sealed record Neighbour(Backing Backing, bool Writable, bool First);
