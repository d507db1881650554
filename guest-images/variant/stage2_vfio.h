/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The regions of the VFIO variant driver stage2-vfio, in addition to those of
 * vfio-pci: each is the whole BAR 2, mapped in another way.
 *
 * VFIO_DEVICE_GET_REGION_INFO of STAGE2_VFIO_REGION() returns size, offset and
 * flags. Its offset lies within BAR 2's, so that what unmaps the BARs unmaps
 * these regions. They are for mmap(2) only, MAP_SHARED.
 *
 * EOPNOTSUPP  this kernel can't insert in that way: on a fault 6.10 and later,
 *             huge 6.12 and later
 * EPERM       mmap(2) with PROT_WRITE of a read-only region
 * EINVAL      beyond the BAR; private
 */
#ifndef STAGE2_VFIO_H
#define STAGE2_VFIO_H

#define STAGE2_VFIO_DRIVER	"stage2-vfio"

/* What vm_page_prot says. NC and device memory has VM_ALLOW_ANY_UNCACHED where the kernel has it. */
#define STAGE2_VFIO_WB		0	/* Normal, write-back */
#define STAGE2_VFIO_NC		1	/* Normal, non-cacheable */
#define STAGE2_VFIO_NGNRNE	2	/* Device-nGnRnE, as vfio-pci maps a BAR */

#define STAGE2_VFIO_AT_MMAP	0	/* remap_pfn_range(): what is unmapped then stays so */
#define STAGE2_VFIO_ON_FAULT	1	/* a page at each fault */
#define STAGE2_VFIO_HUGE	2	/* 2 MiB at each fault, where that fits */

/* 9 is VFIO_PCI_NUM_REGIONS: device-specific regions begin there. */
#define STAGE2_VFIO_REGION(type, insertion, read_only) (9 + (type) + 3 * (insertion) + 9 * (read_only))
#define STAGE2_VFIO_REGIONS	18

#endif /* STAGE2_VFIO_H */
