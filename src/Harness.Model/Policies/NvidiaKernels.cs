using static Harness.Model.Policies.Effects;

namespace Harness.Model.Policies;

/// <summary>
/// NVIDIA's kernels for Grace (NVIDIA/NV-Kernels), which mapped GPU memory cacheable before mainline did. Their 6.17
/// decides as mainline's: the test that it adds in "exec_fault &amp;&amp; s2_force_noncacheable &amp;&amp; mt !=
/// MT_NORMAL" always succeeds there.
/// </summary>
public static class NvidiaKernels
{
    private const string Patch = "NVIDIA: SAUCE: KVM: arm64: determine memory type from VMA";

    /// <summary>6.11: stage 2 has the VMA's type, for any backing.</summary>
    public static Policy V6_11 { get; } =
        Mainline
            .V6_10.As(
                "nvidia-6.11",
                "The VMA's memory type alone determines that of stage 2, also for RAM; without FWB no page without a struct page is mapped."
            )
            .Replace(
                "device-any-uncached",
                new Rule(
                    "vma-any-uncached",
                    Of(
                        "mapping_type(vma->vm_page_prot) is none of Normal's, vfio_allow_any_uc: KVM_PGTABLE_PROT_NORMAL_NC"
                    ),
                    "memory behind a non-cacheable VMA is Normal-NC if its driver allows any uncached type",
                    static (in s) => !s.Backing.Cacheable && s.Backing.AllowAnyUncached,
                    Type(MemoryType.NormalNonCacheable)
                )
            )
            .Replace(
                "device",
                new Rule(
                    "vma-device",
                    Of("mapping_type(vma->vm_page_prot) is none of Normal's: KVM_PGTABLE_PROT_DEVICE"),
                    "any other memory behind a non-cacheable VMA is Device-nGnRE, RAM too",
                    static (in s) => !s.Backing.Cacheable && !s.Backing.AllowAnyUncached,
                    Type(MemoryType.DeviceNGnRE)
                )
            )
            .Replace(
                "normal",
                new Rule(
                    "vma-write-back",
                    Of("neither DEVICE nor NORMAL_NC: MT_S2_NORMAL, MT_S2_FWB_NORMAL"),
                    "any memory behind a cacheable VMA is Normal write-back",
                    static (in s) => s.Backing.Cacheable,
                    Type(MemoryType.NormalWriteBack)
                )
            )
            .Replace(
                "dic-executable",
                new Rule(
                    "dic-executable",
                    Of("else if (cpus_have_final_cap(ARM64_HAS_CACHE_DIC)), of the VMA's type"),
                    "with DIC no I-cache invalidation is ever due, so memory behind a cacheable VMA is executable at once, a device page too",
                    static (in s) => s.Backing.Cacheable && s.Host.Dic,
                    Do(static (ref s) => s.Draft = s.Draft with { Execute = true })
                ),
                new Rule(
                    "no-struct-page-without-fwb",
                    Of("!stage2_has_fwb(pgt) && !(pfn_valid(pfn)): -EINVAL"),
                    "without FWB a page that has no struct page is refused, even one that would not be cached",
                    static (in s) => !s.Host.Fwb && !s.IsMapMemory,
                    Fail(Errno.EINVAL)
                ),
                new Rule(
                    "exec-non-cacheable-invalid",
                    new Source(
                        "stage2_set_prot_attr",
                        Pgtable,
                        "6.11",
                        "KVM_PGTABLE_PROT_X with DEVICE or NORMAL_NC: -EINVAL; reached by RAM behind a non-cacheable VMA"
                    ),
                    "no leaf is created executable and not cacheable, but one may become so by a permission fault",
                    static (in s) =>
                        (s.TranslationFault || s.MapsAnew)
                        && s.Draft.Execute
                        && s.Draft.Type != MemoryType.NormalWriteBack,
                    Fail(Errno.EINVAL)
                )
            );

    /// <summary>6.14 from 6.14.0-1009 on: the commits of 6.17 in place of the patch above.</summary>
    public static Policy V6_14 { get; } =
        CacheablePfnMap.On(
            Mainline.V6_14.As(
                "nvidia-6.14",
                "As mainline-6.17, which it takes the decision from, on 6.14: in protected mode there are no blocks."
            )
        );

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<Policy> All { get; } = [V6_11, V6_14];

    private static Source Of(string note) => new("user_mem_abort", Mmu, "6.11", $"{Patch}: {note}");
}
