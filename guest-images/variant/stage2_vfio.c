// SPDX-License-Identifier: GPL-2.0-only
/*
 * stage2-vfio: a VFIO variant driver for QEMU's ivshmem-plain, as nvgrace-gpu is
 * one for a GPU with coherent memory. It maps the device's BAR 2 with a memory
 * type that vfio-pci would not use.
 *
 * A device is bound to it by driver_override alone.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vfio.h>
#include <linux/vfio_pci_core.h>
#if __has_include(<linux/pfn_t.h>)
#include <linux/pfn_t.h>
#define PMD_PFN(pfn) __pfn_to_pfn_t(pfn, PFN_DEV)
#else
#define PMD_PFN(pfn) (pfn)
#endif

#include "stage2_vfio.h"

#define IVSHMEM_VENDOR	0x1af4
#define IVSHMEM_DEVICE	0x1110
#define MEMORY_BAR	VFIO_PCI_BAR2_REGION_INDEX

/*
 * From 6.10 on a device has an inode, whose mappings vfio_pci_zap_bars() finds
 * by their offset; before, vfio_pci_core had a list of its own VMAs.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define ZAPS_BY_OFFSET
#endif

#if defined(ZAPS_BY_OFFSET) && defined(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP)
#define HUGE_PFNS
#endif

static const unsigned int insertions = 1U << STAGE2_VFIO_AT_MMAP
#ifdef ZAPS_BY_OFFSET
	| 1U << STAGE2_VFIO_ON_FAULT
#endif
#ifdef HUGE_PFNS
	| 1U << STAGE2_VFIO_HUGE
#endif
	;

static int get_insertions(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%u\n", insertions);
}

static const struct kernel_param_ops insertions_ops = { .get = get_insertions };
module_param_cb(insertions, &insertions_ops, NULL, 0444);
MODULE_PARM_DESC(insertions, "a bit for each way to insert pages that this kernel has, by its number: STAGE2_VFIO_AT_MMAP, ...");

/* In the offset of a region: which one it is, above the offset within the BAR. */
#define VIEW_SHIFT	32

struct view {
	unsigned int type;
	unsigned int insertion;
	bool read_only;
};

static struct vfio_pci_core_device *core_of(struct vfio_device *device)
{
	return container_of(device, struct vfio_pci_core_device, vdev);
}

static struct view view_of(unsigned int number)
{
	return (struct view) {
		.type = number % 3,
		.insertion = number / 3 % 3,
		.read_only = number / 9,
	};
}

/* The number of the region that an offset in pages belongs to, or a negative one for a region of vfio-pci. */
static int view_number(unsigned long pgoff)
{
	u64 offset = (u64)pgoff << PAGE_SHIFT;

	if (VFIO_PCI_OFFSET_TO_INDEX(offset) != MEMORY_BAR)
		return -1;
	return (int)((offset & VFIO_PCI_OFFSET_MASK) >> VIEW_SHIFT) - 1;
}

static unsigned long pfn_at(struct vfio_pci_core_device *core, unsigned long pgoff)
{
	unsigned long page = pgoff & ((1UL << (VIEW_SHIFT - PAGE_SHIFT)) - 1);

	return PHYS_PFN(pci_resource_start(core->pdev, MEMORY_BAR)) + page;
}

static void add_flags(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

static void forbid_stores(struct vm_area_struct *vma)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, VM_MAYWRITE);
#else
	vma->vm_flags &= ~VM_MAYWRITE;
#endif
}

#ifdef ZAPS_BY_OFFSET
/* With memory_lock held. The user's command register: the device's own one is VFIO's. */
static bool memory_is_enabled(struct vfio_pci_core_device *core)
{
	u16 command = le16_to_cpup((__le16 *)(core->vconfig + PCI_COMMAND));

	return !core->pm_runtime_engaged && core->pdev->current_state < PCI_D3hot && (command & PCI_COMMAND_MEMORY);
}

static vm_fault_t insert(struct vm_fault *vmf, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	struct vfio_pci_core_device *core = vma->vm_private_data;
	unsigned long address = ALIGN_DOWN(vmf->address, PAGE_SIZE << order);
	unsigned long pgoff = vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);
	unsigned long pfn = pfn_at(core, pgoff);
	vm_fault_t fault = VM_FAULT_SIGBUS;

	if (order && (address < vma->vm_start || address + (PAGE_SIZE << order) > vma->vm_end ||
		      !IS_ALIGNED(pfn, 1UL << order)))
		return VM_FAULT_FALLBACK;

	down_read(&core->memory_lock);
	if (memory_is_enabled(core)) {
		if (!order)
			fault = vmf_insert_pfn(vma, address, pfn);
#ifdef HUGE_PFNS
		else if (order == PMD_ORDER)
			fault = vmf_insert_pfn_pmd(vmf, PMD_PFN(pfn), vmf->flags & FAULT_FLAG_WRITE);
#endif
		else
			fault = VM_FAULT_FALLBACK;
	}
	up_read(&core->memory_lock);
	return fault;
}

static vm_fault_t insert_page(struct vm_fault *vmf)
{
	return insert(vmf, 0);
}

static const struct vm_operations_struct page_ops = {
	.fault = insert_page,
};
#endif /* ZAPS_BY_OFFSET */

#ifdef HUGE_PFNS
static const struct vm_operations_struct huge_ops = {
	.fault = insert_page,
	.huge_fault = insert,
};
#endif

static int check_view(unsigned int number)
{
	if (number >= STAGE2_VFIO_REGIONS)
		return -EINVAL;
	return insertions & 1U << view_of(number).insertion ? 0 : -EOPNOTSUPP;
}

static int variant_mmap(struct vfio_device *device, struct vm_area_struct *vma)
{
	struct vfio_pci_core_device *core = core_of(device);
	unsigned long flags = VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	unsigned long size = vma->vm_end - vma->vm_start;
	int number = view_number(vma->vm_pgoff);
	unsigned long pfn;
	struct view view;
	u64 start;
	int ret;

	if (number < 0)
		return vfio_pci_core_mmap(device, vma);
	ret = check_view(number);
	if (ret)
		return ret;
	view = view_of(number);
	start = ((u64)vma->vm_pgoff << PAGE_SHIFT) & ((1ULL << VIEW_SHIFT) - 1);
	if (!(vma->vm_flags & VM_SHARED) || start + size > pci_resource_len(core->pdev, MEMORY_BAR))
		return -EINVAL;
	if (view.read_only) {
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		forbid_stores(vma);
	}

	if (view.type == STAGE2_VFIO_NC)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	else if (view.type == STAGE2_VFIO_NGNRNE)
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
#ifdef VM_ALLOW_ANY_UNCACHED
	if (view.type != STAGE2_VFIO_WB)
		flags |= VM_ALLOW_ANY_UNCACHED;
#endif
	add_flags(vma, flags);
	vma->vm_private_data = core;
	pfn = pfn_at(core, vma->vm_pgoff);
	switch (view.insertion) {
#ifdef ZAPS_BY_OFFSET
	case STAGE2_VFIO_ON_FAULT:
		vma->vm_ops = &page_ops;
		return 0;
#endif
#ifdef HUGE_PFNS
	case STAGE2_VFIO_HUGE:
		vma->vm_ops = &huge_ops;
		return 0;
#endif
	}
	ret = remap_pfn_range(vma, vma->vm_start, pfn, size, vma->vm_page_prot);
	if (ret)
		return ret;
	/*
	 * As nvgrace-gpu does: vfio_pci_zap_bars() takes this for an offset of
	 * the device. Below 6 TiB it is one of a BAR: then the VMA is unmapped,
	 * and nothing maps it again.
	 */
	vma->vm_pgoff = pfn;
	return 0;
}

static int describe(struct vfio_pci_core_device *core, struct vfio_region_info *info)
{
	unsigned int number = info->index - VFIO_PCI_NUM_REGIONS;
	int ret = check_view(number);

	if (ret)
		return ret;
	info->offset = VFIO_PCI_INDEX_TO_OFFSET(MEMORY_BAR) | (u64)(number + 1) << VIEW_SHIFT;
	info->size = pci_resource_len(core->pdev, MEMORY_BAR);
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_MMAP |
		      (view_of(number).read_only ? 0 : VFIO_REGION_INFO_FLAG_WRITE);
	return 0;
}

/* Where VFIO itself copies a region's description. */
#ifdef REGION_OPERATION
static int variant_region(struct vfio_device *device, struct vfio_region_info *info, struct vfio_info_cap *caps)
{
	return info->index < VFIO_PCI_NUM_REGIONS ? vfio_pci_ioctl_get_region_info(device, info, caps) :
	       describe(core_of(device), info);
}
#else
static long get_region_info(struct vfio_device *device, unsigned long argument)
{
	unsigned long size = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	int ret;

	if (copy_from_user(&info, (void __user *)argument, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	if (info.index < VFIO_PCI_NUM_REGIONS)
		return vfio_pci_core_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, argument);
	ret = describe(core_of(device), &info);
	if (ret)
		return ret;
	return copy_to_user((void __user *)argument, &info, size) ? -EFAULT : 0;
}

static long variant_ioctl(struct vfio_device *device, unsigned int command, unsigned long argument)
{
	return command == VFIO_DEVICE_GET_REGION_INFO ? get_region_info(device, argument) :
	       vfio_pci_core_ioctl(device, command, argument);
}
#endif

static int variant_open(struct vfio_device *device)
{
	int ret = vfio_pci_core_enable(core_of(device));

	if (!ret)
		vfio_pci_core_finish_enable(core_of(device));
	return ret;
}

static const struct vfio_device_ops variant_ops = {
	.name = STAGE2_VFIO_DRIVER,
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.open_device = variant_open,
	.close_device = vfio_pci_core_close_device,
#ifdef REGION_OPERATION
	.ioctl = vfio_pci_core_ioctl,
	.get_region_info_caps = variant_region,
#else
	.ioctl = variant_ioctl,
#endif
	.device_feature = vfio_pci_core_ioctl_feature,
	.read = vfio_pci_core_read,
	.write = vfio_pci_core_write,
	.mmap = variant_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
#ifdef TOKEN_OPERATION
	.match_token_uuid = vfio_pci_core_match_token_uuid,
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
#endif
};

static int variant_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfio_pci_core_device *core;
	int ret;

	if (!(pci_resource_flags(pdev, MEMORY_BAR) & IORESOURCE_MEM))
		return -ENODEV;
	core = vfio_alloc_device(vfio_pci_core_device, vdev, &pdev->dev, &variant_ops);
	if (IS_ERR(core))
		return PTR_ERR(core);
	dev_set_drvdata(&pdev->dev, core);
	ret = vfio_pci_core_register_device(core);
	if (ret)
		vfio_put_device(&core->vdev);
	return ret;
}

static void variant_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_pci_core_unregister_device(core);
	vfio_put_device(&core->vdev);
}

static const struct pci_device_id variant_devices[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(IVSHMEM_VENDOR, IVSHMEM_DEVICE) },
	{}
};
MODULE_DEVICE_TABLE(pci, variant_devices);

static struct pci_driver variant_driver = {
	.name = STAGE2_VFIO_DRIVER,
	.id_table = variant_devices,
	.probe = variant_probe,
	.remove = variant_remove,
	.err_handler = &vfio_pci_core_err_handlers,
	.driver_managed_dma = true,
};
module_pci_driver(variant_driver);

MODULE_LICENSE("GPL");
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("IOMMUFD");
#else
MODULE_IMPORT_NS(IOMMUFD);
#endif
MODULE_DESCRIPTION("A memory device's BAR through VFIO, with a memory type of choice");
