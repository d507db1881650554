/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/stage2-exporter: VMAs of every kind that KVM/arm64's stage-2 code
 * distinguishes, and the stage-2 descriptor that KVM made of them.
 *
 * Every ioctl needs CAP_SYS_ADMIN (EPERM).
 */
#ifndef STAGE2_EXPORTER_H
#define STAGE2_EXPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define STAGE2_EXPORTER_ABI	6
#define STAGE2_EXPORTER_DEVICE	"/dev/stage2-exporter"

/* stage2_export.memory */
#define STAGE2_MEMORY_KNOWN	0	/* pages of the kernel: pfn_is_map_memory() holds */
#define STAGE2_MEMORY_UNKNOWN	1	/* the physical range given at load: it does not */
#define STAGE2_MEMORY_UNHELD	2	/* as known, but each page's count is zero; not for a mixed map */
#define STAGE2_MEMORY_HOTPLUG	3	/* the range of STAGE2_HOTPLUG, added or not; not for a mixed map */

/* stage2_export.type: what the VMA's page protection says */
#define STAGE2_TYPE_WB		0	/* Normal, write-back */
#define STAGE2_TYPE_NC		1	/* Normal, non-cacheable (write-combining) */
#define STAGE2_TYPE_NGNRE	2	/* Device-nGnRE */
#define STAGE2_TYPE_NGNRNE	3	/* Device-nGnRnE */

/* stage2_export.vma */
#define STAGE2_VMA_PFNMAP	0
#define STAGE2_VMA_MIXEDMAP	1

/* stage2_export.flags */
#define STAGE2_ALLOW_ANY_UNCACHED	(1U << 0)	/* VM_ALLOW_ANY_UNCACHED, Linux 6.9 and later */
#define STAGE2_INSERT_ON_FAULT		(1U << 1)	/* by the VMA's fault handler, each page as a special PTE */
#define STAGE2_INSERT_HUGE		(1U << 2)	/* by its huge_fault handler, a block at a time; 6.12 and later */
#define STAGE2_NOTIFIED			(1U << 3)	/* on a fault, VM_PFNMAP: read-only until the process stores (pfn_mkwrite) */
#define STAGE2_SCATTERED		(1U << 4)	/* on a fault, VM_PFNMAP, not unheld: every other page of twice as many */

/*
 * Fixes what the next mmap(2) of this open file maps. Memory of a block's size
 * and more begins at a multiple of it: 2 MiB with pages of 4 KiB, 32 MiB with
 * 16 KiB, 512 MiB with 64 KiB.
 *
 * EINVAL      struct_size, a kind, a flag or a reserved bit is unknown; the
 *             length is zero or not a multiple of the page size; unheld memory
 *             for a mixed map, which takes references; hotplug memory for a
 *             mixed map; both ways to insert;
 *             huge PFNs without struct pages for a mixed map; notified or
 *             scattered, but not inserted on a fault into VM_PFNMAP
 * EOPNOTSUPP  this kernel has no VM_ALLOW_ANY_UNCACHED, or no huge PFNs
 * ENXIO       unknown or hotplug memory, but no range was given at load
 * ENOMEM      the length is over the limit, 16 MiB or a block, or no memory of
 *             that kind is left
 * EBUSY       a mapping of this file's former export is still alive; another
 *             open file has the hotplug memory
 *
 * Inserted on a fault, VM_PFNMAP memory and all that is huge is mapped shared
 * only: mmap(2) refuses the others with EINVAL.
 */
struct stage2_export {
	__u32 struct_size;
	__u32 memory;
	__u32 type;
	__u32 vma;
	__u32 flags;
	__u32 reserved;
	__u64 length;		/* bytes */
};

/*
 * Reads the stage-2 descriptor that translates ipa, or the one at which the
 * walk ended; with shadow that of a nested guest, in the first of the VM's
 * shadow stage 2 tables that is used for a guest hypervisor's own.
 *
 * EBADF       vm_fd is not open
 * EINVAL      vm_fd is not a KVM VM; shadow is neither 0 nor 1
 * ERANGE      ipa is beyond what the tables translate
 * ENODATA     the VM has no such tables
 * EOPNOTSUPP  protected mode: the tables are not the host's to read
 */
struct stage2_read {
	__s32 vm_fd;
	__u32 shadow;
	__u64 ipa;
	/* out */
	__u64 descriptor;	/* raw */
	__s32 level;		/* where the walk ended: -1 .. 3 */
	__s32 start_level;
	__u32 ia_bits;
	__u32 valid;		/* 1: descriptor is a valid page or block */
	__u64 pgt_flags;	/* enum kvm_pgtable_stage2_flags of this kernel */
};

struct stage2_facts {
	__u32 abi;
	__u32 page_size;
	__u64 unknown_base;	/* 0 where there is none */
	__u64 unknown_size;
	__u64 ctr_el0;		/* id registers: the system-wide sanitised value */
	__u64 id_aa64mmfr0_el1;
	__u64 id_aa64mmfr1_el1;
	__u64 id_aa64mmfr2_el1;
	__u64 id_aa64pfr1_el1;
	__u64 current_el;	/* as CurrentEL reads: the level in bits 3:2 */
	__u32 protected_mode;
	__u32 can_walk;
	__u32 huge_pfns;	/* 1: STAGE2_INSERT_HUGE is there */
	__u32 can_hotplug;	/* 1: STAGE2_HOTPLUG is there: a range was given, and this kernel can remove memory */
	__u64 hotplug_base;	/* 0 where none was given */
	__u64 hotplug_size;
	__u64 dax_base;		/* 0 where none was given */
	__u64 dax_size;
	__u32 has_dax;		/* 1: the platform device hmem.STAGE2_DAX_REGION is there */
	__u32 reserved;
};

/*
 * 1 adds the hotplug range to the kernel's memory, offline; 0 removes it, after
 * all mappings of it are unmapped. Nothing is done if it is so already. The
 * range is the open file's from its first use, here or by STAGE2_EXPORT, to its
 * last close, which removes it.
 *
 * EINVAL      neither 0 nor 1
 * ENXIO       no range was given at load
 * EOPNOTSUPP  this kernel can't remove memory
 * EBUSY       another open file has it; or it is in use, which only an owner of
 *             the host can achieve by onlining it
 * others      as add_memory_driver_managed() and remove_memory() return them
 */

/* The device-dax device over the range given at load: /dev/dax2024.0. */
#define STAGE2_DAX_REGION	2024

#define STAGE2_EXPORT	_IOW('S', 1, struct stage2_export)
#define STAGE2_READ	_IOWR('S', 2, struct stage2_read)
#define STAGE2_FACTS	_IOR('S', 3, struct stage2_facts)
#define STAGE2_HOTPLUG	_IOW('S', 4, __u32)

#endif /* STAGE2_EXPORTER_H */
