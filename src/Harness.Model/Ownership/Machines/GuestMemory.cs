using static Harness.Model.Ownership.Machines.Sources;

namespace Harness.Model.Ownership.Machines;

/// <summary>The transitions of guest_memfd memory: virt/kvm/guest_memfd.c, 6.18 and later.</summary>
internal static class GuestMemory
{
    public static Transition[] Binding { get; } =
    [
        new(
            "gmem-slot-plain",
            new Source(
                "check_memory_region_flags",
                KvmMain,
                "6.18",
                "KVM_MEM_GUEST_MEMFD forbids LOG_DIRTY_PAGES and READONLY"
            ),
            "a slot of a guest_memfd is neither logged nor read-only",
            static (in m) => m.GuestMemory && m.Operation is (Operation.BindLogged or Operation.BindReadOnly),
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-offset-unaligned",
            new Source("kvm_set_memory_region", KvmMain, "6.18", "!PAGE_ALIGNED(mem->guest_memfd_offset): -EINVAL"),
            "a slot begins with a whole page of its guest_memfd",
            static (in m) => m.Operation == Operation.BindUnaligned,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-not-open",
            new Source("kvm_gmem_bind", GuestMemfd, "6.18", "!fget(fd): -EBADF"),
            "a slot of a guest_memfd names a file that is open",
            static (in m) => m.Operation == Operation.BindNothing,
            Refuse(Errno.EBADF)
        ),
        new(
            "gmem-not-one",
            new Source("kvm_gmem_bind", GuestMemfd, "6.18", "file->f_op != &kvm_gmem_fops: -EINVAL"),
            "only a guest_memfd is bound as one",
            static (in m) => m.Operation == Operation.BindFile,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-beyond-end",
            new Source("kvm_gmem_bind", GuestMemfd, "6.18", "offset + size > i_size_read(inode): -EINVAL"),
            "a slot ends inside its guest_memfd",
            static (in m) => m.Operation == Operation.BindBeyond,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-slot-mappable",
            new Source(
                "kvm_arch_prepare_memory_region",
                Mmu,
                "6.18",
                "kvm_slot_has_gmem(new) && !kvm_memslot_is_gmem_only(new): -EINVAL"
            ),
            "only a guest_memfd that can be mapped can be bound to a slot",
            static (in m) => m.GuestMemory && m.Operation == Operation.Bind && !m.MayBeMapped,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-range-taken",
            new Source("kvm_gmem_bind", GuestMemfd, "6.18", "the range holds a slot: -EINVAL"),
            "a range of a guest_memfd belongs to one slot",
            static (in m) => m.GuestMemory && m.Operation == Operation.BindAgain,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-window",
            new Source(
                "kvm_set_memory_region",
                KvmMain,
                "6.18",
                "without KVM_MEM_GUEST_MEMFD only the process's addresses are looked at"
            ),
            "a slot over the mapping of a guest_memfd is one over any memory of the process",
            static (in m) => m.Operation == Operation.BindWindow,
            static (in _, ref page) =>
            {
                page.Slot = page.Window = true;
                return OperationOutcome.Done;
            }
        ),
        new(
            "gmem-of-other-vm",
            new Source("kvm_gmem_bind", GuestMemfd, "6.18", "gmem->kvm != kvm: -EINVAL"),
            "a guest_memfd belongs to one VM permanently",
            static (in m) => m.GuestMemory && m.Operation == Operation.BindInOther,
            Refuse(Errno.EINVAL)
        ),
    ];

    public static Transition[] Files { get; } =
    [
        new(
            "gmem-unmappable",
            new Source("kvm_gmem_mmap", GuestMemfd, "6.18", "!kvm_gmem_supports_mmap(): -ENODEV"),
            "a guest_memfd without MMAP can't be mapped by the process",
            static (in m) => m.Operation is (Operation.MapShared or Operation.MapPrivate) && !m.MayBeMapped,
            Refuse(Errno.ENODEV)
        ),
        new(
            "gmem-map-private",
            new Source("kvm_gmem_mmap", GuestMemfd, "6.18", "(vm_flags & (VM_SHARED | VM_MAYSHARE)) != both: -EINVAL"),
            "a guest_memfd can't be mapped private",
            static (in m) => m.Operation == Operation.MapPrivate,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-map",
            new Source("kvm_gmem_mmap", GuestMemfd, "6.18"),
            "a guest_memfd with MMAP can be mapped by the process",
            static (in m) => m.Operation == Operation.MapShared,
            static (in _, ref page) =>
            {
                page.Mapped = true;
                return OperationOutcome.Done;
            }
        ),
        new(
            "gmem-punch-unaligned",
            new Source("kvm_gmem_fallocate", GuestMemfd, "6.18", "!PAGE_ALIGNED(offset): -EINVAL"),
            "only whole pages are punched",
            static (in m) => m.Operation == Operation.PunchUnaligned,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-allocate-beyond",
            new Source("kvm_gmem_allocate", GuestMemfd, "6.18", "offset + len > i_size_read(inode): -EINVAL"),
            "a guest_memfd never grows: nothing is allocated beyond its end",
            static (in m) => m.Operation == Operation.AllocateBeyond,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-allocate-growing",
            new Source("kvm_gmem_fallocate", GuestMemfd, "6.18", "!(mode & FALLOC_FL_KEEP_SIZE): -EOPNOTSUPP"),
            "a guest_memfd never grows: only operations that keep its size are allowed",
            static (in m) => m.Operation == Operation.AllocateGrowing,
            Refuse(Errno.EOPNOTSUPP)
        ),
        new(
            "gmem-truncate",
            new Source("kvm_gmem_setattr", GuestMemfd, "6.18", "-EINVAL"),
            "the size of a guest_memfd is fixed",
            static (in m) => m.Operation == Operation.Truncate,
            Refuse(Errno.EINVAL)
        ),
        new(
            "gmem-no-read",
            new Source("kvm_gmem_fops", GuestMemfd, "6.18", "no FMODE_PREAD, no FMODE_PWRITE: -ESPIPE"),
            "a guest_memfd is neither read nor written as a file",
            static (in m) => m.Operation is Operation.ReadFile or Operation.WriteFile,
            Refuse(Errno.ESPIPE)
        ),
        new(
            "gmem-punch",
            new Source(
                "kvm_gmem_punch_hole",
                GuestMemfd,
                "6.18",
                "kvm_gmem_invalidate_begin(), truncate_inode_pages_range()"
            ),
            "punched pages are unmapped from stage 2 and freed; the next page there is empty",
            static (in m) => m.Operation == Operation.Punch,
            Accesses.Emptied
        ),
        new(
            "gmem-file",
            new Source("kvm_gmem_fallocate", GuestMemfd, "6.18"),
            "operations without effect on existing pages succeed: allocating, and punching where there is no page",
            static (in m) => m.Operation is Operation.PunchBeyond or Operation.Allocate,
            static (in _, ref _) => OperationOutcome.Done
        ),
        new(
            "gmem-close-mapped",
            new Source("kvm_gmem_release", GuestMemfd, "6.18", "not while a mapping holds the file"),
            "a mapping keeps a guest_memfd alive like a descriptor",
            static (in m) => m.Operation == Operation.CloseFile && m.Page.Mapped,
            static (in _, ref page) =>
            {
                page.FileClosed = true;
                return OperationOutcome.Done;
            }
        ),
        new(
            "gmem-close",
            new Source(
                "kvm_gmem_release",
                GuestMemfd,
                "6.18",
                "kvm_gmem_invalidate_begin(), WRITE_ONCE(slot->gmem.file, NULL), kvm_put_kvm()"
            ),
            "with its last descriptor a guest_memfd goes, whatever slots it has",
            static (in m) => m.Operation == Operation.CloseFile,
            static (in m, ref page) =>
            {
                page.FileClosed = true;
                return Accesses.Emptied(in m, ref page);
            }
        ),
        new(
            "gmem-pins-vm",
            new Source("__kvm_gmem_create", GuestMemfd, "6.18", "kvm_get_kvm(kvm)"),
            "a guest_memfd keeps its VM alive after the VM's own descriptors are closed",
            static (in m) => m.Operation == Operation.Destroy && m.GuestMemory && (!m.Page.FileClosed || m.Page.Mapped),
            static (in _, ref page) =>
            {
                Linux61.Gone(ref page);
                return OperationOutcome.Pinned;
            }
        ),
    ];

    public static Transition[] Touches { get; } =
    [
        new(
            "gmem-private-touch",
            new Source(
                "kvm_gmem_fault_user_mapping",
                GuestMemfd,
                "6.18",
                "!(GUEST_MEMFD_FLAG_INIT_SHARED): VM_FAULT_SIGBUS"
            ),
            "a guest_memfd without INIT_SHARED is private to the guest: its mapping has no pages for the process",
            static (in m) => m.GuestMemory && !m.InitShared && m.Operation is (Operation.Load or Operation.Store),
            Raise(Signal.BusAddress)
        ),
        new(
            "gmem-private-copy",
            new Source("kvm_gmem_fault_user_mapping", GuestMemfd, "6.18", "VM_FAULT_SIGBUS; the copy stops"),
            "nor can the kernel access it for the process",
            static (in m) => m.GuestMemory && !m.InitShared && m.Operation == Operation.Copy,
            Refuse(Errno.EFAULT)
        ),
        new(
            "gmem-private-peek",
            new Source(
                "kvm_gmem_fault_user_mapping",
                GuestMemfd,
                "6.18",
                "VM_FAULT_SIGBUS; mem_rw() finds no page: -EIO"
            ),
            "nor can the kernel access it through its own mapping",
            static (in m) => m.GuestMemory && !m.InitShared && m.Operation == Operation.Peek,
            Refuse(Errno.EIO)
        ),
    ];
}
