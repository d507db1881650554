using static Harness.Model.Policies.Effects;

namespace Harness.Model.Policies;

/// <summary>
/// The complete decision in Linux 6.1. Every later generation is written as differences from it. For a slot in a VM
/// that is not protected. Read it beside arch/arm64/kvm/mmu.c.
/// </summary>
internal static class Linux61
{
    private static readonly Rule[] Registration =
    [
        new(
            "mte-unsupported",
            new Source("kvm_vm_ioctl_enable_cap", Arm, "6.1", "KVM_CAP_ARM_MTE: !system_supports_mte()"),
            "a host without MTE gives no VM tags",
            static (in s) => s.Case.Mte && !s.Host.Mte,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-unknown",
            new Source(
                "kvm_vm_ioctl",
                KvmMain,
                "6.1",
                "KVM_CREATE_GUEST_MEMFD falls through to kvm_arch_vm_ioctl(): -EINVAL"
            ),
            "there is no guest_memfd",
            static (in s) => s.GuestMemory,
            Refuse(Errno.EINVAL)
        ),
        new(
            "slot-unaligned",
            new Source(
                "__kvm_set_memory_region",
                KvmMain,
                "6.1",
                "memory_size, guest_phys_addr or userspace_addr & (PAGE_SIZE - 1)"
            ),
            "a slot is made of whole pages",
            static (in s) =>
                s.Case.Placement is Placement.AddressUnaligned or Placement.HostUnaligned or Placement.SizeUnaligned,
            Refuse(Errno.EINVAL)
        ),
        new(
            "slot-wraps",
            new Source("__kvm_set_memory_region", KvmMain, "6.1", "guest_phys_addr + memory_size < guest_phys_addr"),
            "a slot ends after its beginning",
            static (in s) => s.Case.Placement == Placement.Wrapping,
            Refuse(Errno.EINVAL)
        ),
        new(
            "slot-absent",
            new Source("__kvm_set_memory_region", KvmMain, "6.1", "!npages: !old || !old->npages"),
            "only an existing slot can be deleted",
            static (in s) => s.Case.Placement == Placement.Absent,
            Refuse(Errno.EINVAL)
        ),
        new(
            "slot-readonly-for-good",
            new Source("__kvm_set_memory_region", KvmMain, "6.1", "(mem->flags ^ old->flags) & KVM_MEM_READONLY"),
            "a slot's READONLY flag can't be changed",
            static (in s) => s.SlotExists && ((s.Slot ^ s.Case.Slot) & SlotFlags.ReadOnly) != 0,
            Refuse(Errno.EINVAL)
        ),
        new(
            "slot-overlaps",
            new Source("__kvm_set_memory_region", KvmMain, "6.1", "kvm_check_memslot_overlap()"),
            "a guest's page belongs to one slot",
            static (in s) =>
                s.Case.Placement == Placement.Overlapping || (s.SlotExists && s.Change == ChangeKind.MoveOnto),
            Refuse(Errno.EEXIST)
        ),
        new(
            "slot-beyond-ipa",
            new Source(
                "kvm_arch_prepare_memory_region",
                Mmu,
                "6.1",
                "base_gfn + npages > kvm_phys_size(kvm) >> PAGE_SHIFT"
            ),
            "a slot lies below the VM's IPA size",
            static (in s) =>
                s.Case.Placement is Placement.BeyondIpa or Placement.PageBeyondIpa
                || (s.SlotExists && s.Change == ChangeKind.MoveBeyondIpa),
            Refuse(Errno.EFAULT)
        ),
        new(
            "mte-vma-shared",
            new Source("kvm_arch_prepare_memory_region", Mmu, "6.1", "kvm_has_mte(kvm) && vma->vm_flags & VM_SHARED"),
            "a VM with tags has no shared memory",
            static (in s) => s.Case.Mte && s.Kind != VmaKind.Hole && !s.Private,
            Refuse(Errno.EINVAL)
        ),
        new(
            "log-dirty-pfnmap",
            new Source(
                "kvm_arch_prepare_memory_region",
                Mmu,
                "6.1",
                "vma->vm_flags & VM_PFNMAP, KVM_MEM_LOG_DIRTY_PAGES"
            ),
            "a VM_PFNMAP VMA can't be logged for dirty pages",
            static (in s) => s.PfnMap && s.LogDirty,
            Refuse(Errno.EINVAL)
        ),
        new(
            "accept",
            new Source("kvm_arch_prepare_memory_region", Mmu, "6.1", "return 0"),
            "a slot that no other rule refuses is registered",
            static (in s) => true,
            Do(static (ref s) => { })
        ),
    ];

    private static readonly Rule[] Change =
    [
        new(
            "host-unmaps",
            new Source("kvm_unmap_gfn_range", Mmu, "6.1", "kvm_mmu_notifier_invalidate_range_start()"),
            "memory that the process unmaps, moves, replaces or protects is unmapped from stage 2 first, unless mprotect(2) changes nothing",
            static (in s) =>
                s.Change switch
                {
                    ChangeKind.Unmap or ChangeKind.MoveMapping or ChangeKind.Replace => true,
                    ChangeKind.ProtectRead => s.VmaWritable,
                    ChangeKind.ProtectNone => !s.Inaccessible,
                    _ => false,
                },
            Do(static (ref s) => s.Leaf = null)
        ),
        new(
            "vma-gone",
            new Source("vma_lookup", "mm/mmap.c", "6.1", "after munmap(2), and after mremap(2) to another address"),
            "at the address of unmapped or moved memory nothing is mapped",
            static (in s) => s.Change is ChangeKind.Unmap or ChangeKind.MoveMapping,
            Do(
                static (ref s) =>
                    s.Backing = new Backing(
                        VmaKind.Hole,
                        KernelMap.Known,
                        VmaMemoryType.WriteBack,
                        Sharing.Shared,
                        AllowAnyUncached: false
                    )
            )
        ),
        new(
            "vma-replaced",
            new Source("mmap_region", "mm/mmap.c", "6.1", "MAP_FIXED"),
            "the slot's address now maps other memory; KVM doesn't check it",
            static (in s) => s.Change == ChangeKind.Replace,
            Do(
                static (ref s) =>
                {
                    s.Backing = s.Case.Change?.To ?? s.Backing;
                    s.VmaWritable = true;
                    s.Inaccessible = false;
                    s.CopiedOnWrite = false;
                }
            )
        ),
        new(
            "vma-protected",
            new Source(
                "mprotect_fixup",
                "mm/mprotect.c",
                "6.1",
                "without PROT_WRITE; vm_page_prot keeps its memory type"
            ),
            "the VMA is no longer writable",
            static (in s) => s.Change is ChangeKind.ProtectRead or ChangeKind.ProtectNone,
            Do(static (ref s) => s.VmaWritable = false)
        ),
        new(
            "vma-closed",
            new Source("mprotect_fixup", "mm/mprotect.c", "6.1", "PROT_NONE"),
            "the VMA is no longer readable either",
            static (in s) => s.Change == ChangeKind.ProtectNone,
            Do(static (ref s) => s.Inaccessible = true)
        ),
        new(
            "vfio-unmaps",
            new Source(
                "vfio_pci_zap_and_vma_lock",
                VfioCore,
                "6.1",
                "vfio_basic_config_write(): PCI_COMMAND_MEMORY cleared; vfio_pci_ioctl_reset(). Only VMAs of vma_list: vfio_pci_mmap_fault()"
            ),
            "the BARs of a device whose memory is disabled, or that is reset, are unmapped from stage 2, except what a variant driver mapped itself",
            static (in s) => s.Case.Change is { UnmapsBars: true } && s.Backing.MapsOnFault,
            Do(static (ref s) => s.Leaf = null)
        ),
        new(
            "vfio-memory-off",
            new Source("vfio_pci_mmap_fault", VfioCore, "6.1", "!__vfio_pci_memory_enabled(): VM_FAULT_SIGBUS"),
            "while the device's memory is disabled, no fault maps its BARs",
            static (in s) => s.Change == ChangeKind.DisableMemory && s.Backing.MapsOnFault,
            Do(static (ref s) => s.Missing = true)
        ),
        new(
            "memory-added",
            new Source(
                "add_memory_resource",
                Hotplug,
                "6.1",
                "memblock_add_node(), CONFIG_ARCH_KEEP_MEMBLOCK: pfn_is_map_memory(). KVM isn't told"
            ),
            "memory that is added to the kernel's is in its memory map from then on; what stage 2 has of it stays",
            static (in s) => s.Change == ChangeKind.AddMemory,
            Do(static (ref s) => s.Backing = s.Backing with { Memory = KernelMap.Known })
        ),
        new(
            "memory-removed",
            new Source(
                "try_remove_memory",
                Hotplug,
                "6.1",
                "memblock_remove(); before it the driver calls unmap_mapping_range(): kvm_mmu_notifier_invalidate_range_start()"
            ),
            "memory that is removed from the kernel's was unmapped by its driver, and is no longer in the memory map",
            static (in s) => s.Change == ChangeKind.RemoveMemory,
            Do(
                static (ref s) =>
                {
                    s.Backing = s.Backing with { Memory = KernelMap.Unknown };
                    s.Leaf = null;
                }
            )
        ),
        new(
            "store-copies",
            new Source(
                "kvm_unmap_gfn_range",
                Mmu,
                "6.1",
                "wp_page_copy(); up to 6.9 kvm_set_spte_gfn() maps the new page, but not where the old one's table went with it"
            ),
            "the process's own store copies the page of a private mapping; stage 2 has the new one read-only where there is a table, else none",
            static (in s) => s.Change == ChangeKind.Store && s.Private && !s.CopiedOnWrite,
            Do(
                static (ref s) =>
                {
                    // Without a leaf, the process may not have had the page either: then nothing is copied.
                    s.Unspecified = s.Leaf is null ? Unspecified.Absent : Unspecified.None;
                    s.CopiedOnWrite = true;
                    s.Leaf = s.TableStays ? new Leaf(MemoryType.NormalWriteBack, Write: false, Execute: false) : null;
                }
            )
        ),
        new(
            "slot-flushed",
            new Source(
                "kvm_arch_flush_shadow_memslot",
                Mmu,
                "6.1",
                "kvm_invalidate_memslot(): before a slot is moved, though that may still fail, but after slot-overlaps"
            ),
            "a deleted or moved slot is unmapped from stage 2 first",
            static (in s) =>
                s.Change
                    is ChangeKind.DeleteSlot
                        or ChangeKind.RecreateSlot
                        or ChangeKind.MoveSlot
                        or ChangeKind.MoveBeyondIpa
                || (s.Change == ChangeKind.MoveOnto && !s.Refused),
            Do(static (ref s) => s.Leaf = null)
        ),
        new(
            "slot-gone",
            new Source("kvm_set_memslot", KvmMain, "6.1", "KVM_MR_DELETE, KVM_MR_MOVE"),
            "at the address of a deleted or moved slot there is none",
            static (in s) =>
                s.Change == ChangeKind.DeleteSlot
                || (s.Case.Change is { Moves: true } && !s.Refused)
                || (s.Change == ChangeKind.RecreateSlot && s.Refused),
            Do(static (ref s) => s.NoSlot = true)
        ),
        new(
            "log-on-write-protects",
            new Source(
                "kvm_mmu_wp_memory_region",
                Mmu,
                "6.1",
                "kvm_arch_commit_memory_region(): KVM_MEM_LOG_DIRTY_PAGES, unless KVM_DIRTY_LOG_INITIALLY_SET"
            ),
            "when dirty logging is enabled, every page loses its write permission, unless all are dirty at first",
            static (in s) =>
                s.Change is ChangeKind.LogOn or ChangeKind.LogOnOff
                && !s.Refused
                && s.Leaf is not null
                && !s.Tracking.InitiallySet,
            Do(
                static (ref s) =>
                {
                    s.Leaf = s.Leaf is { } leaf ? leaf with { Write = false } : null;
                    s.Unspecified &= ~Unspecified.Writable;
                }
            )
        ),
        new(
            "log-flag",
            new Source("kvm_set_memslot", KvmMain, "6.1", "KVM_MR_FLAGS_ONLY"),
            "the slot's logging flag changes",
            static (in s) => s.Change is ChangeKind.LogOn or ChangeKind.LogOff && !s.Refused,
            Do(static (ref s) => s.Slot = s.Case.Change!.Flags(s.Slot))
        ),
    ];

    private static readonly Rule[] Abort =
    [
        new(
            "exclusive-unsupported",
            new Source("kvm_handle_guest_abort", Mmu, "6.1", "\"Unsupported FSC\": -EFAULT"),
            "an abort other than a translation, permission or access flag fault ends the run; FSC 0x35 is one",
            static (in s) => s.ExclusiveFault,
            Fail(Errno.EFAULT)
        ),
        new(
            "no-slot-fetch",
            new Source(
                "kvm_handle_guest_abort",
                Mmu,
                "6.1",
                "kvm_is_error_hva(hva), kvm_vcpu_trap_is_iabt(): kvm_inject_pabt()"
            ),
            "without a slot nothing is executed; the guest takes the abort",
            static (in s) => s.NoSlot && s.ExecFault,
            End(Outcome.GuestInstructionAbort)
        ),
        new(
            "no-slot-no-syndrome",
            new Source("io_mem_abort", Mmio, "6.1", "!kvm_vcpu_dabt_isvalid(): -ENOSYS"),
            "without a slot, an access without a valid syndrome can't be emulated: pairs, SIMD, exclusives, atomics and address writeback",
            static (in s) => s.NoSlot && !s.HasSyndrome,
            Fail(Errno.ENOSYS)
        ),
        new(
            "no-slot",
            new Source("kvm_handle_guest_abort", Mmu, "6.1", "kvm_is_error_hva(hva): io_mem_abort()"),
            "without a slot, userspace emulates a load or store",
            static (in s) => s.NoSlot,
            End(Outcome.MmioExit)
        ),
        new(
            "readonly-slot-no-syndrome",
            new Source("io_mem_abort", Mmio, "6.1", "write_fault && !writable, !kvm_vcpu_dabt_isvalid(): -ENOSYS"),
            "a store to a READONLY slot without a valid syndrome can't be emulated",
            static (in s) => s.WriteFault && s.ReadOnlySlot && !s.HasSyndrome,
            Fail(Errno.ENOSYS)
        ),
        new(
            "readonly-slot-write",
            new Source("kvm_handle_guest_abort", Mmu, "6.1", "write_fault && !writable, io_mem_abort()"),
            "a store to a READONLY slot is emulated by userspace",
            static (in s) => s.WriteFault && s.ReadOnlySlot,
            End(Outcome.MmioExit)
        ),
    ];

    private static readonly Rule[] Lookup =
    [
        new(
            "no-vma",
            new Source("user_mem_abort", Mmu, "6.1", "!vma: -EFAULT"),
            "without a mapping there is nothing to map",
            static (in s) => s.Kind == VmaKind.Hole,
            Fail(Errno.EFAULT)
        ),
        new(
            "bar-not-mapped",
            new Source(
                "hva_to_pfn_remapped",
                KvmMain,
                "6.1",
                "fixup_user_fault(): VM_FAULT_SIGBUS is -EFAULT; of a file's page get_user_pages()"
            ),
            "a BAR that VFIO's fault handler doesn't map is not available, and no page beyond the end of its file",
            static (in s) => s.Missing,
            Fail(Errno.EFAULT)
        ),
        new(
            "secretmem-refused",
            new Source("check_vma_flags", "mm/gup.c", "6.1", "vma_is_secretmem(vma): -EFAULT"),
            "pages of secretmem can't be looked up by address",
            static (in s) => s.Kind == VmaKind.Secret,
            Fail(Errno.EFAULT)
        ),
        new(
            "vma-not-readable",
            new Source(
                "check_vma_flags",
                "mm/gup.c",
                "6.1",
                "!(vm_flags & VM_READ): -EFAULT; hva_to_pfn_remapped() doesn't ask"
            ),
            "a page that the process itself may not read is not available, except with VM_PFNMAP",
            static (in s) => s.Inaccessible && !s.PfnMap,
            Fail(Errno.EFAULT)
        ),
        new(
            "vma-not-writable",
            new Source("hva_to_pfn", KvmMain, "6.1", "FOLL_WRITE on a VMA without VM_WRITE"),
            "a store needs a VMA that may be written",
            static (in s) => s.WriteFault && !s.VmaWritable,
            Fail(Errno.EFAULT)
        ),
        new(
            "cow-pfnmap-not-writable",
            new Source("hva_to_pfn_remapped", KvmMain, "6.1", "!pte_write(pte): KVM_PFN_ERR_RO_FAULT"),
            "the PTEs of a private VM_PFNMAP VMA are read-only, and nothing breaks their COW for KVM",
            static (in s) => s.WriteFault && s.PfnMap && s.Private && !s.CopiedOnWrite,
            Fail(Errno.EFAULT)
        ),
        new(
            "pfnmap-not-notified",
            new Source(
                "hva_to_pfn_remapped",
                KvmMain,
                "6.1",
                "!pte_write(pte): KVM_PFN_ERR_RO_FAULT; vma_wants_writenotify(), vm_ops->pfn_mkwrite"
            ),
            "PTEs of a driver with pfn_mkwrite are read-only until the process stores, and a guest's store doesn't notify the driver",
            static (in s) => s.WriteFault && s.PfnMap && s.AwaitsStore,
            Fail(Errno.EFAULT)
        ),
        new(
            "pfnmap-page-unheld",
            new Source("hva_to_pfn_remapped", KvmMain, "6.1", "!kvm_try_get_pfn(pfn): -EFAULT"),
            "a page with a struct page must have a refcount above zero",
            static (in s) => s.PfnMap && s.Backing.Memory == KernelMap.ZeroRefcount,
            Fail(Errno.EFAULT)
        ),
        new(
            "write-copies",
            new Source("hva_to_pfn_slow", KvmMain, "6.1", "get_user_pages() with FOLL_WRITE breaks COW"),
            "a store to a private mapping copies the page; stage 2 unmaps the old one",
            static (in s) => s.WriteFault && s.Private && !s.PfnMap && !s.CopiedOnWrite,
            // hugetlb_wp() finds that the page has no other user, and makes the PTE writable in place.
            Do(
                static (ref s) =>
                {
                    s.CopiedOnWrite = true;
                    s.Leaf = s.Backing.PrivateCopied ? s.Leaf : null;
                }
            )
        ),
        new(
            "special-pte-refused",
            new Source(
                "hva_to_pfn",
                KvmMain,
                "6.1",
                "get_user_pages() refuses a special PTE; the VMA is not VM_PFNMAP or VM_IO"
            ),
            "a special PTE of a VM_MIXEDMAP VMA can't be pinned, and only VM_PFNMAP and VM_IO have another way",
            static (in s) => s.Kind == VmaKind.MixedMap && (!s.IsMapMemory || (s.Backing.Special && !s.CopiedOnWrite)),
            Fail(Errno.EFAULT)
        ),
        new(
            "host-pte-writable",
            new Source("hva_to_pfn", KvmMain, "6.1", "*writable; memslot_is_readonly()"),
            "the leaf may be writable where the host's PTE is, unless the slot is READONLY",
            static (in s) =>
                !s.GuestMemory
                && s.VmaWritable
                && !s.ReadOnlySlot
                && (!s.Private || s.CopiedOnWrite)
                && !s.AwaitsStore
                && (s.WriteFault || !s.Backing.SpecialBlock),
            // A file system with page_mkwrite() maps a loaded page read-only: vma_wants_writenotify(), mm/mmap.c.
            Do(
                static (ref s) =>
                {
                    s.Writable = true;
                    s.Unspecified |= s.Backing.StoreNotified && !s.WriteFault ? Unspecified.Writable : Unspecified.None;
                }
            )
        ),
    ];

    /// <summary>The size of the host's own leaf, where it is known.</summary>
    internal static Effect HostSized { get; } =
        Do(
            static (ref s) =>
            {
                if (s.Backing.HostLeaf == HostLeaf.Block)
                    s.Draft = s.Draft with { Block = true };
                else
                    s.Unspecified |= Unspecified.Size;
            }
        );

    /// <summary>For a page that is relaxed; one that may instead become a block may lose X.</summary>
    internal static Effect KeepExecute { get; } =
        Do(
            static (ref s) =>
            {
                s.Unspecified |= s.MayMapAnew && !s.Draft.Execute ? Unspecified.Executable : Unspecified.None;
                s.Draft = s.Draft with { Execute = true };
            }
        );

    private static readonly Rule[] Map =
    [
        new(
            "pfnmap-block",
            new Source("get_vma_page_shift", Mmu, "6.1", "VM_PFNMAP: PMD_SHIFT where hva and pa agree modulo PMD_SIZE"),
            "VM_PFNMAP memory is mapped by a block wherever one fits, whatever the leaf size in the host's tables is",
            static (in s) => s.PfnMap && s.BlockFits && !s.Logging,
            // A block is requested; if the physical addresses don't fit one, kvm_pgtable_stage2_map() makes pages.
            Do(
                static (ref s) =>
                {
                    s.Draft = s.Draft with { Block = true };
                    s.Unspecified |= s.Backing is { Scattered: true, Apart: false }
                        ? Unspecified.Size
                        : Unspecified.None;
                }
            )
        ),
        new(
            "device-unless-map-memory",
            new Source("user_mem_abort", Mmu, "6.1", "kvm_is_device_pfn(pfn)"),
            "a page outside the kernel's memory map is a device, whatever the VMA's type is",
            static (in s) => !s.IsMapMemory,
            Do(static (ref s) => s.Device = true)
        ),
        new(
            "log-dirty-read",
            new Source("user_mem_abort", Mmu, "6.1", "logging_active && !write_fault"),
            "while dirty logging is on, only a store makes a page writable",
            static (in s) => s.IsMapMemory && s.Logging && !s.WriteFault,
            Do(static (ref s) => s.Writable = false)
        ),
        new(
            "exec-from-device",
            new Source("user_mem_abort", Mmu, "6.1", "exec_fault && device: -ENOEXEC, kvm_inject_pabt()"),
            "nothing is executed from a device page; the guest takes the abort",
            static (in s) => s.ExecFault && s.Device,
            End(Outcome.GuestInstructionAbort)
        ),
        new(
            "host-huge-page",
            new Source("transparent_hugepage_adjust", Mmu, "6.1", "!device; get_user_mapping_size() >= PMD_SIZE"),
            "anonymous memory is mapped by a block where the host happens to have a huge page and dirty logging is off",
            static (in s) =>
                (s.Kind == VmaKind.Anonymous || s.Backing.SpecialBlock)
                && !s.Device
                && s.Backing.HostLeaf != HostLeaf.Page
                && s.BlockFits
                && !s.Logging,
            HostSized
        ),
        new(
            "mte-fault-shared",
            new Source(
                "user_mem_abort",
                Mmu,
                "6.1",
                "fault_status != FSC_PERM && !device && kvm_has_mte(kvm): VM_SHARED"
            ),
            "a VM with tags has no shared memory, including memory placed behind the slot later",
            static (in s) => s.TranslationFault && !s.Device && s.Case.Mte && !s.Private,
            Fail(Errno.EFAULT)
        ),
        new(
            "writable",
            new Source("user_mem_abort", Mmu, "6.1", "writable: KVM_PGTABLE_PROT_W"),
            "a writable page is mapped writable",
            static (in s) => s.Writable,
            Do(static (ref s) => s.Draft = s.Draft with { Write = true })
        ),
        new(
            "exec-fault",
            new Source("user_mem_abort", Mmu, "6.1", "exec_fault: KVM_PGTABLE_PROT_X"),
            "an instruction fetch makes the page executable",
            static (in s) => s.ExecFault,
            Do(static (ref s) => s.Draft = s.Draft with { Execute = true })
        ),
        new(
            "device",
            new Source("user_mem_abort", Mmu, "6.1", "device: KVM_PGTABLE_PROT_DEVICE"),
            "a device page is Device-nGnRE",
            static (in s) => s.Device,
            Type(MemoryType.DeviceNGnRE)
        ),
        new(
            "normal",
            new Source("user_mem_abort", Mmu, "6.1", "neither DEVICE nor NORMAL_NC: MT_S2_NORMAL, MT_S2_FWB_NORMAL"),
            "every other page is Normal write-back",
            static (in s) => !s.Device,
            Type(MemoryType.NormalWriteBack)
        ),
        new(
            "dic-executable",
            new Source("user_mem_abort", Mmu, "6.1", "cpus_have_final_cap(ARM64_HAS_CACHE_DIC)"),
            "with DIC no I-cache invalidation is ever due, so memory is executable at once",
            static (in s) => !s.Device && s.Host.Dic,
            Do(static (ref s) => s.Draft = s.Draft with { Execute = true })
        ),
        new(
            "relax-keeps-write",
            new Source("kvm_pgtable_stage2_relax_perms", Pgtable, "6.1", "S2AP_W is set, never cleared"),
            "a permission fault doesn't remove write permission",
            static (in s) => s.Leaf is { Write: true } && !s.MapsAnew,
            Do(
                static (ref s) =>
                {
                    var open = s.MayMapAnew && !s.Draft.Write ? Unspecified.Writable : Unspecified.None;
                    s.Draft = s.Draft with { Write = true };
                    s.Unspecified = (s.Unspecified & (s.LeafLoose | ~Unspecified.Writable)) | open;
                }
            )
        ),
        new(
            "relax-keeps-execute",
            new Source("kvm_pgtable_stage2_relax_perms", Pgtable, "6.1", "XN is cleared, never set"),
            "a permission fault doesn't remove execute permission",
            static (in s) => s.Leaf is { Execute: true } && !s.MapsAnew,
            KeepExecute
        ),
    ];

    public static Policy Policy { get; } =
        Policy.New(
            "mainline-6.1",
            "The kernel's memory map alone decides: a page outside it is Device, whatever its VMA's type is.",
            Registration,
            Change,
            Abort,
            Lookup,
            Map,
            KvmCapabilities.Linux61,
            Harness.Model.Ownership.Machines.Arm64.V6_1
        );
}
