namespace Harness.Model.Policies;

/// <summary>
/// What mainline decides, generation by generation, for a slot without guest_memfd in a VM that is not protected and
/// has no MTE. Read it beside arch/arm64/kvm/mmu.c.
/// </summary>
public static class Mainline
{
    private const string Mmu = "arch/arm64/kvm/mmu.c";
    private const string KvmMain = "virt/kvm/kvm_main.c";

    private static Effect Refuse(Errno errno) => new Effect.Refuse(errno);

    private static Effect Fail(Errno errno) => new Effect.End(Outcome.RunFails(errno));

    private static Effect End(Outcome outcome) => new Effect.End(outcome);

    private static Effect Do(Change change) => new Effect.Continue(change);

    /// <summary>Linux 6.12: pfn_is_map_memory() alone decides the memory type.</summary>
    public static Policy V6_12 { get; } = Policy.New(
        "mainline-6.12",
        "The kernel's memory map alone decides: a page outside it is Device, or Normal-NC where its driver allows that.",
        registration:
        [
            new("log-dirty-pfnmap",
                new Source("kvm_arch_prepare_memory_region", Mmu, "6.1", "vma->vm_flags & VM_PFNMAP, KVM_MEM_LOG_DIRTY_PAGES"),
                "a VM_PFNMAP VMA has no pages whose dirtying could be logged",
                static (in s) => s.PfnMap && s.LogDirty,
                Refuse(Errno.EINVAL)),
            new("accept",
                new Source("kvm_arch_prepare_memory_region", Mmu, "6.1", "return 0"),
                "what no other rule refuses is registered",
                static (in s) => true,
                Do(static (ref s) => { })),
        ],
        abort:
        [
            new("readonly-slot-write",
                new Source("kvm_handle_guest_abort", Mmu, "6.1", "write_fault && !writable, io_mem_abort()"),
                "a store to a READONLY slot is emulated by userspace",
                static (in s) => s.WriteFault && s.ReadOnlySlot,
                End(Outcome.MmioExit)),
        ],
        lookup:
        [
            new("vma-not-writable",
                new Source("hva_to_pfn", KvmMain, "6.1", "FOLL_WRITE on a VMA without VM_WRITE"),
                "a store needs a VMA that may be written",
                static (in s) => s.WriteFault && !s.Case.VmaWritable,
                Fail(Errno.EFAULT)),
            new("cow-pfnmap-not-writable",
                new Source("hva_to_pfn_remapped", KvmMain, "6.1", "!pte_write(pte): KVM_PFN_ERR_RO_FAULT"),
                "the PTEs of a private VM_PFNMAP VMA are read-only, and nothing breaks their COW for KVM",
                static (in s) => s.WriteFault && s.PfnMap && s.Private,
                Fail(Errno.EFAULT)),
            new("write-copies",
                new Source("hva_to_pfn_slow", KvmMain, "6.1", "get_user_pages() with FOLL_WRITE breaks COW"),
                "a store to a private mapping gives the process a page of its own; stage 2 loses the old one",
                static (in s) => s.WriteFault && s.Private && !s.PfnMap && !s.CopiedOnWrite,
                Do(static (ref s) => { s.CopiedOnWrite = true; s.Leaf = null; })),
            new("special-pte-refused",
                new Source("hva_to_pfn", KvmMain, "6.1", "get_user_pages() refuses a special PTE; the VMA is not VM_PFNMAP or VM_IO"),
                "a special PTE of a VM_MIXEDMAP VMA can't be pinned, and only VM_PFNMAP and VM_IO have another way",
                static (in s) => s.Backing.Kind == VmaKind.MixedMap && !s.IsMapMemory,
                Fail(Errno.EFAULT)),
            new("host-pte-writable",
                new Source("hva_to_pfn", KvmMain, "6.1", "*writable; memslot_is_readonly()"),
                "the leaf may be writable where the host's PTE is, unless the slot is READONLY",
                static (in s) => s.Case.VmaWritable && !s.ReadOnlySlot && (!s.Private || s.CopiedOnWrite),
                Do(static (ref s) => s.Writable = true)),
            new("driver-page-read",
                new Source("gup_fast_folio_allowed", "mm/gup.c", "6.1", "no folio->mapping: refused where CONFIG_SECRETMEM is set"),
                "a fetch or load from a driver's page asks the fast lookup whether it may be written, which depends on the kernel's configuration",
                static (in s) => s.Backing.Kind == VmaKind.MixedMap && !s.CopiedOnWrite && !s.WriteFault && s.Writable,
                Do(static (ref s) => s.WritableOrNot = true)),
        ],
        map:
        [
            new("device-unless-map-memory",
                new Source("user_mem_abort", Mmu, "6.1", "kvm_is_device_pfn(pfn)"),
                "a page outside the kernel's memory map is a device, whatever the VMA says",
                static (in s) => !s.IsMapMemory,
                Do(static (ref s) => s.Device = true)),
            new("log-dirty-read",
                new Source("user_mem_abort", Mmu, "6.1", "logging_active && !write_fault"),
                "while dirty logging is on, only a store makes a page writable",
                static (in s) => !s.Device && s.LogDirty && !s.WriteFault,
                Do(static (ref s) => s.Writable = false)),
            new("exec-from-device",
                new Source("user_mem_abort", Mmu, "6.1", "exec_fault && device: -ENOEXEC, kvm_inject_pabt()"),
                "nothing is executed from a device page; the guest takes the abort",
                static (in s) => s.ExecFault && s.Device,
                End(Outcome.GuestInstructionAbort)),
            new("writable",
                new Source("user_mem_abort", Mmu, "6.1", "writable: KVM_PGTABLE_PROT_W"),
                "a writable page is mapped writable",
                static (in s) => s.Writable,
                Do(static (ref s) => s.Draft = s.Draft with { Write = true })),
            new("exec-fault",
                new Source("user_mem_abort", Mmu, "6.1", "exec_fault: KVM_PGTABLE_PROT_X"),
                "an instruction fetch makes the page executable",
                static (in s) => s.ExecFault,
                Do(static (ref s) => s.Draft = s.Draft with { Execute = true })),
            new("device-any-uncached",
                new Source("user_mem_abort", Mmu, "6.9", "device && vfio_allow_any_uc: KVM_PGTABLE_PROT_NORMAL_NC"),
                "a device page whose driver allows any uncached type is Normal-NC",
                static (in s) => s.Device && s.Backing.AllowAnyUncached,
                Do(static (ref s) => s.Draft = s.Draft with { Type = MemoryType.NormalNonCacheable })),
            new("device",
                new Source("user_mem_abort", Mmu, "6.1", "device: KVM_PGTABLE_PROT_DEVICE"),
                "any other device page is Device-nGnRE",
                static (in s) => s.Device && !s.Backing.AllowAnyUncached,
                Do(static (ref s) => s.Draft = s.Draft with { Type = MemoryType.DeviceNGnRE })),
            new("normal",
                new Source("user_mem_abort", Mmu, "6.1", "neither DEVICE nor NORMAL_NC: MT_S2_NORMAL, MT_S2_FWB_NORMAL"),
                "every other page is Normal write-back",
                static (in s) => !s.Device,
                Do(static (ref s) => s.Draft = s.Draft with { Type = MemoryType.NormalWriteBack })),
            new("dic-executable",
                new Source("user_mem_abort", Mmu, "6.1", "cpus_have_final_cap(ARM64_HAS_CACHE_DIC)"),
                "with DIC no I-cache invalidation is ever due, so memory is executable at once",
                static (in s) => !s.Device && s.Host.Dic,
                Do(static (ref s) => s.Draft = s.Draft with { Execute = true })),
        ]);

    /// <summary>Linux 6.17: the VMA's type counts for VM_PFNMAP and VM_MIXEDMAP pages outside the kernel's map.</summary>
    public static Policy V6_17 { get; } = V6_12
        .As("mainline-6.17",
            "Cacheable device memory is mapped write-back where FWB and DIC make that safe, and refused at registration elsewhere.")
        .After("log-dirty-pfnmap",
            new Rule("cacheable-pfnmap-unsupported",
                new Source("kvm_arch_prepare_memory_region", Mmu, "6.17",
                    "VM_PFNMAP && kvm_vma_is_cacheable(vma) && !kvm_supports_cacheable_pfnmap()"),
                "without FWB and DIC the kernel would owe cache maintenance that it can't do, so the slot is refused",
                static (in s) => s.PfnMap && s.Backing.Cacheable && !s.SupportsCacheablePfnMap,
                Refuse(Errno.EINVAL)))
        .Replace("device-unless-map-memory",
            new Rule("cacheable-device-unsupported",
                new Source("user_mem_abort", Mmu, "6.17", "is_vma_cacheable && !kvm_supports_cacheable_pfnmap(): -EFAULT"),
                "a cacheable device page that came in behind a registered slot is refused at the fault",
                static (in s) => s.DeviceLike && s.Backing.Cacheable && !s.SupportsCacheablePfnMap,
                Fail(Errno.EFAULT)),
            new Rule("device-like",
                new Source("user_mem_abort", Mmu, "6.17", "vm_flags & (VM_PFNMAP | VM_MIXEDMAP) && !pfn_is_map_memory(pfn)"),
                "a page outside the kernel's map behind such a VMA is a device page",
                static (in s) => s.DeviceLike,
                Do(static (ref s) => s.Device = true)),
            new Rule("non-cacheable-device",
                new Source("user_mem_abort", Mmu, "6.17", "!is_vma_cacheable: s2_force_noncacheable"),
                "a device page behind a non-cacheable VMA must not become cacheable",
                static (in s) => s.Device && !s.Backing.Cacheable,
                Do(static (ref s) => s.ForcedNonCacheable = true)))
        .Replace("exec-from-device",
            new Rule("exec-from-non-cacheable",
                new Source("user_mem_abort", Mmu, "6.17", "exec_fault && s2_force_noncacheable: -ENOEXEC, kvm_inject_sea_iabt()"),
                "nothing is executed from a non-cacheable page; the guest takes the abort",
                static (in s) => s.ExecFault && s.ForcedNonCacheable,
                End(Outcome.GuestInstructionAbort)))
        .Replace("device-any-uncached",
            new Rule("non-cacheable-any-uncached",
                new Source("user_mem_abort", Mmu, "6.17", "s2_force_noncacheable && vfio_allow_any_uc: KVM_PGTABLE_PROT_NORMAL_NC"),
                "a non-cacheable page whose driver allows any uncached type is Normal-NC",
                static (in s) => s.ForcedNonCacheable && s.Backing.AllowAnyUncached,
                Do(static (ref s) => s.Draft = s.Draft with { Type = MemoryType.NormalNonCacheable })))
        .Replace("device",
            new Rule("non-cacheable",
                new Source("user_mem_abort", Mmu, "6.17", "s2_force_noncacheable: KVM_PGTABLE_PROT_DEVICE"),
                "any other non-cacheable page is Device-nGnRE",
                static (in s) => s.ForcedNonCacheable && !s.Backing.AllowAnyUncached,
                Do(static (ref s) => s.Draft = s.Draft with { Type = MemoryType.DeviceNGnRE })))
        .Replace("normal",
            new Rule("normal",
                new Source("user_mem_abort", Mmu, "6.17", "neither DEVICE nor NORMAL_NC: MT_S2_NORMAL, MT_S2_FWB_NORMAL"),
                "every other page is Normal write-back",
                static (in s) => !s.ForcedNonCacheable,
                Do(static (ref s) => s.Draft = s.Draft with { Type = MemoryType.NormalWriteBack })))
        .Replace("dic-executable",
            new Rule("dic-executable",
                new Source("user_mem_abort", Mmu, "6.17", "!s2_force_noncacheable && cpus_have_final_cap(ARM64_HAS_CACHE_DIC)"),
                "with DIC no I-cache invalidation is ever due, so cacheable memory is executable at once",
                static (in s) => !s.ForcedNonCacheable && s.Host.Dic,
                Do(static (ref s) => s.Draft = s.Draft with { Execute = true })));

    /// <summary>
    /// Linux 7.2: what 6.17 decides, after 7.1 split user_mem_abort() into helpers. What 7.2 itself changed is how large
    /// a VM_PFNMAP page is mapped, which no case asks yet.
    /// </summary>
    public static Policy V7_2 { get; } = V6_17
        .As("mainline-7.2", "Decides as mainline-6.17, in the helpers that user_mem_abort() was split into.")
        .Moved("cacheable-device-unsupported", "kvm_s2_fault_pin_pfn", "7.1")
        .Moved("device-like", "kvm_s2_fault_pin_pfn", "7.1")
        .Moved("non-cacheable-device", "kvm_s2_fault_pin_pfn", "7.1", "!is_vma_cacheable: map_non_cacheable")
        .Moved("log-dirty-read", "kvm_s2_fault_compute_prot", "7.1", "writable && (device || !logging_active || write_fault)")
        .Moved("exec-from-non-cacheable", "kvm_s2_fault_compute_prot", "7.1", "exec_fault && map_non_cacheable: -ENOEXEC")
        .Moved("writable", "kvm_s2_fault_compute_prot", "7.1")
        .Moved("exec-fault", "kvm_s2_fault_compute_prot", "7.1")
        .Moved("non-cacheable-any-uncached", "kvm_s2_fault_compute_prot", "7.1", "map_non_cacheable && vm_flags & VM_ALLOW_ANY_UNCACHED")
        .Moved("non-cacheable", "kvm_s2_fault_compute_prot", "7.1", "map_non_cacheable: KVM_PGTABLE_PROT_DEVICE")
        .Moved("normal", "kvm_s2_fault_compute_prot", "7.1")
        .Moved("dic-executable", "kvm_s2_fault_compute_prot", "7.1", "!map_non_cacheable && ARM64_HAS_CACHE_DIC");
}
