namespace Harness.Model.Ownership;

/// <summary>How a guest's access is identified as private or shared.</summary>
public enum ObservableAs : byte
{
    /// <summary>It is not: nothing is private.</summary>
    Nothing,

    /// <summary>A bit of the guest physical address: TDX, CCA.</summary>
    AddressBit,

    /// <summary>A bit of the guest's table entry that is not part of the address: SEV's C-bit.</summary>
    TableBit,

    /// <summary>
    /// Nothing in the access: the page state that the hypervisor keeps, and the guest changes by hypercall. pKVM,
    /// Gunyah.
    /// </summary>
    HypervisorState,

    /// <summary>The flags that the file behind the slot was created with: guest_memfd on arm64.</summary>
    FileFlag,
}
