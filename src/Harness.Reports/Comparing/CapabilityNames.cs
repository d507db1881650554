namespace Harness.Reports.Comparing;

/// <summary>KVM_CAP_*, linux/kvm.h: those that the probe reads.</summary>
internal static class CapabilityNames
{
    private static readonly Dictionary<int, string> s_names = new()
    {
        [10] = "NR_MEMSLOTS",
        [81] = "READONLY_MEM",
        [126] = "ARM_PMU_V3",
        [165] = "ARM_VM_IPA_SIZE",
        [168] = "MANUAL_DIRTY_LOG_PROTECT2",
        [177] = "ARM_NISV_TO_USER",
        [178] = "ARM_INJECT_EXT_DABT",
        [192] = "DIRTY_LOG_RING",
        [205] = "ARM_MTE",
        [223] = "DIRTY_LOG_RING_ACQ_REL",
        [225] = "DIRTY_LOG_RING_WITH_BITMAP",
        [228] = "ARM_EAGER_SPLIT_CHUNK_SIZE",
        [229] = "ARM_SUPPORTED_BLOCK_SIZES",
        [231] = "USER_MEMORY2",
        [232] = "MEMORY_FAULT_INFO",
        [233] = "MEMORY_ATTRIBUTES",
        [234] = "GUEST_MEMFD",
        [235] = "VM_TYPES",
        [236] = "PRE_FAULT_MEMORY",
        [239] = "ARM_WRITABLE_IMP_ID_REGS",
        [240] = "ARM_EL2",
        [241] = "ARM_EL2_E2H0",
        [243] = "ARM_CACHEABLE_PFNMAP_SUPPORTED",
        [244] = "GUEST_MEMFD_FLAGS",
        [245] = "ARM_SEA_TO_USER",
        [251] = "ARM_PMU_V3_STRICT",
    };

    /// <returns>Without the prefix; null if it is unknown here.</returns>
    public static string? Find(int number) => s_names.GetValueOrDefault(number);
}
