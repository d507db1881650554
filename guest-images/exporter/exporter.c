// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/stage2-exporter: memory of every kind that KVM/arm64 distinguishes, to
 * be put behind a memslot, and the stage-2 descriptor that KVM made of it.
 *
 * Memory belongs to the open file. A VMA holds its file, so that nothing is
 * freed while it can still be reached through a mapping.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kvm_host.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/page_ref.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#if __has_include(<linux/pfn_t.h>)
#include <linux/pfn_t.h>
#define MIXED_PFN(pfn) __pfn_to_pfn_t(pfn, 0)
#else
#define MIXED_PFN(pfn) (pfn)
#endif
#include <asm/cpufeature.h>
#include <asm/kvm_pgtable.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "exporter.h"
#include "stage2_exporter.h"

/*
 * Before 6.12 no PMD could be marked as one without a struct page: GUP would
 * have looked for the struct page of a PFN that has none.
 */
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
#define HUGE_PFNS
#endif

/* A case needs a few pages or a block; a mistake would request gigabytes. */
#define LENGTH_LIMIT	max_t(unsigned long, SZ_16M, PMD_SIZE)

static unsigned long base;
module_param(base, ulong, 0444);
MODULE_PARM_DESC(base, "physical address of coherent memory that the kernel does not know");

static unsigned long size;
module_param(size, ulong, 0444);
MODULE_PARM_DESC(size, "its size in bytes");

/*
 * For a host that QEMU restored: QEMU 10.0 restores the registers of EL2's
 * timers and does not arm them, so that a kernel at EL2 gets no timer interrupt
 * ever again. Writing the comparator arms the timer. At EL2 with HCR_EL2.E2H
 * these names reach CNTHV_CVAL_EL2 and CNTHP_CVAL_EL2 (Arm ARM, CNTV_CVAL_EL0),
 * at EL1 the timers of EL1.
 */
static void rearm(void *unused)
{
	write_sysreg(read_sysreg(cntv_cval_el0), cntv_cval_el0);
	write_sysreg(read_sysreg(cntp_cval_el0), cntp_cval_el0);
	isb();
}

static int rearm_timers(const char *value, const struct kernel_param *param)
{
	on_each_cpu(rearm, NULL, 1);
	return 0;
}

static const struct kernel_param_ops rearm_ops = { .set = rearm_timers };
module_param_cb(rearm_timers, &rearm_ops, NULL, 0200);
MODULE_PARM_DESC(rearm_timers, "written to: arms the timers of all CPUs, after QEMU restored them");

static DEFINE_MUTEX(unknown_lock);	/* guards unknown_used */
static unsigned long *unknown_used;	/* a bit for each page of the range */
static unsigned long unknown_pages;

struct exporter {
	struct mutex lock;	/* guards all below against ioctl and mmap */
	struct stage2_export what;
	unsigned long pfn;	/* the first; 0 where nothing is exported */
	atomic_t mappings;
};

static bool is_unknown(const struct exporter *e)
{
	return e->what.memory == STAGE2_MEMORY_UNKNOWN;
}

static bool is_unheld(const struct exporter *e)
{
	return e->what.memory == STAGE2_MEMORY_UNHELD;
}

static bool is_hotplug(const struct exporter *e)
{
	return e->what.memory == STAGE2_MEMORY_HOTPLUG;
}

static bool is_huge(const struct exporter *e)
{
	return e->what.flags & STAGE2_INSERT_HUGE;
}

static bool is_on_fault(const struct exporter *e)
{
	return e->what.flags & (STAGE2_INSERT_ON_FAULT | STAGE2_INSERT_HUGE);
}

static bool is_notified(const struct exporter *e)
{
	return e->what.flags & STAGE2_NOTIFIED;
}

/* Pages from one that is mapped to the next; those in between are never mapped. */
static unsigned int stride_of(const struct exporter *e)
{
	return e->what.flags & STAGE2_SCATTERED ? 2 : 1;
}

static size_t bytes_of(const struct exporter *e)
{
	return e->what.length * stride_of(e);
}

/* Allocated pages, including those that are not mapped. */
static unsigned long pages_of(const struct exporter *e)
{
	return bytes_of(e) >> PAGE_SHIFT;
}

/*
 * The host's lines are written back, so that a guest with another type on the
 * same memory reads what was put there.
 */
static void clean_to_poc(void *start, size_t length)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);
	size_t line = 4UL << ((ctr >> 16) & 0xf);	/* CTR_EL0.DminLine, in words */
	char *p;

	for (p = start; p < (char *)start + length; p += line)
		asm volatile("dc civac, %0" : : "r" (p) : "memory");
	dsb(sy);
}

static int take_known(struct exporter *e)
{
	unsigned int order = get_order(bytes_of(e));
	unsigned long i, pages = pages_of(e);
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, order);

	/* In ZONE_MOVABLE (movablecore=) blocks stay whole. Nothing migrates these pages: they are on no LRU list. */
	if (!page && bytes_of(e) >= PMD_SIZE)
		page = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_ZERO | __GFP_NOWARN, order);
	if (!page)
		return -ENOMEM;
	if (is_unheld(e)) {
		/* Only the first page of an allocation has a reference count; here that is zero, too. */
		if (WARN_ON(!page_ref_freeze(page, 1)))
			return -EIO;
	} else {
		/* Each page with a count of its own: KVM up to 6.12 refuses the others. */
		split_page(page, order);
		for (i = pages; i < 1UL << order; i++)
			__free_page(page + i);
	}
	clean_to_poc(page_address(page), bytes_of(e));
	e->pfn = page_to_pfn(page);
	return 0;
}

/* Zeroes physical memory, be it in the linear map or not. */
static int clear_range(unsigned long pfn, size_t length)
{
	void *at = memremap(PFN_PHYS(pfn), length, MEMREMAP_WB);

	if (!at)
		return -ENOMEM;
	memset(at, 0, length);
	clean_to_poc(at, length);
	memunmap(at);
	return 0;
}

static int take_unknown(struct exporter *e)
{
	unsigned long start, pages = pages_of(e);
	/* What a block could map is aligned as one, as the page allocator aligns the known. */
	unsigned long align = e->what.length >= PMD_SIZE ? (PMD_SIZE >> PAGE_SHIFT) - 1 : 0;

	if (!unknown_pages)
		return -ENXIO;

	mutex_lock(&unknown_lock);
	start = bitmap_find_next_zero_area_off(unknown_used, unknown_pages, 0, pages, align, PHYS_PFN(base));
	if (start < unknown_pages)
		bitmap_set(unknown_used, start, pages);
	mutex_unlock(&unknown_lock);
	if (start >= unknown_pages)
		return -ENOMEM;

	if (clear_range(PHYS_PFN(base) + start, bytes_of(e))) {
		mutex_lock(&unknown_lock);
		bitmap_clear(unknown_used, start, pages);
		mutex_unlock(&unknown_lock);
		return -ENOMEM;
	}
	e->pfn = PHYS_PFN(base) + start;
	return 0;
}

static int take_hotplug(struct exporter *e)
{
	unsigned long pfn;
	int ret = hotplug_take(e, bytes_of(e), &pfn);

	if (!ret)
		ret = clear_range(pfn, bytes_of(e));
	if (!ret)
		e->pfn = pfn;
	return ret;
}

static void give_back(struct exporter *e)
{
	unsigned long i;

	if (!e->pfn)
		return;
	if (is_unknown(e)) {
		mutex_lock(&unknown_lock);
		bitmap_clear(unknown_used, e->pfn - PHYS_PFN(base), pages_of(e));
		mutex_unlock(&unknown_lock);
	} else if (is_hotplug(e)) {
		/* It is the file's until the file is closed. */
	} else if (is_unheld(e)) {
		page_ref_unfreeze(pfn_to_page(e->pfn), 1);
		__free_pages(pfn_to_page(e->pfn), get_order(bytes_of(e)));
	} else {
		for (i = 0; i < pages_of(e); i++)
			put_page(pfn_to_page(e->pfn + i));
	}
	e->pfn = 0;
}

static int check_export(const struct stage2_export *what)
{
	if (what->struct_size != sizeof(*what) || what->reserved ||
	    what->memory > STAGE2_MEMORY_HOTPLUG ||
	    what->type > STAGE2_TYPE_NGNRNE ||
	    what->vma > STAGE2_VMA_MIXEDMAP ||
	    what->flags & ~(STAGE2_ALLOW_ANY_UNCACHED | STAGE2_INSERT_ON_FAULT | STAGE2_INSERT_HUGE |
			 STAGE2_NOTIFIED | STAGE2_SCATTERED) ||
	    (what->flags & STAGE2_INSERT_ON_FAULT && what->flags & STAGE2_INSERT_HUGE) ||
	    !what->length || !PAGE_ALIGNED(what->length))
		return -EINVAL;
	if (what->flags & (STAGE2_NOTIFIED | STAGE2_SCATTERED) &&
	    (!(what->flags & STAGE2_INSERT_ON_FAULT) || what->vma != STAGE2_VMA_PFNMAP))
		return -EINVAL;
	if (what->flags & STAGE2_SCATTERED && what->memory == STAGE2_MEMORY_UNHELD)
		return -EINVAL;
	/* vm_insert_page() takes a reference, which a page with a count of zero does not have. */
	if (what->memory == STAGE2_MEMORY_UNHELD && what->vma == STAGE2_VMA_MIXEDMAP)
		return -EINVAL;
	/* What has struct pages only sometimes gives out none of them. */
	if (what->memory == STAGE2_MEMORY_HOTPLUG && what->vma == STAGE2_VMA_MIXEDMAP)
		return -EINVAL;
	/* GUP's slow path takes the struct page of a PMD in a mixed map, be it special or not. */
	if (what->flags & STAGE2_INSERT_HUGE && what->memory != STAGE2_MEMORY_KNOWN && what->vma == STAGE2_VMA_MIXEDMAP)
		return -EINVAL;
#ifndef VM_ALLOW_ANY_UNCACHED
	if (what->flags & STAGE2_ALLOW_ANY_UNCACHED)
		return -EOPNOTSUPP;
#endif
#ifndef HUGE_PFNS
	if (what->flags & STAGE2_INSERT_HUGE)
		return -EOPNOTSUPP;
#endif
	return what->length > LENGTH_LIMIT ? -ENOMEM : 0;
}

static long do_export(struct exporter *e, void __user *argument)
{
	struct stage2_export what;
	long ret;

	if (copy_from_user(&what, argument, sizeof(what)))
		return -EFAULT;
	ret = check_export(&what);
	if (ret)
		return ret;

	mutex_lock(&e->lock);
	if (atomic_read(&e->mappings)) {
		ret = -EBUSY;
	} else {
		give_back(e);
		e->what = what;
		ret = is_unknown(e) ? take_unknown(e) : is_hotplug(e) ? take_hotplug(e) : take_known(e);
	}
	mutex_unlock(&e->lock);
	return ret;
}

static long do_hotplug(struct file *file, void __user *argument)
{
	u32 added;

	if (copy_from_user(&added, argument, sizeof(added)))
		return -EFAULT;
	if (added > 1)
		return -EINVAL;
	return hotplug_set(file->private_data, added, file->f_mapping);
}

/* By name, since what KVM exports to modules has shrunk from release to release. */
static bool is_vm(struct file *file)
{
	char name[KSYM_NAME_LEN];

	if (!file->f_op->unlocked_ioctl)
		return false;
	snprintf(name, sizeof(name), "%ps", file->f_op->unlocked_ioctl);
	return !strcmp(name, "kvm_vm_ioctl");
}

static unsigned int level_shift(int level)
{
	return (PAGE_SHIFT - 3) * (3 - level) + PAGE_SHIFT;
}

static long walk(struct kvm_pgtable *pgt, struct stage2_read *read)
{
	kvm_pte_t *table = (kvm_pte_t *)pgt->pgd;
	int level = (int)pgt->start_level;

	read->start_level = level;
	read->ia_bits = pgt->ia_bits;
	read->pgt_flags = pgt->flags;
	if (pgt->ia_bits < 64 && read->ipa >> pgt->ia_bits)
		return -ERANGE;

	for (;; level++) {
		u64 index = read->ipa >> level_shift(level);
		kvm_pte_t pte;

		/* The start level's tables can be concatenated: all bits count there. */
		if (level != read->start_level)
			index &= (1UL << (PAGE_SHIFT - 3)) - 1;
		pte = READ_ONCE(table[index]);
		read->descriptor = pte;
		read->level = level;
		read->valid = (pte & 1) && (level == 3 || !(pte & 2));
		if (level == 3 || (pte & 3) != 3)
			return 0;
		table = phys_to_virt(kvm_pte_to_phys(pte));
	}
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
/* The array has the tables themselves, or from 7.1 on pointers to them. */
static struct kvm_s2_mmu *nested_mmu(struct kvm *kvm, unsigned int i)
{
	return _Generic(kvm->arch.nested_mmus,
			struct kvm_s2_mmu **: ((struct kvm_s2_mmu **)(void *)kvm->arch.nested_mmus)[i],
			default: &((struct kvm_s2_mmu *)(void *)kvm->arch.nested_mmus)[i]);
}

/* As lookup_s2_mmu(): CnP marks one that is not in use. */
static struct kvm_pgtable *shadow_of(struct kvm *kvm)
{
	unsigned int i;

	for (i = 0; i < kvm->arch.nested_mmus_size; i++) {
		struct kvm_s2_mmu *mmu = nested_mmu(kvm, i);

		if (!(mmu->tlb_vttbr & 1) && mmu->nested_stage2_enabled)
			return mmu->pgt;
	}
	return NULL;
}
#else
static struct kvm_pgtable *shadow_of(struct kvm *kvm)
{
	return NULL;
}
#endif

static long do_read(void __user *argument)
{
	struct kvm_pgtable *pgt;
	struct stage2_read read;
	struct kvm *kvm;
	struct file *file;
	long ret;

	if (copy_from_user(&read, argument, sizeof(read)))
		return -EFAULT;
	if (read.shadow > 1)
		return -EINVAL;
	if (is_protected_kvm_enabled())
		return -EOPNOTSUPP;
	file = fget(read.vm_fd);
	if (!file)
		return -EBADF;
	if (!is_vm(file)) {
		fput(file);
		return -EINVAL;
	}

	kvm = file->private_data;
	rcu_read_lock();
	read_lock(&kvm->mmu_lock);
	pgt = read.shadow ? shadow_of(kvm) : kvm->arch.mmu.pgt;
	ret = pgt ? walk(pgt, &read) : -ENODATA;
	read_unlock(&kvm->mmu_lock);
	rcu_read_unlock();
	fput(file);
	if (!ret && copy_to_user(argument, &read, sizeof(read)))
		ret = -EFAULT;
	return ret;
}

static long do_facts(void __user *argument)
{
	struct stage2_facts facts = {
		.abi = STAGE2_EXPORTER_ABI,
		.page_size = PAGE_SIZE,
		.unknown_base = unknown_pages ? base : 0,
		.unknown_size = unknown_pages << PAGE_SHIFT,
		.ctr_el0 = read_sanitised_ftr_reg(SYS_CTR_EL0),
		.id_aa64mmfr0_el1 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1),
		.id_aa64mmfr1_el1 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR1_EL1),
		.id_aa64mmfr2_el1 = read_sanitised_ftr_reg(SYS_ID_AA64MMFR2_EL1),
		.id_aa64pfr1_el1 = read_sanitised_ftr_reg(SYS_ID_AA64PFR1_EL1),
		.current_el = read_sysreg(CurrentEL),
		.protected_mode = is_protected_kvm_enabled(),
		.can_walk = !is_protected_kvm_enabled(),
#ifdef HUGE_PFNS
		.huge_pfns = 1,
#endif
	};

	hotplug_facts(&facts);
	dax_facts(&facts);
	return copy_to_user(argument, &facts, sizeof(facts)) ? -EFAULT : 0;
}

static long exporter_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (request) {
	case STAGE2_EXPORT:
		return do_export(file->private_data, (void __user *)argument);
	case STAGE2_READ:
		return do_read((void __user *)argument);
	case STAGE2_FACTS:
		return do_facts((void __user *)argument);
	case STAGE2_HOTPLUG:
		return do_hotplug(file, (void __user *)argument);
	default:
		return -ENOTTY;
	}
}

static void mapping_open(struct vm_area_struct *vma)
{
	struct exporter *e = vma->vm_file->private_data;

	atomic_inc(&e->mappings);
}

static void mapping_close(struct vm_area_struct *vma)
{
	struct exporter *e = vma->vm_file->private_data;

	atomic_dec(&e->mappings);
}

static const struct vm_operations_struct mapping_ops = {
	.open = mapping_open,
	.close = mapping_close,
};

/* While it is mapped, what is exported stays as it is: no lock is needed. */
static vm_fault_t insert_page_on_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct exporter *e = vma->vm_file->private_data;
	unsigned long address = vmf->address & PAGE_MASK;
	unsigned long pfn = e->pfn + ((address - vma->vm_start) >> PAGE_SHIFT) * stride_of(e);

	if (e->what.vma == STAGE2_VMA_MIXEDMAP)
		return vmf_insert_mixed(vma, address, MIXED_PFN(pfn));
	return vmf_insert_pfn_prot(vma, address, pfn, vma->vm_page_prot);
}

#ifdef HUGE_PFNS
static vm_fault_t insert_huge_on_fault(struct vm_fault *vmf, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	struct exporter *e = vma->vm_file->private_data;
	unsigned long address = vmf->address & PMD_MASK;
	unsigned long pfn = e->pfn + ((address - vma->vm_start) >> PAGE_SHIFT);

	if (order != PMD_ORDER || address < vma->vm_start || address + PMD_SIZE > vma->vm_end ||
	    !IS_ALIGNED(pfn, PMD_SIZE >> PAGE_SHIFT))
		return VM_FAULT_FALLBACK;
	return vmf_insert_pfn_pmd(vmf, MIXED_PFN(pfn), vmf->flags & FAULT_FLAG_WRITE);
}
#endif

/*
 * Because there is a pfn_mkwrite handler, mmap(2) removes the permission to
 * write from vm_page_prot: vma_wants_writenotify(). Every store is allowed.
 */
static vm_fault_t welcome_store(struct vm_fault *vmf)
{
	return 0;
}

static const struct vm_operations_struct notified_ops = {
	.open = mapping_open,
	.close = mapping_close,
	.fault = insert_page_on_fault,
	.pfn_mkwrite = welcome_store,
};

static const struct vm_operations_struct fault_ops = {
	.open = mapping_open,
	.close = mapping_close,
	.fault = insert_page_on_fault,
};

static const struct vm_operations_struct huge_ops = {
	.open = mapping_open,
	.close = mapping_close,
	.fault = insert_page_on_fault,
#ifdef HUGE_PFNS
	.huge_fault = insert_huge_on_fault,
#endif
};

static pgprot_t protection(const struct exporter *e, pgprot_t prot)
{
	switch (e->what.type) {
	case STAGE2_TYPE_NC:
		return pgprot_writecombine(prot);
	case STAGE2_TYPE_NGNRE:
		return pgprot_device(prot);
	case STAGE2_TYPE_NGNRNE:
		return pgprot_noncached(prot);
	default:
		return prot;
	}
}

static void set_flags(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

static int map_mixed(struct exporter *e, struct vm_area_struct *vma)
{
	unsigned long i;

	for (i = 0; i < pages_of(e); i++) {
		unsigned long address = vma->vm_start + (i << PAGE_SHIFT);
		vm_fault_t fault;
		int ret;

		if (!is_unknown(e)) {
			ret = vm_insert_page(vma, address, pfn_to_page(e->pfn + i));
			if (ret)
				return ret;
			continue;
		}
		fault = vmf_insert_mixed(vma, address, MIXED_PFN(e->pfn + i));
		if (fault != VM_FAULT_NOPAGE)
			return vm_fault_to_errno(fault, 0) ?: -EFAULT;
	}
	return 0;
}

static int map_locked(struct exporter *e, struct vm_area_struct *vma)
{
	unsigned long flags = VM_DONTEXPAND | VM_DONTDUMP;

	if (!e->pfn || vma->vm_pgoff || vma->vm_end - vma->vm_start != e->what.length)
		return -EINVAL;
	/* vmf_insert_pfn_prot() is not for memory that is copied on write. */
	if (is_on_fault(e) && !(vma->vm_flags & VM_SHARED) &&
	    (is_huge(e) || e->what.vma == STAGE2_VMA_PFNMAP))
		return -EINVAL;
#ifdef VM_ALLOW_ANY_UNCACHED
	if (e->what.flags & STAGE2_ALLOW_ANY_UNCACHED)
		flags |= VM_ALLOW_ANY_UNCACHED;
#endif
	if (e->what.vma == STAGE2_VMA_MIXEDMAP)
		flags |= VM_MIXEDMAP;
	set_flags(vma, flags);
	vma->vm_page_prot = protection(e, vma->vm_page_prot);
	/* By this, hotplug_set() finds what it has to unmap. */
	if (is_hotplug(e))
		vma->vm_pgoff = e->pfn;
	if (is_on_fault(e)) {
		if (e->what.vma == STAGE2_VMA_PFNMAP)
			set_flags(vma, VM_PFNMAP | VM_IO);
		return 0;
	}
	if (e->what.vma == STAGE2_VMA_MIXEDMAP)
		return map_mixed(e, vma);
	return remap_pfn_range(vma, vma->vm_start, e->pfn, e->what.length, vma->vm_page_prot);
}

static int exporter_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct exporter *e = file->private_data;
	int ret;

	mutex_lock(&e->lock);
	ret = map_locked(e, vma);
	if (!ret) {
		vma->vm_ops = is_huge(e) ? &huge_ops : is_notified(e) ? &notified_ops :
			      is_on_fault(e) ? &fault_ops : &mapping_ops;
		mapping_open(vma);
	}
	mutex_unlock(&e->lock);
	return ret;
}

static int exporter_open(struct inode *inode, struct file *file)
{
	struct exporter *e = kzalloc(sizeof(*e), GFP_KERNEL);

	if (!e)
		return -ENOMEM;
	mutex_init(&e->lock);
	file->private_data = e;
	return 0;
}

static int exporter_release(struct inode *inode, struct file *file)
{
	struct exporter *e = file->private_data;

	give_back(e);
	hotplug_give_back(e);
	kfree(e);
	return 0;
}

static const struct file_operations exporter_ops = {
	.owner = THIS_MODULE,
	.open = exporter_open,
	.release = exporter_release,
	.unlocked_ioctl = exporter_ioctl,
	.mmap = exporter_mmap,
};

static struct miscdevice exporter_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "stage2-exporter",
	.fops = &exporter_ops,
	.mode = 0600,
};

int check_free_range(const char *name, unsigned long start, unsigned long length, unsigned long unit)
{
	unsigned long end;

	if (!length || !IS_ALIGNED(start, unit) || !IS_ALIGNED(length, unit) || check_add_overflow(start, length, &end)) {
		pr_err("%s: base and size must be multiples of %#lx: base=%#lx size=%#lx\n", name, unit, start, length);
		return -EINVAL;
	}
	if (region_intersects(start, length, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) != REGION_DISJOINT) {
		pr_err("%s: %#lx-%#lx belongs to the kernel\n", name, start, end - 1);
		return -EINVAL;
	}
	return 0;
}

static int unknown_init(void)
{
	int ret;

	if (!base && !size)
		return 0;
	ret = check_free_range("unknown", base, size, PAGE_SIZE);
	if (ret)
		return ret;
	unknown_pages = size >> PAGE_SHIFT;
	/* 144 GB of a GPU are 36 million bits: too much for kmalloc. */
	unknown_used = kvcalloc(BITS_TO_LONGS(unknown_pages), sizeof(long), GFP_KERNEL);
	return unknown_used ? 0 : -ENOMEM;
}

static int __init exporter_init(void)
{
	int ret = unknown_init();

	if (ret)
		return ret;
	ret = hotplug_init();
	if (ret)
		goto err_unknown;
	ret = dax_init();
	if (ret)
		goto err_hotplug;
	ret = misc_register(&exporter_device);
	if (!ret)
		return 0;
	dax_exit();
err_hotplug:
	hotplug_exit();
err_unknown:
	kvfree(unknown_used);
	return ret;
}

static void __exit exporter_exit(void)
{
	misc_deregister(&exporter_device);
	dax_exit();
	hotplug_exit();
	kvfree(unknown_used);
}

module_init(exporter_init);
module_exit(exporter_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Memory of every kind for KVM memslots, and the stage-2 descriptors made of it");
