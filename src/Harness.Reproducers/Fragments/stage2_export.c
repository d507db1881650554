//kind define
//include linux/ioctl.h linux/types.h
/* stage2_exporter.h: what the next mmap() of the open file maps */
#define STAGE2_MEMORY_KNOWN		0	/* pages of the kernel */
#define STAGE2_MEMORY_UNKNOWN		1	/* not in the kernel's memory map */
#define STAGE2_MEMORY_UNHELD		2	/* pages of the kernel with a count of zero */
#define STAGE2_MEMORY_HOTPLUG		3	/* hot-added and removed: hotplug_base and hotplug_size of the module */
#define STAGE2_TYPE_WB			0	/* Normal write-back */
#define STAGE2_TYPE_NC			1	/* Normal non-cacheable */
#define STAGE2_TYPE_NGNRE		2	/* Device-nGnRE */
#define STAGE2_TYPE_NGNRNE		3	/* Device-nGnRnE */
#define STAGE2_VMA_PFNMAP		0
#define STAGE2_VMA_MIXEDMAP		1
#define STAGE2_ALLOW_ANY_UNCACHED	(1U << 0)	/* VM_ALLOW_ANY_UNCACHED */
#define STAGE2_INSERT_ON_FAULT		(1U << 1)	/* by the fault handler */
#define STAGE2_INSERT_HUGE		(1U << 2)	/* by the huge_fault handler */
#define STAGE2_NOTIFIED			(1U << 3)	/* read-only until the process stores: pfn_mkwrite */
#define STAGE2_SCATTERED		(1U << 4)	/* every other page of twice as many */

struct stage2_export {
	__u32 struct_size;
	__u32 memory;
	__u32 type;
	__u32 vma;
	__u32 flags;
	__u32 reserved;
	__u64 length;
};

#define STAGE2_EXPORT	_IOW('S', 1, struct stage2_export)
