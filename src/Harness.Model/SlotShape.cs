namespace Harness.Model;

/// <summary>Where KVM_SET_USER_MEMORY_REGION is asked to put the slot, where that is out of the ordinary.</summary>
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

    /// <summary>Its guest physical addresses go round the end of 64 bits.</summary>
    Wrapping,

    /// <summary>Its size is zero, and there is no such slot that could be deleted.</summary>
    Absent,

    /// <summary>It shares a page of guest physical memory with another slot.</summary>
    Overlapping,

    /// <summary>It lies above the VM's IPA size: 40 bits, where KVM_CREATE_VM is not asked for another.</summary>
    BeyondIpa,
}

/// <summary>A second VMA behind the slot, of the same size as that of the page under test.</summary>
/// <param name="Backing">The memory.</param>
/// <param name="Writable">PROT_READ|PROT_WRITE, or PROT_READ alone.</param>
/// <param name="First">It lies before the page's own VMA, not behind it.</param>
public sealed record Neighbour(Backing Backing, bool Writable, bool First);
