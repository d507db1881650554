using static Harness.Model.Policies.Effects;

namespace Harness.Model.Policies;

/// <summary>The capabilities that concern memory, with the values of each kernel.</summary>
internal static class KvmCapabilities
{
    public static Capability[] Linux61 { get; } =
    [
        new(81, "READONLY_MEM", OfArm("6.1"), static _ => 1),
        Generic(168, "MANUAL_DIRTY_LOG_PROTECT2", 3, "6.1"), // MANUAL_PROTECT_ENABLE and INITIALLY_SET
        new(177, "ARM_NISV_TO_USER", OfArm("6.1"), static _ => 1),
        new(178, "ARM_INJECT_EXT_DABT", OfArm("6.1"), static _ => 1),
        Generic(192, "DIRTY_LOG_RING", 0, "6.1"), // CONFIG_HAVE_KVM_DIRTY_RING_TSO is x86's
        new(205, "ARM_MTE", OfArm("6.1", "system_supports_mte()"), static host => host.Mte ? 1 : 0),
        Generic(223, "DIRTY_LOG_RING_ACQ_REL", 0, "6.1"),
        Absent(225, "DIRTY_LOG_RING_WITH_BITMAP"),
        Absent(228, "ARM_EAGER_SPLIT_CHUNK_SIZE"),
        Absent(229, "ARM_SUPPORTED_BLOCK_SIZES"),
        Absent(231, "USER_MEMORY2"),
        Absent(232, "MEMORY_FAULT_INFO"),
        Absent(233, "MEMORY_ATTRIBUTES"),
        Absent(234, "GUEST_MEMFD"),
        Absent(235, "VM_TYPES"),
        Absent(236, "PRE_FAULT_MEMORY"),
        Absent(240, "ARM_EL2"),
        Absent(243, "ARM_CACHEABLE_PFNMAP_SUPPORTED"),
        Absent(244, "GUEST_MEMFD_FLAGS"),
        Absent(245, "ARM_SEA_TO_USER"),
        Absent(251, "ARM_PMU_V3_STRICT"),
    ];

    /// <summary>kvm_pkvm_ext_allowed() allows it for no VM.</summary>
    public static Capability MteUnlessProtected { get; } =
        new(205, "ARM_MTE", OfArm("7.0", "kvm_pkvm_ext_allowed(); system_supports_mte()"), static host =>
            host.Mte && host.Mode != KvmMode.Protected ? 1 : 0
        );

    /// <summary>KVM_DIRTY_RING_MAX_ENTRIES of 16 bytes: CONFIG_HAVE_KVM_DIRTY_RING_ACQ_REL.</summary>
    public static Capability Rings { get; } = Generic(223, "DIRTY_LOG_RING_ACQ_REL", 1 << 20, "6.2");

    /// <summary>CONFIG_NEED_KVM_DIRTY_RING_WITH_BITMAP.</summary>
    public static Capability RingsWithBitmap { get; } = Generic(225, "DIRTY_LOG_RING_WITH_BITMAP", 1, "6.2");

    /// <summary>The size that was set, which is 0 for a VM that has set none, and for /dev/kvm.</summary>
    public static Capability SplitSize { get; } =
        new(228, "ARM_EAGER_SPLIT_CHUNK_SIZE", OfArm("6.5", "kvm->arch.mmu.split_page_chunk_size"), static _ => 0);

    /// <summary>A leaf of each level from KVM_PGTABLE_MIN_BLOCK_LEVEL to 3.</summary>
    public static Capability BlockSizes { get; } =
        new(229, "ARM_SUPPORTED_BLOCK_SIZES", OfArm("6.5", "kvm_supported_block_sizes()"), LeafSizes);

    /// <summary>kvm_pkvm_ext_allowed() allows it for no VM, nor for /dev/kvm.</summary>
    public static Capability BlockSizesUnlessProtected { get; } =
        new(
            229,
            "ARM_SUPPORTED_BLOCK_SIZES",
            OfArm("7.3", "kvm_pkvm_ext_allowed(); kvm_supported_block_sizes()"),
            static host => host.Mode == KvmMode.Protected ? 0 : LeafSizes(host)
        );

    // A bit for each. arch/arm64/include/asm/kvm_pgtable.h: blocks of level 1 exist with pages of 4 KiB only.
    private static int LeafSizes(HostFacts host) =>
        host.PageKiB switch
        {
            16 => 32 << 20 | 16 << 10,
            64 => 512 << 20 | 64 << 10,
            _ => 1 << 30 | 2 << 20 | 4 << 10,
        };

    public static Capability UserMemory2 { get; } = Generic(231, "USER_MEMORY2", 1, "6.8");

    public static Capability GuestMemory { get; } = Generic(234, "GUEST_MEMFD", 1, "6.18");

    /// <summary>MMAP and INIT_SHARED.</summary>
    public static Capability GuestMemoryFlags { get; } = Generic(244, "GUEST_MEMFD_FLAGS", 3, "6.18");

    /// <summary>VMs may have EL2.</summary>
    public static Capability El2 { get; } =
        new(240, "ARM_EL2", OfArm("6.16", "cpus_have_final_cap(ARM64_HAS_NESTED_VIRT)"), static host =>
            host.Nested ? 1 : 0
        );

    /// <summary>The code checks for a VM before it returns a value, so /dev/kvm returns EINVAL.</summary>
    public static Capability CacheablePfnMap { get; } =
        new(
            243,
            "ARM_CACHEABLE_PFNMAP_SUPPORTED",
            OfArm("6.17", "!kvm: -EINVAL; kvm_supports_cacheable_pfnmap()"),
            static host => host.Fwb && host.Dic ? 1 : 0,
            static _ => -(int)Errno.EINVAL
        );

    public static Capability SeaToUser { get; } = new(245, "ARM_SEA_TO_USER", OfArm("6.19"), static _ => 1);

    /// <summary>As KVM_CAP_ARM_PMU_V3: where the host has a PMU that KVM can emulate.</summary>
    public static Capability PmuStrict { get; } =
        new(251, "ARM_PMU_V3_STRICT", OfArm("7.3", "kvm_supports_guest_pmuv3()"), static _ => 1) { Like = 126 };

    private static Capability Generic(int number, string name, int value, string since) =>
        new(number, name, new Source("kvm_vm_ioctl_check_extension_generic", KvmMain, since), _ => value)
        {
            Generic = true,
        };

    private static Capability Absent(int number, string name) =>
        new(number, name, OfArm("6.1", "default: 0"), static _ => 0);

    private static Source OfArm(string since, string? note = null) =>
        new("kvm_vm_ioctl_check_extension", Arm, since, note);
}
