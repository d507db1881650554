using static Harness.Model.Policies.Effects;

namespace Harness.Model.Policies;

/// <summary>
/// "KVM: arm64: Map GPU device memory as cacheable", five commits of 6.17 that vendors have backported: the VMA's type
/// decides for VM_PFNMAP and VM_MIXEDMAP pages outside the kernel's memory map.
/// </summary>
internal static class CacheablePfnMap
{
    /// <summary>A policy of an older kernel with these commits added.</summary>
    public static Policy On(Policy policy) =>
        policy
            .After(
                "log-dirty-pfnmap",
                new Rule(
                    "cacheable-pfnmap-unsupported",
                    new Source(
                        "kvm_arch_prepare_memory_region",
                        Mmu,
                        "6.17",
                        "VM_PFNMAP && kvm_vma_is_cacheable(vma) && !kvm_supports_cacheable_pfnmap()"
                    ),
                    "without FWB and DIC the kernel would owe cache maintenance that it can't do, so the slot is refused",
                    static (in s) => s.PfnMap && s.Backing.Cacheable && !s.SupportsCacheablePfnMap,
                    Refuse(Errno.EINVAL)
                )
            )
            .Replace(
                "device-unless-map-memory",
                new Rule(
                    "cacheable-device-unsupported",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "6.17",
                        "is_vma_cacheable && !kvm_supports_cacheable_pfnmap(): -EFAULT"
                    ),
                    "a cacheable device page that was placed behind a registered slot is refused at the fault",
                    static (in s) => s.DeviceLike && s.Backing.Cacheable && !s.SupportsCacheablePfnMap,
                    Fail(Errno.EFAULT)
                ),
                new Rule(
                    "non-cacheable-device",
                    new Source("user_mem_abort", Mmu, "6.17", "!is_vma_cacheable: s2_force_noncacheable"),
                    "a device page behind a non-cacheable VMA must not become cacheable",
                    static (in s) => s.DeviceLike && !s.Backing.Cacheable,
                    Do(static (ref s) => s.ForcedNonCacheable = true)
                )
            )
            .Replace(
                "log-dirty-read",
                new Rule(
                    "log-dirty-read",
                    new Source("user_mem_abort", Mmu, "6.17", "else if (logging_active && !write_fault)"),
                    "while dirty logging is on, only a store makes a page writable; a device page is not checked",
                    static (in s) => !s.DeviceLike && s.Logging && !s.WriteFault,
                    Do(static (ref s) => s.Writable = false)
                )
            )
            .Replace(
                "exec-from-device",
                new Rule(
                    "exec-from-non-cacheable",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "6.17",
                        "exec_fault && s2_force_noncacheable: -ENOEXEC, kvm_inject_sea_iabt()"
                    ),
                    "nothing is executed from a non-cacheable page; the guest takes the abort",
                    static (in s) => s.ExecFault && s.ForcedNonCacheable,
                    End(Outcome.GuestInstructionAbort)
                )
            )
            .Replace(
                "mte-fault-untagged",
                new Rule(
                    "mte-fault-untagged",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "6.17",
                        "!fault_is_perm && !s2_force_noncacheable && kvm_has_mte(kvm): !mte_allowed"
                    ),
                    "a VM with tags has only cacheable memory that can have them, including memory placed behind the slot later",
                    static (in s) => s.TranslationFault && !s.ForcedNonCacheable && s.Case.Mte && s.UntaggedVma,
                    Fail(Errno.EFAULT)
                )
            )
            .Replace(
                "device-any-uncached",
                new Rule(
                    "non-cacheable-any-uncached",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "6.17",
                        "s2_force_noncacheable && vfio_allow_any_uc: KVM_PGTABLE_PROT_NORMAL_NC"
                    ),
                    "a non-cacheable page is Normal-NC if its driver allows any uncached type",
                    static (in s) => s.ForcedNonCacheable && s.Backing.AllowAnyUncached,
                    Type(MemoryType.NormalNonCacheable)
                )
            )
            .Replace(
                "device",
                new Rule(
                    "non-cacheable",
                    new Source("user_mem_abort", Mmu, "6.17", "s2_force_noncacheable: KVM_PGTABLE_PROT_DEVICE"),
                    "any other non-cacheable page is Device-nGnRE",
                    static (in s) => s.ForcedNonCacheable && !s.Backing.AllowAnyUncached,
                    Type(MemoryType.DeviceNGnRE)
                )
            )
            .Replace(
                "normal",
                new Rule(
                    "normal",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "6.17",
                        "neither DEVICE nor NORMAL_NC: MT_S2_NORMAL, MT_S2_FWB_NORMAL"
                    ),
                    "every other page is Normal write-back",
                    static (in s) => !s.ForcedNonCacheable,
                    Type(MemoryType.NormalWriteBack)
                )
            )
            .Replace(
                "dic-executable",
                new Rule(
                    "dic-executable",
                    new Source(
                        "user_mem_abort",
                        Mmu,
                        "6.17",
                        "!s2_force_noncacheable && cpus_have_final_cap(ARM64_HAS_CACHE_DIC)"
                    ),
                    "with DIC no I-cache invalidation is ever due, so cacheable memory is executable at once",
                    static (in s) => !s.ForcedNonCacheable && s.Host.Dic,
                    Do(static (ref s) => s.Draft = s.Draft with { Execute = true })
                )
            )
            .WithCapabilities(KvmCapabilities.CacheablePfnMap);
}
