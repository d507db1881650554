namespace Harness.Model;

/// <summary>
/// What kvm_run.mmio asks userspace to emulate: io_mem_abort(), arch/arm64/kvm/mmio.c, from the address of the abort
/// and ESR_EL2.ISS.SAS and WnR.
/// </summary>
/// <param name="Address">The guest physical address, to the byte.</param>
/// <param name="Write">A store.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Data">What is stored; 0 of a load.</param>
public readonly record struct MmioRequest(ulong Address, bool Write, int Length, ulong Data)
{
    /// <summary>What a guest's access asks for: those that can be emulated at all are of 32 bits.</summary>
    /// <param name="access">The access.</param>
    /// <param name="address">Where it is made.</param>
    /// <param name="stored">What it stores, if it does.</param>
    public static MmioRequest Of(Access access, ulong address, uint stored) =>
        new(address, access.Stores(), sizeof(uint), access.Stores() ? stored : 0);

    public override string ToString() =>
        $"a {(Write ? "store" : "load")} of {Length} bytes at 0x{Address:x}{(Write ? $" of 0x{Data:x}" : "")}";
}

/// <summary>What kvm_run.memory_fault tells: kvm_prepare_memory_fault_exit(), include/linux/kvm_host.h.</summary>
/// <param name="Address">Of the page that was wanted.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Flags">KVM_MEMORY_EXIT_FLAG_PRIVATE, which no arm64 kernel sets.</param>
public readonly record struct MemoryFaultExit(ulong Address, ulong Size, ulong Flags)
{
    /// <summary>gmem_abort(), arch/arm64/kvm/mmu.c: one page, not private.</summary>
    public static MemoryFaultExit Of(ulong address, ulong pageSize) => new(address, pageSize, 0);

    public override string ToString() => $"0x{Size:x} bytes at 0x{Address:x}, flags 0x{Flags:x}";
}
