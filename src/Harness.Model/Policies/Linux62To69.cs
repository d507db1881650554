using Harness.Model.Aborts;
using Harness.Model.Programs;
using Harness.Model.Slots;
using Harness.Model.Tags;
using static Harness.Model.Policies.Effects;

namespace Harness.Model.Policies;

/// <summary>
/// From 6.2 to 6.9, each as its changes. Between the named releases no decision in the model changed: read were
/// 6.2.1, 6.3.8, 6.4.6, 6.5, 6.6.17, 6.7.3, 6.8.1 and 6.9.
/// </summary>
internal static class Linux62To69
{
    /// <summary>Linux 6.2: tags follow the VMA, regardless of sharing.</summary>
    public static Policy V6_2 { get; } =
        Linux61
            .Policy.As("mainline-6.2", "Memory with tags may be shared: VM_MTE_ALLOWED is checked, not VM_SHARED.")
            .WithTracking(TrackingRules.V6_2)
            .WithTags(TagRules.V6_2)
            .WithAborts(AbortRules.V6_2)
            .WithCapabilities(KvmCapabilities.Rings, KvmCapabilities.RingsWithBitmap)
            .Replace(
                "mte-vma-shared",
                new Rule(
                    "mte-vma-untagged",
                    new Source(
                        "kvm_arch_prepare_memory_region",
                        Mmu,
                        "6.2",
                        "kvm_has_mte(kvm) && !kvm_vma_mte_allowed(vma)"
                    ),
                    "a VM with tags has only memory that can have them",
                    static (in s) => s.Case.Mte && s.UntaggedVma,
                    Refuse(Errno.EINVAL)
                )
            )
            .Replace(
                "mte-fault-shared",
                new Rule(
                    "mte-fault-untagged",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "6.2",
                        "fault_status != ESR_ELx_FSC_PERM && !device && kvm_has_mte(kvm): !mte_allowed"
                    ),
                    "a VM with tags has only memory that can have them, including memory placed behind the slot later",
                    static (in s) => s.TranslationFault && !s.Device && s.Case.Mte && s.UntaggedVma,
                    Fail(Errno.EFAULT)
                )
            );

    /// <summary>Linux 6.5: userspace can query the supported block sizes.</summary>
    public static Policy V6_5 { get; } =
        V6_2.As("mainline-6.5", "Userspace can query which sizes a leaf can have.")
            .WithCapabilities(KvmCapabilities.BlockSizes, KvmCapabilities.SplitSize)
            .WithTracking(TrackingRules.V6_5);

    /// <summary>Linux 6.8: KVM_SET_USER_MEMORY_REGION2, which adds nothing on arm64.</summary>
    public static Policy V6_8 { get; } =
        V6_5.As("mainline-6.8", "There is KVM_SET_USER_MEMORY_REGION2.")
            .WithCapabilities(KvmCapabilities.UserMemory2)
            .WithSlotChecks(SlotChecks.V6_8);

    /// <summary>Linux 6.9: a driver can allow Normal-NC.</summary>
    public static Policy V6_9 { get; } =
        V6_8.As("mainline-6.9", "A device page is Normal-NC where its driver allows that.")
            .Replace(
                "device",
                new Rule(
                    "device-any-uncached",
                    new Source("user_mem_abort", Mmu, "6.9", "device && vfio_allow_any_uc: KVM_PGTABLE_PROT_NORMAL_NC"),
                    "a device page is Normal-NC if its driver allows any uncached type",
                    static (in s) => s.Device && s.Backing.AllowAnyUncached,
                    Type(MemoryType.NormalNonCacheable)
                ),
                new Rule(
                    "device",
                    new Source("user_mem_abort", Mmu, "6.1", "device: KVM_PGTABLE_PROT_DEVICE"),
                    "any other device page is Device-nGnRE",
                    static (in s) => s.Device && !s.Backing.AllowAnyUncached,
                    Type(MemoryType.DeviceNGnRE)
                )
            );
}
