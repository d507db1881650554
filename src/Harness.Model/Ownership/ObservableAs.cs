namespace Harness.Model.Ownership;

/// <summary>By what a guest's access is known to be private or shared.</summary>
public enum ObservableAs : byte
{
    /// <summary>By nothing: there is nothing private.</summary>
    Nothing,

    /// <summary>A bit of the guest physical address: TDX, CCA.</summary>
    AddressBit,

    /// <summary>A bit of the guest's own table entry, which is no part of the address: SEV's C-bit.</summary>
    TableBit,

    /// <summary>
    /// Nothing a priori: the state that the hypervisor keeps of the page, and the guest changes by hypercall. pKVM,
    /// Gunyah.
    /// </summary>
    HypervisorState,

    /// <summary>What the file behind the slot was made as, for good: guest_memfd on arm64.</summary>
    FileFlag,
}
