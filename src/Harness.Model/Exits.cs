namespace Harness.Model;

/// <summary>
/// The content of kvm_run.mmio when userspace has to emulate an access: io_mem_abort(), arch/arm64/kvm/mmio.c, from the
/// address of the abort and ESR_EL2.ISS.SAS and WnR.
/// </summary>
/// <param name="Address">The guest physical address, to the byte.</param>
/// <param name="Write">A store.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Data">The value stored; 0 for a load.</param>
public readonly record struct MmioRequest(ulong Address, bool Write, int Length, ulong Data)
{
    /// <summary>The request for a guest's access.</summary>
    /// <param name="access">The access.</param>
    /// <param name="address">Its address.</param>
    /// <param name="stored">The value, if it is a store.</param>
    public static MmioRequest Of(Access access, ulong address, uint stored) =>
        new(address, access.Stores(), access.Bytes(), access.Stores() ? Low(stored, access.Bytes()) : 0);

    /// <summary>
    /// vcpu_data_guest_to_host(), arch/arm64/include/asm/kvm_emulate.h: the low bytes of the register.
    /// </summary>
    private static ulong Low(ulong value, int bytes) =>
        bytes < sizeof(ulong) ? value & ((1ul << (8 * bytes)) - 1) : value;

    public override string ToString() =>
        $"a {(Write ? "store" : "load")} of {Length} bytes at 0x{Address:x}{(Write ? $" of 0x{Data:x}" : "")}";
}

/// <summary>The content of kvm_run.memory_fault: kvm_prepare_memory_fault_exit(), include/linux/kvm_host.h.</summary>
/// <param name="Address">The address of the faulting page.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Flags">KVM_MEMORY_EXIT_FLAG_PRIVATE, which no arm64 kernel sets.</param>
public readonly record struct MemoryFaultExit(ulong Address, ulong Size, ulong Flags)
{
    /// <summary>gmem_abort(), arch/arm64/kvm/mmu.c: one page, not private.</summary>
    public static MemoryFaultExit Of(ulong address, ulong pageSize) => new(address, pageSize, 0);

    public override string ToString() => $"0x{Size:x} bytes at 0x{Address:x}, flags 0x{Flags:x}";
}
