using Harness.Model.Ownership.Machines;
using Harness.Model.Programs;
using Harness.Model.Tags;
using static Harness.Model.Policies.Effects;

namespace Harness.Model.Policies;

/// <summary>
/// From 6.10 to 6.16, each as its changes. Read: 6.10, 6.11.11, 6.12 at many of its releases, 6.13.7, 6.14 and 6.16.12;
/// 6.15 was not read.
/// </summary>
internal static class Linux610To616
{
    /// <summary>Linux 6.10: GUP's fast path checks every small page for secret memory.</summary>
    public static Policy V6_10 { get; } =
        Linux62To69
            .V6_9.As(
                "mainline-6.10",
                "Whether a load finds a driver's page writable depends on the kernel's configuration."
            )
            .WithTags(TagRules.V6_10)
            .WithMemory(MemoryRules.V6_11)
            .Replace(
                "store-copies",
                new Rule(
                    "store-copies",
                    new Source(
                        "kvm_unmap_gfn_range",
                        Mmu,
                        "6.10",
                        "wp_page_copy(); kvm_set_spte_gfn() and the notifier change_pte are gone"
                    ),
                    "the process's own store copies the page of a private mapping; stage 2 unmaps the old one",
                    static (in s) => s.Change == ChangeKind.Store && s.Private && !s.CopiedOnWrite,
                    Do(
                        static (ref s) =>
                        {
                            s.CopiedOnWrite = true;
                            s.Leaf = null;
                        }
                    )
                )
            )
            .Replace(
                "vfio-unmaps",
                new Rule(
                    "vfio-unmaps",
                    new Source(
                        "vfio_pci_zap_bars",
                        VfioCore,
                        "6.10",
                        "unmap_mapping_range() of the offsets of all BARs; vfio_basic_config_write(), vfio_pci_ioctl_reset()"
                    ),
                    "the BARs of a device whose memory is disabled, or that is reset, are unmapped from stage 2, whoever mapped them",
                    static (in s) => s.Case.Change is { UnmapsBars: true } && s.Backing.OfVfio,
                    Do(static (ref s) => s.Leaf = null)
                ),
                new Rule(
                    "vfio-unmaps-for-good",
                    new Source(
                        "nvgrace_gpu_mmap",
                        "drivers/vfio/pci/nvgrace-gpu/main.c",
                        "6.10",
                        "remap_pfn_range(), no vm_ops; vma->vm_pgoff = start_pfn, below 6 TiB taken for an offset of a BAR"
                    ),
                    "what a variant driver mapped at mmap(2) has no fault handler that would map it again",
                    static (in s) =>
                        s.Case.Change is { UnmapsBars: true } && s.Backing is { OfVfio: true, MapsOnFault: false },
                    Do(static (ref s) => s.Missing = true)
                )
            )
            .After(
                "host-pte-writable",
                new Rule(
                    "driver-page-read",
                    new Source(
                        "gup_fast_folio_allowed",
                        "mm/gup.c",
                        "6.10",
                        "!mapping: refused where CONFIG_SECRETMEM is set"
                    ),
                    "whether a fetch or load finds a driver's page writable is decided by the fast lookup, which depends on the kernel's configuration",
                    static (in s) => s.Kind == VmaKind.MixedMap && !s.CopiedOnWrite && !s.WriteFault && s.Writable,
                    Do(static (ref s) => s.Unspecified |= Unspecified.Writable)
                )
            );

    /// <summary>
    /// Linux 6.13: pages are looked up by kvm_follow_pfn(), which takes no reference to those of VM_PFNMAP.
    /// </summary>
    public static Policy V6_13 { get; } =
        V6_10
            .As("mainline-6.13", "A VM_PFNMAP page needs no count: the lookup takes no reference to it.")
            .WithTags(TagRules.V6_13)
            .Without("pfnmap-page-unheld");

    /// <summary>
    /// Linux 6.14: in protected mode the hypervisor manages the stage 2 of ordinary VMs, too, in pages.
    /// </summary>
    public static Policy V6_14 { get; } =
        V6_13
            .As(
                "mainline-6.14",
                "In protected mode the hypervisor maps an ordinary VM's memory: as Normal write-back, and by pages."
            )
            .WithOwnership(Arm64.V6_14)
            .Replace("pfnmap-block", OutsideProtectedMode(V6_13.Rule("pfnmap-block")))
            .Replace("host-huge-page", OutsideProtectedMode(V6_13.Rule("host-huge-page")))
            .After(
                "relax-keeps-execute",
                new Rule(
                    "pkvm-type",
                    new Source("__pkvm_host_share_guest", MemProtect, "6.14", "prot & ~KVM_PGTABLE_PROT_RWX: -EINVAL"),
                    "in protected mode the hypervisor shares memory with a guest only as Normal write-back",
                    static (in s) =>
                        s.UnderHypervisor && s.TranslationFault && s.Draft.Type != MemoryType.NormalWriteBack,
                    Fail(Errno.EINVAL)
                ),
                // Memory that the kernel doesn't know is a device's: its type was refused.
                new Rule(
                    "pkvm-memory",
                    new Source(
                        "pkvm_pgtable_stage2_map",
                        Pkvm,
                        "6.14",
                        "check_range_allowed_memory(): -EPERM, taken for a race: -EAGAIN"
                    ),
                    "in protected mode the hypervisor only shares memory of the memory map that it got at boot, and the guest retries forever",
                    static (in s) => s.UnderHypervisor && s.TranslationFault && !s.IsHypervisorMemory,
                    End(Outcome.Stalls)
                )
            );

    /// <summary>Linux 6.16, or 6.15, which was not read: the hypervisor supports blocks of 2 MiB.</summary>
    public static Policy V6_16 { get; } =
        V6_14
            .As("mainline-6.16", "In protected mode an ordinary VM has blocks again; VMs may have EL2.")
            .WithCapabilities(KvmCapabilities.El2)
            .Replace("pfnmap-block", V6_13.Rule("pfnmap-block"))
            .Replace("host-huge-page", V6_13.Rule("host-huge-page"))
            .Replace("host-pte-writable", ExceptLoadsOfDax(V6_14.Rule("host-pte-writable")))
            .Replace(
                "pkvm-memory",
                new Rule(
                    "pkvm-memory",
                    new Source(
                        "pkvm_pgtable_stage2_map",
                        Pkvm,
                        "6.16",
                        "check_range_allowed_memory(): -EPERM; WARN_ON(ret)"
                    ),
                    "in protected mode the hypervisor only shares memory of the memory map that it got at boot",
                    static (in s) => s.UnderHypervisor && s.TranslationFault && !s.IsHypervisorMemory,
                    Fail(Errno.EPERM)
                )
            );

    /// <summary>
    /// 6.16.12: vmf_insert_folio_pmd(), mm/huge_memory.c, marks the PMD of a DAX page special; gup_fast_pmd_leaf(), on
    /// which a load depends, refuses such a PMD. 6.17 no longer marks it.
    /// </summary>
    private static Rule ExceptLoadsOfDax(Rule rule) =>
        rule with
        {
            Source = new Source(
                "hva_to_pfn_slow",
                KvmMain,
                "6.16",
                "get_user_page_fast_only(): a DAX page's PMD is special, vmf_insert_folio_pmd(); memslot_is_readonly()"
            ),
            Says =
                "the leaf may be writable where the host's PTE is, unless the slot is READONLY; after a load not of DAX",
            When = (in s) => (s.WriteFault || s.Backing.Provider != Provider.Dax) && rule.When(in s),
        };

    private static Rule OutsideProtectedMode(Rule rule) =>
        rule with
        {
            Source = new Source(
                "user_mem_abort",
                Mmu,
                "6.14",
                "logging_active || is_protected_kvm_enabled(): force_pte"
            ),
            When = (in s) => !s.UnderHypervisor && rule.When(in s),
        };
}
